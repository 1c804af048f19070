"""Cost and gradient of a fitted network on any data, and the gradient in words."""

from __future__ import annotations

import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..core.quiet import quiet
from ..data.rows import encode
from ..data.validation import check_X
from ..training.model import with_threads_for
from .gain import gain_of
from .nudges import Names
from .report import GradientReport, check_finite, check_n_top
from .samples import SamplesReport, rows_to_tell, shares_of
from .words import words_in


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
        still = at_rest(self)
        return still._model.sample_costs(data_to_look_at(still, X, y, None))

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
        still = at_rest(self)
        return cost(still, data_to_look_at(still, X, y, sample_weight))

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
        still = at_rest(self)
        return cost_gradient(still, data_to_look_at(still, X, y, sample_weight))

    def explain_gradient(
        self,
        X,
        y,
        *,
        n_top=10,
        sample_weight=None,
        feature_names=None,
        language="en",
    ):
        """Tell in words what the negative gradient says of the parameters.

        Its sign says whether a parameter should go up or down, its size how much that
        matters. What the data ask for and what L2 asks for are told apart. X may be a
        single row, a batch or a whole data set.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        n_top : int or None, default=10
            How many parameters are told: those of which the data ask most. None for all
            of them.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.
        feature_names : sequence of str, default=None
            Names of the input features. None means those that X had in ``fit``, else
            x0, x1, ...
        language : {"en", "zh"}, default="en"
            Of the words: English or Chinese.

        Returns
        -------
        report : GradientReport
            It prints as a table; see there for sums by layer and by input feature.
            Neurons are counted from 0, like the columns of ``coefs_``, hidden layers
            from 1. Output neurons have the label of their class, the only one of two
            classes that of the second.

        Raises
        ------
        ValueError
            If the data does not fit what the network was trained on, all weights are
            zero, n_top is not a whole number, there is not one name for each feature,
            or the language is unknown.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> model = GradientDescentMLPClassifier(random_state=0).fit(X, y)
        >>> report = model.explain_gradient(X, y, n_top=3)
        >>> report[0].words.endswith("a lot")
        True
        >>> list(report.by_layer())
        ['hidden 1', 'output']
        """
        still = at_rest(self)
        check_n_top(n_top)
        names = names_of(still, feature_names, language)
        data = data_to_look_at(still, X, y, sample_weight)
        parts = -cost_gradient(still, data, alpha=0.0), penalty_part(still)
        check_finite(parts[0])
        gain = gain_of(still, data, parts[0])
        return GradientReport(*parts, still.parameters_, names, n_top, gain)

    def explain_samples(
        self,
        X,
        y,
        rows=range(6),
        *,
        n_top=10,
        sample_weight=None,
        feature_names=None,
        language="en",
    ):
        """Tell what single samples ask of the parameters, beside what all of them ask.

        Every sample wants the network for itself alone. Training follows the sum of
        what they want, each with its share in the mean.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        rows : sequence of int, default=range(6)
            The rows of X that are told one by one. The default takes those of the first
            six that there are.
        n_top : int or None, default=10
            How many parameters are told: those of which all rows together ask most.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.
        feature_names : sequence of str, default=None
            Names of the input features; see `explain_gradient`.
        language : {"en", "zh"}, default="en"

        Returns
        -------
        report : SamplesReport
            It prints as a table with a column for each sample, their sum, all rows, and
            the angle of each to what all rows ask. L2 is not in it.

        Raises
        ------
        ValueError
            As `explain_gradient`; or if a row is not there, or no row that is told has
            a weight above zero.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> model = GradientDescentMLPClassifier(16, max_iter=2, tol=None)
        >>> report = model.fit(X / 16, y).explain_samples(X / 16, y, rows=[3, 5, 8])
        >>> report.components.shape, report.angles.shape
        ((3, 1210), (3,))
        """
        still = at_rest(self)
        check_n_top(n_top)
        names = names_of(still, feature_names, language)
        data = data_to_look_at(still, X, y, sample_weight)
        rows = rows_to_tell(rows, len(data))
        whole = -cost_gradient(still, data, alpha=0.0)
        check_finite(whole)
        each = [-cost_gradient(still, data.take([row]), alpha=0.0) for row in rows]
        components = np.array(each) * shares_of(data, rows)[:, None]
        labels = np.asarray(y)[rows].tolist()
        return SamplesReport(components, whole, rows, labels, names, n_top)


def at_rest(estimator):
    """A copy of a fitted estimator that shares its model.

    Another thread may train the estimator meanwhile; the copy stays as it is.
    """
    check_is_fitted(estimator)
    return copy.copy(estimator)


def data_to_look_at(estimator, X, y, sample_weight):
    """Data of a fitted estimator, with weights of mean 1 and without class weights.

    Raises
    ------
    ValueError
        If anything is wrong with the data, or no row has a weight above zero.
    """
    model = estimator._model
    return encode(
        check_X(estimator, X), y, sample_weight, model.labels, model.state.dtype
    )


def cost(estimator, data):
    """Mean cost of data with the L2 term, summed in float64."""
    model = estimator._model
    costs = model.sample_costs(data).astype(np.float64)
    mean = float(np.average(costs, weights=data.sample_weight))
    return mean + model.objective(estimator.alpha_, data.table, 1).penalty()


def cost_gradient(estimator, data, alpha=None):
    """Gradient of `cost` in a new vector; with alpha=0.0 that of the data alone."""
    model = estimator._model
    alpha = estimator.alpha_ if alpha is None else alpha
    objective = model.objective(alpha, data.table, len(data))
    evaluate = quiet(lambda: objective(data.X, data.codes, data.batch_weight))
    with_threads_for(estimator, model, len(data), evaluate)
    return model.network.shown(objective.grad, power=-1)


def penalty_part(estimator):
    """What L2 asks of the parameters: to shrink every weight, and no bias."""
    model = estimator._model
    theta = -estimator.alpha_ * model.state.parameters()
    theta[model.network.n_weights :] = 0
    return model.network.shown(theta, power=-1)


def names_of(estimator, features=None, language="en"):
    """What the inputs and neurons of a fitted estimator are called.

    Raises
    ------
    ValueError
        If there is not one name for each feature, or the language is unknown.
    """
    labels, shapes = estimator._model.labels, estimator._model.network.shapes
    outputs = labels.classes[-labels.n_outputs :].tolist()
    if features is None:
        features = getattr(estimator, "feature_names_in_", None)
    elif len(features) != shapes[0][0]:
        raise ValueError(
            f"feature_names has {len(features)} names for {shapes[0][0]} features: "
            "give one each."
        )
    return Names(shapes, outputs, features, words_in(language))
