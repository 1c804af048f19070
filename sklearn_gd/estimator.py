"""What the estimators share: parameters, training, prediction, storing."""

from __future__ import annotations

import copy
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ._sklearn import (
    CALLBACK_ATTRIBUTES,
    CallbackSupportMixin,
    Interval,
    StrOptions,
    validate_parameters,
    with_callbacks,
)
from .core.activations import ACTIVATIONS, Activation
from .core.network import STARTS
from .core.schedules import SCHEDULES, Schedule
from .core.training import SOLVERS
from .core.updates import UpdateRule
from .data.validation import check_X
from .inspection.gradients import CostAndGradient
from .inspection.recording import recorders_of
from .training import fitting
from .training.attributes import FittedAttributes
from .training.callbacks import fit_task
from .training.contracts import check_own_parts
from .training.persistence import pack_estimator, unpack_estimator
from .training.spelling import check_names, check_values
from .training.workspace import Workspace, lease_of, write_log

# Attributes that save time between calls of partial_fit, and can be made again.
TRANSIENT = ("_workspace", "_checked")


def _streams(estimator):
    """Whether the solver can train on a part of the data, for all that is known."""
    solver = estimator.solver
    solver = SOLVERS.get(solver) if isinstance(solver, str) else solver
    return not getattr(solver, "whole_data", False)


