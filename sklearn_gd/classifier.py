"""The estimator: parameters, validation, fitted attributes."""

from __future__ import annotations

import copy
import dataclasses
import operator
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from . import model as models
from ._sklearn import CallbackSupportMixin, Interval, StrOptions, validate_parameters
from .core.activations import ACTIVATIONS, Activation
from .core.losses import LOSSES, Loss
from .core.schedules import SCHEDULES, Progress, Schedule
from .core.training import SOLVERS
from .core.updates import UpdateRule
from .targets import Labels, total_weight
from .validation import check_weights, check_X, compute_dtype, stratified_holdout


class _fitted(property):
    """A property that is absent from an estimator that is not fitted."""

    def __get__(self, estimator, owner=None):
        if estimator is not None and "_model" not in estimator.__dict__:
            raise AttributeError(f"this {type(estimator).__name__} is not fitted yet")
        return super().__get__(estimator, owner)


def _streams(estimator):
    """Whether the solver can train on a part of the data."""
    return not models.resolve_solver(estimator).whole_data


class GradientDescentMLPClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """Multilayer perceptron trained by mini-batch gradient descent.

    DOCSTRING
    """

    _parameter_constraints = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation, "array-like"],
        "output_activation": [StrOptions({"auto", "softmax", "logistic"})],
        "loss": [StrOptions(set(LOSSES)), Loss],
        "solver": [StrOptions(set(SOLVERS)), UpdateRule],
        "learning_rate": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "learning_rate_schedule": [StrOptions(set(SCHEDULES)), Schedule],
        "batch_size": [
            StrOptions({"auto", "full"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterovs_momentum": ["boolean"],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "shuffle": ["boolean"],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        output_activation="auto",
        loss="squared_error",
        solver="sgd",
        learning_rate="auto",
        learning_rate_schedule="constant",
        batch_size="auto",
        momentum=0.9,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        alpha=1e-4,
        dropout=0.0,
        max_iter=200,
        tol=1e-4,
        n_iter_no_change=10,
        early_stopping=False,
        validation_fraction=0.1,
        class_weight=None,
        shuffle=True,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.output_activation = output_activation
        self.loss = loss
        self.solver = solver
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.batch_size = batch_size
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.alpha = alpha
        self.dropout = dropout
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # Training

    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train on X, y, from the start or, with warm_start, from where it is.

        FITDOC
        """
        validate_parameters(self)
        draft = self._draft()
        data, labels = draft._training_data(X, y, sample_weight)
        rng = draft._generator()
        validation = draft._validation_data(X_val, y_val, sample_weight_val, labels, data)
        if validation is None and self.early_stopping:
            train, held_out = stratified_holdout(
                np.unique(data.table[data.codes], axis=0, return_inverse=True)[1].ravel(),
                self.validation_fraction,
                rng,
            )
            data, validation = data.take(train), data.take(held_out)
        draft._fit(data, labels, validation, rng)
        # One assignment: whatever is raised before it leaves self as it was.
        self.__dict__ = draft.__dict__
        return self

    def _draft(self):
        """A copy of self to work on; the state that training changes is copied too."""
        draft = object.__new__(type(self))
        draft.__dict__.update(self.__dict__)
        draft.__dict__.pop("_workspace", None)
        if "_model" in self.__dict__:
            draft._model = dataclasses.replace(self._model)
            draft._model.state = copy.deepcopy(self._model.state)
        return draft

    @property
    def _goes_on(self):
        return self.warm_start and "_model" in self.__dict__

    def _generator(self):
        """The random generator of this fit; the global one is never touched."""
        if self._goes_on:
            return self._model.state.rng
        if self.random_state is None:
            return np.random.default_rng()
        seed = check_random_state(self.random_state).randint(2**32, dtype=np.uint64)
        return np.random.default_rng(seed)

    def _training_data(self, X, y, sample_weight):
        X = check_X(self, X, reset=not self._goes_on)
        check_consistent_length(X, y)
        if self._goes_on:
            labels, dtype = self._model.labels, self.parameters_.dtype
        else:
            labels, dtype = Labels.learn(y), compute_dtype(X)
        data = self._data(X, y, sample_weight, labels, dtype)
        weights = data.sample_weight
        if weights is not None:
            if not weights.any():
                raise ValueError(
                    "sample_weight is zero for every row: there is nothing to learn. "
                    "Give at least one row a weight above zero."
                )
            data.sample_weight = weights / weights.mean(dtype=np.float64).astype(dtype)
        return data, labels

    def _data(self, X, y, sample_weight, labels, dtype, class_weight=True):
        check_consistent_length(X, y)
        codes, table = labels.encode(y, dtype)
        weights = check_weights(sample_weight, X.shape[0], dtype)
        if class_weight:
            weights = total_weight(labels, codes, weights, self.class_weight, dtype)
        return models.Data(X, codes, table, weights)

    def _validation_data(self, X, y, sample_weight, labels, data):
        """The validation set that was given to fit, or None."""
        if X is None and y is None and sample_weight is None:
            return None
        if X is None or y is None:
            raise ValueError(
                "a validation set needs both X_val and y_val; got only "
                f"{'X_val' if y is None else 'y_val'}."
            )
        X = check_X(self, X)
        return self._data(X, y, sample_weight, labels, data.table.dtype, False)

    def _fit(self, data, labels, validation, rng):
        if self._goes_on:
            model = self._model
            self._check_architecture(model)
            models.use_solver(model, self)
            model.state.reset_rule()
            model.state.progress = Progress()
            model.state.halvings = 0
        else:
            model = self._model = models.build(self, labels, data, rng)
        rows = models.batch_rows(self, model.solver, len(data))
        validate = None
        if validation is not None:
            validate = models.validation(model, validation)
        training = models.prepare(
            self,
            model,
            data,
            max_epochs=self.max_iter,
            objective=model.objective(self.alpha, data.table, rows),
            validate=validate,
            after_epoch=self._report if self.verbose else None,
        )
        with models.threads_for(self, model, rows):
            training.run()
        self._write_down(training)
        self._warn(training)

    def _check_architecture(self, model):
        asked = models.build_structure(self, model.labels, self.n_features_in_)
        if asked != (model.network, model.loss):
            raise ValueError(
                "the layers, activations, dropout or loss are not those of the fitted "
                f"model, which has {model.network} and {model.loss}; now asked for are "
                f"{asked[0]} and {asked[1]}. Set them back, or start afresh: fit with "
                "warm_start=False."
            )

    def _report(self, epoch):
        line = f"epoch {epoch.number:3d}  cost {epoch.cost:.6f}"
        if epoch.validation_cost is not None:
            line += f"  validation cost {epoch.validation_cost:.6f}"
        print(line)
        return False

    def _write_down(self, training):
        """Sets the attributes that tell of the last call, in one step."""
        epochs, monitored = training.epochs, training.validate is not None
        costs = [epoch.cost for epoch in epochs]
        told = {
            "classes_": self._model.labels.classes,
            "loss_": costs[-1],
            "best_loss_": min(costs),
            "loss_curve_": costs,
            "n_iter_": len(epochs),
            "validation_loss_curve_": None,
            "validation_scores_": None,
            "best_validation_score_": None,
        }
        if monitored:
            scores = [epoch.validation_score for epoch in epochs]
            told |= {
                "validation_loss_curve_": [e.validation_cost for e in epochs],
                "validation_scores_": scores,
                "best_validation_score_": max(scores),
            }
        self.__dict__.update(told)

    def _warn(self, training):
        state = self._model.state
        rolled_back = sum(epoch.rolled_back for epoch in training.epochs)
        if rolled_back:
            warnings.warn(
                f"Training diverged in {rolled_back} of {self.n_iter_} epochs: the cost "
                "was not finite or worse than always predicting the class frequencies. "
                "The parameters went back to the last good ones and the learning rate "
                f"was halved each time, to {self.learning_rate_:.3g}. Set learning_rate "
                "to that, or scale the features, for instance with StandardScaler.",
                ConvergenceWarning,
                stacklevel=4,
            )
        if training.interrupted:
            warnings.warn(
                f"Training was interrupted in epoch {self.n_iter_}; the model is that of "
                "the last whole step.",
                ConvergenceWarning,
                stacklevel=4,
            )
        elif self.tol is not None and not training.stalled and not training.ended:
            warnings.warn(
                f"Training has not converged in max_iter={self.max_iter} epochs: the "
                f"cost still improves by more than tol={self.tol} of itself. Raise "
                "max_iter, or set tol=None to train so long without this warning.",
                ConvergenceWarning,
                stacklevel=4,
            )

    @available_if(_streams)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on a part of a stream.

        PARTIALDOC
        """
        if "_model" not in self.__dict__:
            draft = self._draft()
            draft._start_stream(X, y, classes, sample_weight)
            draft._partial_fit(X, y, sample_weight)
            self.__dict__ = draft.__dict__
        else:
            self._check_stream(classes)
            self._partial_fit(X, y, sample_weight)
        return self

    def _start_stream(self, X, y, classes, sample_weight):
        """Builds the model for the first part of a stream."""
        validate_parameters(self)
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs the whole data set. For "
                "partial_fit compute the weights once, with sklearn.utils.class_weight."
                "compute_class_weight, and give them as a dict."
            )
        X = check_X(self, X, reset=True)
        labels = Labels.learn(y, classes)
        if classes is None and labels.kind != "multilabel":
            raise ValueError(
                "classes is missing: the first call of partial_fit needs all the "
                "classes to come, partial_fit(X, y, classes=...)."
            )
        data = self._data(X, y, sample_weight, labels, compute_dtype(X))
        self._model = models.build(self, labels, data, self._generator())
        self._checked = self._parameters_key()
        self.__dict__.update(
            classes_=labels.classes, validation_loss_curve_=None, validation_scores_=None,
            best_validation_score_=None, n_iter_=0, loss_=None, loss_curve_=[], best_loss_=None)

    def _parameters_key(self):
        return [self.__dict__[name] for name in self._parameter_constraints]

    def _check_stream(self, classes):
        """Checks what may have changed since the last call, only if something has."""
        model = self._model
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"classes={list(classes)} are not those of the first call, "
                f"{self.classes_.tolist()}. To change the classes, call fit."
            )
        key = self._parameters_key()
        known = self.__dict__.get("_checked", ())
        mutable = isinstance(self.hidden_layer_sizes, list | np.ndarray)
        if len(known) == len(key) and not mutable and all(map(operator.is_, key, known)):
            return
        validate_parameters(self)
        self._check_architecture(model)
        models.use_solver(model, self)
        self.__dict__.pop("_workspace", None)
        self._checked = key

    def _partial_fit(self, X, y, sample_weight):
        model = self._model
        state = model.state
        X = check_X(self, X)
        data = self._data(X, y, sample_weight, model.labels, state.theta.dtype)
        if data.sample_weight is not None and not data.sample_weight.any():
            return
        before = state.snapshot()
        try:
            training = models.prepare(
                self, model, data, max_epochs=1, objective=self._objective(data)
            )
            with models.threads_for(self, model, training.batches.batch_size):
                good = training.run_chunk()
            if not good:
                self._skip_chunk(before)
                return
            state.note_cost(training.epochs[0].cost, len(data))
            self._write_down(training)
            self._diverging = False
        except BaseException:
            state.restore(before)
            raise

    def _objective(self, data):
        """The objective of this stream, kept for the calls to come."""
        rows = models.batch_rows(self, self._model.solver, len(data))
        kept = self.__dict__.get("_workspace")
        if kept is None or kept.max_rows < min(rows, models.MAX_ROWS):
            kept = self._workspace = self._model.objective(self.alpha, data.table, rows)
        kept.table = data.table
        return kept

    def _skip_chunk(self, before):
        """Goes back to before a part of the stream that would have ruined the model."""
        state = self._model.state
        state.restore(before)
        state.reset_rule()
        state.halvings += 1
        if not self.__dict__.get("_diverging"):
            warnings.warn(
                "A part of the stream would have made the parameters useless, so it "
                "was left out and the learning rate was halved, to "
                f"{self.learning_rate_:.3g}. Lower learning_rate, or scale the "
                "features, for instance with StandardScaler.partial_fit.",
                ConvergenceWarning,
                stacklevel=4,
            )
        self._diverging = True

    # Prediction

    def decision_function(self, X):
        """Raw prediction of the network.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        raw : ndarray of shape (n_samples,) for two classes, else (n_samples, n_outputs)
            Above 0 means the second class, or that a label applies; of several
            classes the largest is predicted.
        """
        raw = self._predict(X, lambda raw: raw)
        return raw.ravel() if self._model.labels.kind == "binary" else raw

    def predict(self, X):
        """The most probable class of every row.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,), or (n_samples, n_labels) for multilabel
        """
        check_is_fitted(self)
        link = self._model.loss.link
        return self._model.labels.decode(self._predict(X, link.decide))

    def predict_proba(self, X):
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``. Rows sum to 1, except for multilabel, where
            each column is the probability of a label.
        """
        check_is_fitted(self)
        return self._predict(X, self._model.loss.link.probabilities)

    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`, finite for any finite raw prediction.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._predict(X, self._model.loss.link.log_probabilities)

    def _predict(self, X, function):
        check_is_fitted(self)
        return self._model.by_blocks(check_X(self, X), function)

    # Fitted attributes that are views of the model

    @_fitted
    def parameters_(self):
        """Copy of the parameter vector [W1 .. WL | b1 .. bL]; can be assigned."""
        return self._model.state.theta.copy()

    @parameters_.setter
    def parameters_(self, values):
        theta = self._model.state.theta
        values = check_array(values, ensure_2d=False, dtype=theta.dtype)
        if values.shape != theta.shape:
            raise ValueError(
                f"parameters_ has shape {theta.shape}, got {values.shape}: give one "
                "value for each weight and bias, in the order of coefs_, intercepts_."
            )
        np.copyto(theta, values)

    @_fitted
    def coefs_(self):
        """List of weight matrices, shape (fan_in, fan_out), views of the parameters."""
        return self._model.network.views(self._model.state.theta)[0]

    @_fitted
    def intercepts_(self):
        """List of bias vectors, shape (fan_out,), views of the parameters."""
        return self._model.network.views(self._model.state.theta)[1]

    @_fitted
    def n_parameters_(self):
        """Number of weights and biases."""
        return self._model.network.n_parameters

    @_fitted
    def n_layers_(self):
        """Number of layers, with input and output layer."""
        return len(self._model.network.layer_sizes)

    @_fitted
    def n_outputs_(self):
        """Number of output neurons."""
        return self._model.labels.n_outputs

    @_fitted
    def out_activation_(self):
        """Name of the activation of the output neurons."""
        return self._model.loss.link.name

    @_fitted
    def t_(self):
        """Number of training samples seen since the start."""
        return self._model.state.samples

    @_fitted
    def learning_rate_(self):
        """Learning rate of the next epoch: after schedule and guard."""
        state = self._model.state
        schedule = models.resolve_schedule(self.learning_rate_schedule)
        return models.learning_rate(self, self._model) * schedule(state.progress) * 0.5**state.halvings

    @_fitted
    def running_loss_(self):
        """Decayed mean of ``loss_`` over the calls of partial_fit."""
        return self._model.state.running_cost

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags

    def __getstate__(self):
        state = dict(super().__getstate__())
        for name in ("_workspace", "_checked"):
            state.pop(name, None)
        return state
