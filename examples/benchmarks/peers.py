"""One network, trained by us, scikit-learn, PyTorch and JAX: the same computation.

Every class takes a `Task`. ``epoch_seconds()`` is the time of one epoch over its rows,
in a new order, with the mean loss over it: whatever is done once is not counted.
``train(coefs, intercepts)`` walks once over the rows in the order they have, with the
parameters given, and returns the new ones; the tests hold all peers against each other.
"""

from __future__ import annotations

import itertools
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from sklearn_gd import GradientDescentMLPClassifier


@dataclass(frozen=True)
class Task:
    """What is trained: rectifiers, softmax and cross-entropy, no L2, Nesterov.

    ``y`` holds 0 .. n_classes - 1; the number of rows is a multiple of batch_size.
    """

    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    hidden: tuple[int, ...]
    batch_size: int
    momentum: float = 0.0
    learning_rate: float = 0.01
    threads: int = 1
    n_classes: int = 10

    @property
    def layer_sizes(self):
        return (self.X.shape[1], *self.hidden, self.n_classes)

    @property
    def n_steps(self):
        """Steps of an epoch."""
        return len(self.X) // self.batch_size


class Estimator:
    """What our estimator and scikit-learn's have in common."""

    def __init__(self, task):
        self.task = task

    more_epochs = 1

    def epoch_seconds(self):
        """A later epoch of a fit: a fit with more of them, less a fit with one."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            with threadpool_limits(self.task.threads):
                one = self.fit_seconds(epochs=1)
                more = self.fit_seconds(epochs=1 + self.more_epochs)
        return (more - one) / self.more_epochs

    def fit_seconds(self, epochs):
        model = self.model(max_iter=epochs, random_state=0)
        start = time.perf_counter()
        model.fit(self.task.X, self.task.y)
        return time.perf_counter() - start

    def started(self):
        """A model that has seen the classes, to be given parameters."""
        task = self.task
        model = self.model(shuffle=False, random_state=0)
        X, y = task.X[: task.batch_size], task.y[: task.batch_size]
        return model.partial_fit(X, y, classes=np.arange(task.n_classes))


class Ours(Estimator):
    name = "ours"
    more_epochs = 3

    def model(self, **settings):
        task = self.task
        return GradientDescentMLPClassifier(
            task.hidden,
            loss="log_loss",
            average=False,
            batch_size=task.batch_size,
            momentum=task.momentum,
            learning_rate=task.learning_rate,
            alpha=0,
            tol=None,
            n_jobs=task.threads,
            **settings,
        )

    def train(self, coefs, intercepts):
        model = self.started()
        model.parameters_ = np.concatenate([a.ravel() for a in (*coefs, *intercepts)])
        model.partial_fit(self.task.X, self.task.y)
        return model.coefs_, model.intercepts_


class Sklearn(Estimator):
    name = "MLPClassifier"

    def model(self, **settings):
        task = self.task
        return MLPClassifier(
            task.hidden,
            solver="sgd",
            batch_size=task.batch_size,
            momentum=task.momentum,
            learning_rate_init=task.learning_rate,
            alpha=0,
            tol=0,
            n_iter_no_change=10**6,
            **settings,
        )

    def train(self, coefs, intercepts):
        model = self.started()
        for mine, given in zip(
            (*model.coefs_, *model.intercepts_), (*coefs, *intercepts), strict=True
        ):
            mine[...] = given
        model.partial_fit(self.task.X, self.task.y)
        return model.coefs_, model.intercepts_


class Torch:
    """Eager PyTorch with the data in memory: no loader, one ``.item()`` an epoch."""

    name = "PyTorch"

    def __init__(self, task):
        import torch

        self.torch, self.task = torch, task
        sizes = task.layer_sizes
        layers = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        self.net = torch.nn.Sequential(*layers[:-1])
        self.optimizer = torch.optim.SGD(
            self.net.parameters(),
            lr=task.learning_rate,
            momentum=task.momentum,
            nesterov=task.momentum > 0,
        )
        self.X, self.y = torch.from_numpy(task.X), torch.from_numpy(task.y)

    def epoch_seconds(self):
        self.torch.set_num_threads(self.task.threads)
        start = time.perf_counter()
        self.epoch(self.torch.randperm(len(self.X)))
        return time.perf_counter() - start

    def set_rate(self, rate):
        """Changes the learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def epoch(self, order):
        """Walks over the rows in this order; returns the mean loss."""
        cross_entropy = self.torch.nn.functional.cross_entropy
        total = self.torch.zeros(())
        for index in order.split(self.task.batch_size):
            loss = cross_entropy(self.net(self.X[index]), self.y[index])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(index)
        return total.item() / len(order)

    def train(self, coefs, intercepts):
        linear = [m for m in self.net if isinstance(m, self.torch.nn.Linear)]
        with self.torch.no_grad():
            for layer, W, b in zip(linear, coefs, intercepts, strict=True):
                layer.weight.copy_(self.torch.from_numpy(W.T))
                layer.bias.copy_(self.torch.from_numpy(b))
        self.epoch(self.torch.arange(len(self.X)))
        parts = [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in linear]
        return [W for W, _ in parts], [b for _, b in parts]


