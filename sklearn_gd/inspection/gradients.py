"""Cost and gradient of a fitted network on any data, and the gradient in words."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..data.rows import encode
from ..data.validation import check_X
from ..training.model import threads_for
from .nudges import Names
from .report import GradientReport


class CostAndGradient:
    """Methods that show what training minimises. None of them changes the model."""

    def sample_costs(self, X, y):
        """Cost of each sample: how wrong the network is about it.

        With ``loss="squared_error"`` the sum over classes of (activation - wanted)²,
        with ``"log_loss"`` the cross-entropy. L2 and class weights are not in it, and
        no neuron is dropped.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
            Taken a block of rows at a time, so a memory map may be larger than memory.
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel

        Returns
        -------
        costs : ndarray of shape (n_samples,), of the dtype of ``parameters_``

        Raises
        ------
        ValueError
            If X or y does not fit what the network was trained on.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = GradientDescentMLPClassifier(random_state=0).fit(X, y)
        >>> costs = model.sample_costs(X, y)
        >>> bool((costs >= 0).all() and (costs <= 2).all())
        True
        """
        check_is_fitted(self)
        return self._model.sample_costs(data_to_look_at(self, X, y, None))

    def cost(self, X, y, sample_weight=None):
        """Cost of the network on data, C = Σ wᵢ ℓᵢ / Σ wᵢ + (alpha/2)·Σ weights².

        This is what ``fit`` minimises when ``class_weight`` is None. Class weights are
        not applied, so that the cost of data is the same whatever the network was
        trained with, as in validation; to have them, give
        ``sample_weight=compute_sample_weight(model.class_weight, y)``.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.

        Returns
        -------
        cost : float

        Raises
        ------
        ValueError
            If the data does not fit what the network was trained on, or all weights
            are zero.
        """
        check_is_fitted(self)
        return cost(self, data_to_look_at(self, X, y, sample_weight))

    def cost_gradient(self, X, y, sample_weight=None):
        """Gradient of `cost` for all weights and biases, as one vector.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.

        Returns
        -------
        gradient : ndarray of shape (n_parameters,), in the order of ``parameters_``
            By backpropagation. It points uphill: its negative is the way down.

        Raises
        ------
        ValueError
            If the data does not fit what the network was trained on, or all weights
            are zero.

        Examples
        --------
        A short step against the gradient lowers the cost.

        >>> from sklearn.datasets import load_iris
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = GradientDescentMLPClassifier(max_iter=1, tol=None).fit(X, y)
        >>> before = model.cost(X, y)
        >>> model.parameters_ -= 0.001 * model.cost_gradient(X, y)
        >>> model.cost(X, y) < before
        True
        """
        check_is_fitted(self)
        return cost_gradient(self, data_to_look_at(self, X, y, sample_weight))

    def explain_gradient(self, X, y, *, n_top=10, sample_weight=None):
        """Tell in words what the negative gradient says of the parameters.

        Its sign says whether a parameter should go up or down, its size how much that
        matters. X may be a single row, a batch or a whole data set.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        n_top : int or None, default=10
            How many of the parameters with the largest components are told; None for
            all of them.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.

        Returns
        -------
        report : GradientReport
            It prints as a table; see there for sums by layer and by input feature.
            Input features have their names if X had names in ``fit``, else x0, x1, ...
            Neurons are counted from 0, like the columns of ``coefs_``, hidden layers
            from 1. Output neurons have the label of their class, the only one of two
            classes that of the second.

        Raises
        ------
        ValueError
            If the data does not fit what the network was trained on, all weights are
            zero, or n_top is not a whole number.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> model = GradientDescentMLPClassifier(random_state=0).fit(X, y)
        >>> report = model.explain_gradient(X, y, n_top=3)
        >>> report[0].words.endswith("a lot")
        True
        >>> sorted(report.by_layer())
        ['hidden 1', 'output']
        """
        check_is_fitted(self)
        data = data_to_look_at(self, X, y, sample_weight)
        gradient = cost_gradient(self, data)
        return GradientReport(-gradient, self.parameters_, names_of(self), n_top)


def data_to_look_at(estimator, X, y, sample_weight):
    """Data of a fitted estimator, with weights of mean 1 and without class weights.

    Raises
    ------
    ValueError
        If anything is wrong with the data, or no row has a weight above zero.
    """
    model = estimator._model
    dtype = model.state.theta.dtype
    data = encode(check_X(estimator, X), y, sample_weight, model.labels, dtype)
    if not data.has_weight:
        raise ValueError(
            "sample_weight is zero for every row, so there is no mean cost. Give at "
            "least one row a weight above zero."
        )
    if data.sample_weight is not None:
        mean = data.sample_weight.mean(dtype=np.float64)
        data.sample_weight = (data.sample_weight / mean).astype(dtype)
    return data


def cost(estimator, data):
    """Mean cost of data with the L2 term, summed in float64."""
    costs = estimator._model.sample_costs(data).astype(np.float64)
    mean = float(np.average(costs, weights=data.sample_weight))
    return mean + estimator._model.objective(estimator.alpha, data.table, 1).penalty()


def cost_gradient(estimator, data):
    """Gradient of `cost` in a new vector."""
    model = estimator._model
    objective = model.objective(estimator.alpha, data.table, len(data))
    with threads_for(estimator, model, len(data)), np.errstate(all="ignore"):
        objective(data.X, data.codes, data.sample_weight)
    return objective.grad


def names_of(estimator):
    """What the inputs and neurons of a fitted estimator are called."""
    labels = estimator._model.labels
    outputs = labels.classes[-labels.n_outputs :].tolist()
    features = getattr(estimator, "feature_names_in_", None)
    return Names(estimator._model.network.shapes, outputs, features)