class GradientDescentMLP(
    FittedAttributes,
    CostAndGradient,
    CallbackSupportMixin,
    BaseEstimator,
):
    """A multilayer perceptron trained by gradient descent, whatever it predicts."""

    _parameter_constraints = {
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation, "array-like"],
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
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "average": ["boolean"],
        "init": [StrOptions(set(STARTS)), "array-like"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "shuffle": ["boolean"],
        "warm_start": ["boolean"],
        "n_jobs": [
            Interval(Integral, None, -1, closed="right"),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
        "random_state": ["random_state", np.random.Generator],
        "verbose": ["verbose"],
    }

    def __new__(cls, *args, **params):
        """Before __init__, whose error could not say how a parameter is spelt."""
        check_names(cls, params)
        return super().__new__(cls)

    def set_params(self, **params):
        """Set parameters by name, as every estimator of scikit-learn does.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError, ValueError
            If there is no such parameter; the first says what it is called here.
        """
        check_names(type(self), params)
        return super().set_params(**params)

    # Training

    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        classes=None,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train on X, y, from the start or, with warm_start, from where it is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to train on. Arrays and memory maps in C order, and CSR matrices, are
            not copied.
        y : array-like of shape (n_samples,), or (n_samples, n_labels)
            Class of each row: numbers, str, bool or dates. With several labels a row, a
            matrix of zeros and ones.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each row, 0 or more. Only the ratios matter.
        classes : array-like of shape (n_classes,), optional
            All classes, if y may lack some: folds and bags then agree on ``classes_``
            and the columns of `predict_proba`. With ``warm_start`` it may name more
            than before, as in `partial_fit`. For several labels a row the numbers of
            the columns, which is the same as leaving it out.
        X_val, y_val : like X and y, optional
            Rows to validate with, of any number. Their cost is monitored after each
            epoch, and the parameters with the lowest one are given back. In a pipeline
            they must go through its steps: ``transform_input=["X_val"]``.
        sample_weight_val : array-like of shape (n_validation_samples,), optional
            Weight of each validation row.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the data are not finite or do not fit together, a label is missing or not
            among ``classes``, a weight is negative or all are 0, or ``warm_start``
            meets other layers, labels or features than those of the fitted model. The
            estimator is then as it was before.

        Warns
        -----
        UserWarning
            If ``X_val`` is so unlike ``X`` that it seems not to be scaled as ``X`` is.
        ConvergenceWarning
            If training diverged, or still made progress in the last epoch that
            `max_iter` allows.

        Notes
        -----
        Ctrl-C ends training after the present step. The estimator then has the model of
        that step, ``stop_reason_`` is "interrupted", and KeyboardInterrupt is raised.
        After a second Ctrl-C it is as it was before.
        """
        validate_parameters(self)
        draft = copy.copy(self)
        if not self.warm_start:
            draft.__dict__.pop("_model", None)
        training = self._fit(
            draft, X, y, sample_weight, X_val, y_val, sample_weight_val, classes
        )
        # One assignment: whatever is raised before it leaves self as it was.
        self.__dict__ = draft.__dict__
        if training.stop_reason == "interrupted":
            raise KeyboardInterrupt(
                f"in epoch {self.n_iter_} of fit; the model is that of the last whole "
                "step"
            )
        return self

    @with_callbacks
    def _fit(self, draft, X, y, sample_weight, *rest):
        """Trains the draft. Callbacks meet self, which stays as it is."""
        task = fit_task(self, X, y, sample_weight)
        recorders = recorders_of(self)
        training = fitting.fit(draft, X, y, sample_weight, *rest, task, recorders)
        if task is not None:
            task.finish(lambda: vars(copy.copy(draft)))
        return training

    @available_if(_streams)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on a part of a stream.

        The random generator, the solver's state and the schedule go on from where the
        last call left them: with ``tol=None``, ``fit`` with ``max_iter=k`` equals k
        calls on the same rows, bit for bit, unless one of them warns that training went
        wrong, or rows are left out. These are rows a thousand times as long as the
        median one of the part, alone, and parts that would ruin the model, as a whole,
        with half the learning rate from then on.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The next rows of the stream, any number of them.
        y : array-like of shape (n_samples,), or (n_samples, n_labels)
            Class of each row.
        classes : array-like of shape (n_classes,), optional
            All classes that will ever come. Needed in the first call, except for
            several labels a row; later it may be left out. Later it may also name
            further classes: outputs are added for them, and what was learned stays.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each row, 0 or more; 1 is an ordinary row. Rows of weight 0 only
            change nothing.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the data are not finite or do not fit together or the model, y holds
            labels that were not announced, or the layers were changed between calls.
            The estimator is then as it was before.
        """
        draft = self.__copy__()
        draft._workspace = self.__dict__.get("_workspace") or Workspace()
        before = lease_of(self)
        if "_model" not in self.__dict__:
            fitting.start_stream(draft, X, y, classes, sample_weight)
        else:
            fitting.check_stream(draft, classes)
        fitting.train_on_chunk(draft, X, y, sample_weight, recorders_of(self))
        # One assignment, as in `fit`.
        self.__dict__ = draft.__dict__
        write_log(self, before)
        return self

    def _validate_params(self):
        check_own_parts(self)
        check_values(self)
        super()._validate_params()

    def __copy__(self):
        """A copy that shares the model, which nobody changes once it is published."""
        draft = object.__new__(type(self))
        draft.__dict__.update(self.__dict__)
        for name in ("_workspace", *CALLBACK_ATTRIBUTES):
            draft.__dict__.pop(name, None)
        return draft

    # Prediction

    def _fitted(self):
        """The model as it is now, of which a prediction takes all it needs."""
        check_is_fitted(self)
        return self._model

    def _predict(self, model, X, function):
        return model.by_blocks(check_X(self, X, min_rows=0), function)

    def activations(self, X):
        """Activations of the neurons of every layer.

        Parameters
        ----------
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
            Taken a block of rows at a time, so a memory map may be larger than memory.

        Returns
        -------
        activations : list of ndarray of shape (n_samples, n_neurons)
            One for each hidden layer, then that of the output neurons, of the dtype of
            ``parameters_``. No neuron is dropped.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_gd import GradientDescentMLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = GradientDescentMLPClassifier((16, 8), random_state=0).fit(X, y)
        >>> [a.shape for a in model.activations(X)]
        [(150, 16), (150, 8), (150, 3)]
        """
        return self._fitted().activations(check_X(self, X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
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
        model, trimmed = self._fitted(), copy.copy(self)
        trimmed._model = model.with_state(model.state.trimmed())
        trimmed.__dict__.pop("_checked", None)
        self.__dict__ = trimmed.__dict__
        return self

    def __getstate__(self):
        state = dict(super().__getstate__())
        for name in TRANSIENT:
            state.pop(name, None)
        return pack_estimator(state, self._parameter_constraints)

    def __setstate__(self, state):
        state = unpack_estimator(state, self._parameter_constraints)
        # What a model that was saved before there were these parameters was trained by.
        state.setdefault("average", False)
        state.setdefault("init", "auto")
        super().__setstate__(state)
