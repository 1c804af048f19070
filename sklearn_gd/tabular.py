"""The strong setting for tables: a frame as it comes, and a handful of networks."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    LabelEncoder,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .classifier import GradientDescentMLPClassifier
from .core.quiet import quiet

# Levels of a category that get a column of their own; the rarer ones share one.
MAX_LEVELS = 60
# A heavy tail is bent smoothly towards this many robust standard deviations.
BOUND = 3.0
# The share of the rows that a pair of networks leaves out, and at most how many.
FOLDS, MOST_LEFT_OUT = 10, 667
# Hidden layers and epochs of the two shapes; more rows than these need fewer epochs.
SHAPES = {"wide": ((100,), 40), "deep": ((64, 64), 60)}
MANY_ROWS = 4000
# Shape and view of the two networks of each pair.
PAIRS = (
    (("wide", "bent"), ("deep", "plain")),
    (("wide", "plain"), ("deep", "bent")),
    (("wide", "plain"), ("deep", "bent")),
)


def tabular_classifier(*, random_state=None):
    """A pipeline for a table as it comes: numbers, categories, missing values.

    Numbers get their median where they are missing, and an indicator; categories become
    indicators, rare levels together, and levels that are new at prediction count as
    rare. Six networks see two views of these columns, standardised and with bent tails;
    their probabilities are averaged and tempered.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    pipeline : Pipeline
        Its steps are ``"columns"``, a `ColumnTransformer`, and ``"networks"``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from sklearn_gd import tabular_classifier
    >>> X, y = load_wine(return_X_y=True)
    >>> X[::7, 3] = np.nan
    >>> model = tabular_classifier(random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.98
    True
    """
    numbers = SimpleImputer(strategy="median", add_indicator=True)
    levels = OneHotEncoder(
        max_categories=MAX_LEVELS,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
    columns = ColumnTransformer(
        [("numbers", numbers, Columns(True)), ("levels", levels, Columns(False))],
        verbose_feature_names_out=False,
    )
    return Pipeline([("columns", columns), ("networks", NetworkEnsemble(random_state))])


class Columns:
    """Chooses the columns of a frame or array that hold numbers, or all others.

    Parameters
    ----------
    numbers : bool
    """

    def __init__(self, numbers):
        self.numbers = numbers

    def __call__(self, X):
        """Positions of the columns.

        Raises
        ------
        ValueError
            If a column holds dates, durations or complex numbers; it is named.
        """
        dtypes = getattr(X, "dtypes", None)
        if dtypes is None:
            kind = np.asarray(X).dtype.kind
            return list(range(X.shape[1])) if (kind in "buif") == self.numbers else []
        chosen = []
        for place, (name, dtype) in enumerate(zip(X.columns, dtypes, strict=True)):
            kind = getattr(dtype, "kind", "O")
            if kind in "mMc":
                raise ValueError(
                    f"column {name!r} holds {dtype}: turn it into numbers, such as "
                    "days since a date, or into a category."
                )
            if (kind in "uif") == self.numbers:
                chosen.append(place)
        return chosen


class BentTails(TransformerMixin, BaseEstimator):
    """Numbers twice, robustly scaled with a soft bound and as normal quantiles.

    Columns of two values are standardised.
    """

    def fit(self, X, y=None):
        """Learn scales and quantiles."""
        self.two_valued_ = np.array([len(np.unique(x)) <= 2 for x in X.T], dtype=bool)
        numbers, rest = X[:, ~self.two_valued_], X[:, self.two_valued_]
        self.scaler_ = StandardScaler().fit(rest) if rest.size else None
        if numbers.size:
            self.robust_ = RobustScaler(unit_variance=True).fit(numbers)
            self.quantiles_ = QuantileTransformer(
                n_quantiles=min(200, len(X)),
                output_distribution="normal",
                subsample=2000,
                random_state=0,
            ).fit(numbers)
        return self

    def transform(self, X):
        """The columns of both."""
        numbers, rest = X[:, ~self.two_valued_], X[:, self.two_valued_]
        parts = [self.scaler_.transform(rest)] if rest.size else []
        if numbers.size:
            z = self.robust_.transform(numbers)
            parts.append(z / np.sqrt(1 + (z / BOUND) ** 2))
            quantiles = self.quantiles_.transform(numbers)
            parts.append(np.clip(quantiles, -BOUND, BOUND))
        return np.hstack(parts)


VIEWS = {"plain": StandardScaler, "bent": BentTails}


class NetworkEnsemble(ClassifierMixin, BaseEstimator):
    """Six networks in three pairs, their probabilities averaged and tempered.

    Each pair leaves out another tenth of the rows and predicts them. With p for the
    mean probabilities, the prediction is softmax(b log p), where b has the lowest log
    loss on what was left out, drawn a little towards 1.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
    """

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        """Train the networks and find the temperature."""
        X, y = quiet(validate_data)(self, X, y, dtype=np.float64)
        encoder = LabelEncoder()
        codes = encoder.fit_transform(y)
        self.classes_ = encoder.classes_
        rng = check_random_state(self.random_state)
        self.views_ = {name: view().fit(X) for name, view in VIEWS.items()}
        seen = self._seen(X)
        self.networks_, told, wanted = [], [], []
        for pair, out in zip(PAIRS, left_out(codes, rng), strict=True):
            kept = np.setdiff1d(np.arange(len(codes)), out)
            members = []
            for shape, view in pair:
                member = network(shape, len(kept), rng)
                members.append((view, member.fit(seen[view][kept], codes[kept])))
            self.networks_ += members
            if len(out):
                each = [m.predict_proba(seen[view][out]) for view, m in members]
                told.append(np.mean(each, axis=0))
                wanted.append(codes[out])
        self.sharpness_ = sharpness(told, wanted)
        return self

    def predict_proba(self, X):
        """Probability of every class, shape (n_rows, n_classes)."""
        check_is_fitted(self)
        X = quiet(validate_data)(self, X, dtype=np.float64, reset=False)
        seen = self._seen(X)
        each = [member.predict_proba(seen[view]) for view, member in self.networks_]
        return tempered(np.mean(each, axis=0), self.sharpness_)

    def predict(self, X):
        """The most probable class of every row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _seen(self, X):
        views = self.views_.items()
        return {name: view.transform(X).astype(np.float32) for name, view in views}


def network(shape, n_rows, rng):
    """A network of that shape, for so many rows."""
    hidden, epochs = SHAPES[shape]
    epochs = int(np.clip(epochs * MANY_ROWS / n_rows, 0.6 * epochs, epochs))
    return GradientDescentMLPClassifier(
        hidden,
        alpha=2.0 / n_rows,
        max_iter=epochs,
        tol=None,
        random_state=rng.randint(2**31),
    )


def left_out(codes, rng):
    """For each pair the rows that it leaves out, a stratified tenth of those that may.

    Rows of a class with fewer than three are never left out.
    """
    counts = np.bincount(codes)
    rows = rng.permutation(np.flatnonzero(counts[codes] >= 3))
    rows = rows[np.argsort(codes[rows], kind="stable")]
    starts = rng.permutation(FOLDS)[: len(PAIRS)]
    return [rng.permutation(rows[start::FOLDS])[:MOST_LEFT_OUT] for start in starts]


def sharpness(told, wanted):
    """The factor of log probabilities with the lowest log loss; 1 without rows."""
    if not told:
        return 1.0
    p, codes = np.vstack(told), np.concatenate(wanted)

    def cost(log_b):
        log_p = np.log(np.maximum(tempered(p, np.exp(log_b)), 1e-300))
        return -log_p[np.arange(len(codes)), codes].mean() + log_b**2 / len(codes)

    return float(np.exp(minimize_scalar(cost, bounds=(-3, 1.5), method="bounded").x))


def tempered(p, b):
    """Probabilities proportional to p to the power of b."""
    return np.exp(log_softmax(b * np.log(np.maximum(p, 1e-30)), axis=1))
