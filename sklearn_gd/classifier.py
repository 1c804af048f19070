"""The estimator: parameters, validation, fitted attributes."""

from __future__ import annotations

import copy
import dataclasses
from numbers import Integral, Real

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from . import fitting
from ._sklearn import (
    CALLBACK_ATTRIBUTES,
    CallbackSupportMixin,
    Interval,
    StrOptions,
    validate_parameters,
    with_callbacks,
)
from .attributes import FittedAttributes
from .callbacks import fit_task
from .contracts import check_own_parts
from .core.activations import ACTIVATIONS, Activation
from .core.losses import LOSSES, Loss
from .core.schedules import SCHEDULES, Schedule
from .core.training import SOLVERS, Training
from .core.updates import UpdateRule
from .gradients import CostAndGradient
from .persistence import pack, unpack
from .validation import check_X

# Where the pages are; a placeholder until the project has a public home.
DOCS_URL = "https://sklearn-gd.readthedocs.io/"
# Attributes that save time between calls of partial_fit, and can be made again.
TRANSIENT = ("_workspace", "_checked")


def _streams(estimator):
    """Whether the solver can train on a part of the data, for all that is known."""
    solver = estimator.solver
    solver = SOLVERS.get(solver) if isinstance(solver, str) else solver
    return not getattr(solver, "whole_data", False)


class GradientDescentMLPClassifier(
    FittedAttributes,
    CostAndGradient,
    CallbackSupportMixin,
    ClassifierMixin,
    BaseEstimator,
):
    """Multilayer perceptron trained by mini-batch gradient descent.

    DOCSTRING
    """

    # The link in the HTML diagram.
    _doc_link_module = "sklearn_gd"
    _doc_link_template = f"{DOCS_URL}generated/sklearn_gd.{{estimator_name}}.html"

    # record_path puts one in its place that keeps the path of the parameters.
    _training = Training

    _parameter_constraints = {
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
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
        self._fit(draft, X, y, sample_weight, X_val, y_val, sample_weight_val)
        # One assignment: whatever is raised before it leaves self as it was.
        self.__dict__ = draft.__dict__
        return self

    @with_callbacks
    def _fit(self, draft, X, y, sample_weight, *validation):
        """Trains the draft. Callbacks meet self, which stays as it is."""
        task = fit_task(self, X, y, sample_weight)
        fitting.fit(draft, X, y, sample_weight, *validation, task)
        if task is not None:
            task.end(lambda: vars(copy.copy(draft)))

    @available_if(_streams)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on a part of a stream.

        PARTIALDOC
        """
        if "_model" not in self.__dict__:
            draft = self._draft()
            fitting.start_stream(draft, X, y, classes, sample_weight)
            fitting.train_on_chunk(draft, X, y, sample_weight)
            self.__dict__ = draft.__dict__
        else:
            fitting.check_stream(self, classes)
            fitting.train_on_chunk(self, X, y, sample_weight)
        return self

    def _validate_params(self):
        check_own_parts(self)
        super()._validate_params()

    def _draft(self):
        """A copy of self to work on; the state that training changes is copied too."""
        draft = object.__new__(type(self))
        draft.__dict__.update(self.__dict__)
        for name in ("_workspace", *CALLBACK_ATTRIBUTES):
            draft.__dict__.pop(name, None)
        if "_model" in self.__dict__:
            draft._model = dataclasses.replace(self._model)
            draft._model.state = copy.deepcopy(self._model.state)
        return draft

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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags

    # Storing

    def trim_for_prediction(self):
        """Drop what only further training needs: the state of the update rule.

        The stored model becomes about half as large with momentum, and a third with
        adam. It predicts the same. It can still be trained: the update rule then
        starts anew.

        Returns
        -------
        self : object
        """
        check_is_fitted(self)
        self._model.state.vectors = []
        for name in TRANSIENT:
            self.__dict__.pop(name, None)
        return self

    __copy__ = _draft

    def __getstate__(self):
        state = dict(super().__getstate__())
        for name in TRANSIENT:
            state.pop(name, None)
        if "_model" in state:
            state["_model"] = pack(state["_model"])
        return state

    def __setstate__(self, state):
        state = dict(state)
        if "_model" in state:
            state["_model"] = unpack(state["_model"])
        super().__setstate__(state)
