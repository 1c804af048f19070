"""A broken reading in a stream costs its row, and nothing else."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier

CLASSES = range(10)
HUGE = [(np.float64, 1e4), (np.float64, 1e300), (np.float32, 1e30)]
told = pytest.warns(ConvergenceWarning, match="a thousand times as long")


@pytest.mark.parametrize("rate", ["auto", 0.01])
@pytest.mark.parametrize(("dtype", "reading"), HUGE)
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_the_other_rows_are_learned_as_if_it_were_not_there(
    digits, solver, kind, dtype, reading, rate
):
    X, y = digits[0].astype(dtype), digits[1]
    broken = X.copy()
    broken[70, 3] = reading
    settings = {"solver": solver, "learning_rate": rate, "random_state": 0}
    ours, theirs = (GradientDescentMLPClassifier(16, **settings) for _ in range(2))
    for model in (ours, theirs):
        model.partial_fit(kind(X[:50]), y[:50], classes=CLASSES)
    with told:
        ours.partial_fit(kind(broken[50:100]), y[50:100])
    without = np.delete(np.arange(50, 100), 20)
    theirs.partial_fit(kind(X[without]), y[without])
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    assert ours.learning_rate_ == theirs.learning_rate_


@pytest.mark.parametrize("reading", [1e4, 1e6, 1e10, 1e50, 1e100, 1e200])
@pytest.mark.parametrize("settings", [{}, {"solver": "adam"}, {"learning_rate": 0.05}])
def test_one_in_200_does_not_stop_the_others(digits, settings, reading):
    """A stream that saw such rows went back to the class frequencies for ever."""
    X, y = digits
    broken = X.copy()
    broken[::200, 20] = reading
    model = GradientDescentMLPClassifier(random_state=0, **settings)
    rates = set()
    with told:
        for first in (*range(0, 1792, 32),) * 3:
            rows = slice(first, first + 32)
            model.partial_fit(broken[rows], y[rows], classes=CLASSES)
            rates.add(round(model.learning_rate_, 3))
    assert model.score(X, y) > 0.93
    assert max(rates) - min(rates) <= 0.002  # a part with such a row is a row shorter


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
def test_rows_of_uneven_length_and_zeros_are_sound(digits, kind):
    X, y = digits[0][:64].copy(), digits[1][:64]
    X *= np.logspace(0, 2.9, 64)[:, None]
    X[5] = 0.0
    model = GradientDescentMLPClassifier(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(kind(X), y, classes=CLASSES)
    assert model.t_ == 64


def test_a_part_of_nothing_else_changes_nothing(digits):
    X, y = digits
    model = GradientDescentMLPClassifier(16, random_state=0)
    before = model.partial_fit(X[:50], y[:50], classes=CLASSES).parameters_
    with told:
        model.partial_fit(np.full((3, 64), 1e300), y[:3])
    np.testing.assert_array_equal(model.parameters_, before)
    assert model.t_ == 50


def test_the_moments_of_adam_stay_finite(digits):
    """With the feature in no later batch, its infinite mean square became NaN."""
    X, y = digits[0].copy(), digits[1]
    X[::100, 0] = 1e300
    settings = {"solver": "adam", "learning_rate": 6.6, "random_state": 0}
    model = GradientDescentMLPClassifier(16, **settings)
    with pytest.warns(ConvergenceWarning):
        for first in range(0, 500, 5):
            rows = slice(first, first + 5)
            part = sp.csr_matrix(X[rows])
            model.partial_fit(part, y[rows], classes=CLASSES)
            assert np.isfinite(model.parameters_).all()


def test_elements_given_twice_stay_as_they_are(digits):
    """To look at the lengths of rows must not sort or join what somebody has given."""
    X, y = digits
    X, y = sp.csr_matrix(X[:50]), y[:50]
    shuffled = X[:, ::-1]
    twice = sp.csr_matrix(
        (
            np.repeat(shuffled.data / 2, 2),
            np.repeat(shuffled.indices, 2),
            2 * shuffled.indptr,
        ),
        shape=X.shape,
    )
    twice.data[:2] = 1e-6  # so that a quick look does not do
    before = [part.copy() for part in (twice.data, twice.indices, twice.indptr)]
    model = GradientDescentMLPClassifier(8, random_state=0)
    model.partial_fit(twice, y, classes=CLASSES).partial_fit(twice, y)
    for part, now in zip(
        before, (twice.data, twice.indices, twice.indptr), strict=True
    ):
        np.testing.assert_array_equal(part, now)