class Jax:
    """A whole epoch in one jitted ``lax.scan``, compiled before anything is timed.

    Its number of threads is fixed when it is imported: see `thread_environment`.
    """

    name = "JAX"

    def __init__(self, task, seed=0, warm=True):
        import jax

        self.jax, self.task = jax, task
        self.X, self.y = jax.numpy.asarray(task.X), jax.numpy.asarray(task.y)
        self.rng = np.random.default_rng(seed)
        draw = self.rng.standard_normal
        weights = [
            draw(shape, dtype=np.float32) * np.float32(np.sqrt(2 / shape[0]))
            for shape in itertools.pairwise(task.layer_sizes)
        ]
        self.set(weights, [np.zeros(n, np.float32) for n in task.layer_sizes[1:]])
        start = time.perf_counter()
        order, rate = self.order(), np.float32(task.learning_rate)
        # The parameters are given away: they can be overwritten in place.
        epoch = jax.jit(self.epoch_function, donate_argnums=(0, 1))
        self.epoch = epoch.lower(*self.state, order, rate, self.X, self.y).compile()
        self.compile_seconds = time.perf_counter() - start
        if warm:
            self.run(order, rate)

    def set(self, weights, biases):
        """Starts from these parameters."""
        put = self.jax.numpy.array
        parameters = [(put(W), put(b)) for W, b in zip(weights, biases, strict=True)]
        zeros = self.jax.tree.map(self.jax.numpy.zeros_like, parameters)
        self.state = parameters, zeros

    def order(self):
        rows = self.rng.permutation(self.task.n_steps * self.task.batch_size)
        return rows.reshape(self.task.n_steps, -1).astype(np.int32)

    def loss(self, parameters, X, y):
        a = X
        for W, b in parameters[:-1]:
            a = self.jax.nn.relu(a @ W + b)
        W, b = parameters[-1]
        log_p = self.jax.nn.log_softmax(a @ W + b)
        return -self.jax.numpy.take_along_axis(log_p, y[:, None], axis=1).mean()

    def epoch_function(self, parameters, velocity, order, rate, X, y):
        m, tree_map = self.task.momentum, self.jax.tree.map

        def step(carry, index):
            p, v = carry
            cost, g = self.jax.value_and_grad(self.loss)(p, X[index], y[index])
            if m > 0:
                v = tree_map(lambda v, g: m * v + g, v, g)
                g = tree_map(lambda v, g: g + m * v, v, g)
            return (tree_map(lambda p, g: p - rate * g, p, g), v), cost

        carry, costs = self.jax.lax.scan(step, (parameters, velocity), order)
        return *carry, costs.mean()

    def run(self, order, rate):
        """Walks over the rows in this order; returns the mean loss."""
        *self.state, cost = self.epoch(*self.state, order, rate, self.X, self.y)
        return float(cost)

    def epoch_seconds(self):
        start = time.perf_counter()
        self.run(self.order(), np.float32(self.task.learning_rate))
        return time.perf_counter() - start

    def train(self, coefs, intercepts):
        self.set(coefs, intercepts)
        order = np.arange(len(self.X), dtype=np.int32).reshape(self.task.n_steps, -1)
        self.run(order, np.float32(self.task.learning_rate))
        parameters = self.parameters()
        return [W for W, _ in parameters], [b for _, b in parameters]

    def parameters(self):
        """Weights and biases of every layer."""
        return [(np.asarray(W), np.asarray(b)) for W, b in self.state[0]]


class Limit:
    """The matrix products of a step and nothing else, on buffers that exist."""

    name = "matrix products"

    def __init__(self, task):
        self.task = task
        rng = np.random.default_rng(0)
        sizes = task.layer_sizes
        shapes = list(itertools.pairwise(sizes))
        self.weights = [rng.random(shape, dtype=np.float32) for shape in shapes]
        self.grads = [np.empty_like(W) for W in self.weights]
        self.a = [np.zeros((task.batch_size, n), np.float32) for n in sizes]
        self.d = [np.zeros_like(a) for a in self.a]

    def epoch_seconds(self):
        batches = self.task.X.reshape(self.task.n_steps, self.task.batch_size, -1)
        with threadpool_limits(self.task.threads):
            start = time.perf_counter()
            for X in batches:
                self.products(X)
            return time.perf_counter() - start

    def products(self, X):
        """Forward, gradients and backward."""
        a, d = [X, *self.a[1:]], self.d
        for i, W in enumerate(self.weights):
            np.dot(a[i], W, out=a[i + 1])
        for i in range(len(self.weights) - 1, -1, -1):
            np.dot(a[i].T, d[i + 1], out=self.grads[i])
            if i:
                np.dot(d[i + 1], self.weights[i].T, out=d[i])


PEERS = {"sklearn": Sklearn, "torch": Torch, "jax": Jax}
