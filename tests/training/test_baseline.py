"""The baseline of a stream: never worse than the class frequencies for long."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.losses import LINKS, LogLoss, SquaredError
from sklearn_gd.training.baseline import cost_of_frequencies

CHUNK = 50


def new(**settings):
    return GradientDescentMLPClassifier(8, random_state=0, **settings)


def noise(seed, n_rows=3000, share=0.1):
    """Rows that tell nothing of their class."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_rows, 5)), (rng.random(n_rows) < share).astype(int)


def stream(model, X, y, classes=(0, 1)):
    for start in range(0, X.shape[0], CHUNK):
        rows = slice(start, start + CHUNK)
        model.partial_fit(X[rows], y[rows], classes=list(classes))
    return model


@pytest.mark.parametrize("probabilities", [[0.2, 0.8], [0.1, 0.3, 0.6]])
def test_the_cost_of_frequencies_is_that_of_predicting_them(probabilities):
    """Oracle: scikit-learn's log loss of the same prediction for every row."""
    p = np.array(probabilities)
    y = np.repeat(np.arange(len(p)), (100 * p).round().astype(int))
    binary = len(p) == 2
    link = next(iter(LINKS["binary" if binary else "multiclass"].values()))
    mean = p[1:] if binary else p
    ours = cost_of_frequencies(LogLoss(link), link.raw(mean), mean)
    assert ours == pytest.approx(log_loss(y, np.tile(p, (len(y), 1))))
    ours = cost_of_frequencies(SquaredError(link), link.raw(mean), mean)
    assert ours == pytest.approx(1 - (p**2).sum())


def test_several_labels_are_added_up():
    link = LINKS["multilabel"]["logistic"]
    mean = np.array([0.25, 0.5])
    expected = sum(-(p * np.log(p) + (1 - p) * np.log(1 - p)) for p in mean)
    assert cost_of_frequencies(LogLoss(link), link.raw(mean), mean) == pytest.approx(
        expected
    )


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("rate", [0.1, 10.0, 1e4, 1e8, "auto"])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_no_rate_ends_below_the_largest_class(convert, rate, loss):
    X, y = noise(seed=1)
    model = new(loss=loss, batch_size=5, learning_rate=rate)
    stream(model, convert(X[:2000]), y[:2000])
    share = np.mean(y[2000:] == 0)
    error = np.sqrt(share * (1 - share) / 1000)
    assert model.score(convert(X[2000:]), y[2000:]) > share - 3 * error


def test_it_says_so_once_and_the_rate_comes_back():
    X, _ = noise(seed=2)
    y = (X[:, 0] > 0).astype(int)
    model = stream(new(learning_rate=0.2, average=False), X, y)
    parameters = model.parameters_
    with pytest.warns(ConvergenceWarning, match="class frequencies") as caught:
        model.parameters_ = -30 * parameters  # sure of what is wrong
        stream(model.set_params(learning_rate=1e-6), X[:500], y[:500])
    assert len(caught) == 1
    assert model.learning_rate_ == 1e-6 / 8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            stream(model, X, y)
    assert model.learning_rate_ == 1e-6


def test_a_single_wild_part_costs_itself_only():
    X, _ = noise(seed=4)
    y = (X[:, 0] > 0).astype(int)
    model = stream(new(), X, y)
    score = model.score(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "A part of the stream", ConvergenceWarning)
        model.partial_fit(1e6 * X[:CHUNK], 1 - y[:CHUNK])
    assert model.score(X, y) > score - 0.02


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_stored_stream_goes_on_bit_for_bit():
    X, y = noise(seed=3)
    model = stream(new(learning_rate=100.0, batch_size=5), X[:1010], y[:1010])
    again = pickle.loads(pickle.dumps(model))
    for each in (model, again):
        stream(each, X[1010:], y[1010:])
    np.testing.assert_array_equal(model.parameters_, again.parameters_)
    assert model.learning_rate_ == again.learning_rate_
