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
from sklearn_gd.training.baseline import Baseline, costs_of_frequencies

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


def cost_of_frequencies(loss, raw, mean):
    """The mean cost of one raw prediction on rows with these mean targets."""
    constant, slopes = costs_of_frequencies(loss, raw)
    return constant + slopes @ mean


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
    """Trouble costs the output layer; only trouble soon after it costs the rate."""
    X, _ = noise(seed=2)
    y = (X[:, 0] > 0).astype(int)
    model = stream(new(learning_rate=0.2, average=False), X, y)
    wrong = -30 * model.parameters_  # sure of what is wrong
    with pytest.warns(ConvergenceWarning, match="class frequencies") as caught:
        for rate in (0.2, 0.2 / 8):
            model.parameters_ = wrong
            stream(model, X[:CHUNK], y[:CHUNK])
            assert model.learning_rate_ == rate
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            stream(model, X, y)
    assert model.learning_rate_ == 0.2
    assert model.score(X, y) > 0.98


def test_a_small_rate_is_not_to_blame():
    """Where classes come one after the other no rate is at fault."""
    y = np.repeat(np.arange(6), 300)
    X = np.random.default_rng(0).standard_normal((1800, 5))
    model = new(learning_rate=1e-6)
    with pytest.warns(ConvergenceWarning, match="class frequencies"):
        stream(model, X, y, classes=range(6))
    assert model.learning_rate_ == 1e-6


SUDDEN = {
    "sorted": lambda y: np.sort(y),
    "flipped": lambda y: np.where(np.arange(len(y)) < len(y) // 2, y, 1 - y),
}


@pytest.mark.parametrize("order", SUDDEN)
@pytest.mark.parametrize("rate", [1e-6, "auto", 1e6])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_matrix])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_sudden_change_of_classes_is_followed(order, rate, solver, average, convert):
    """Of the last 1,000 rows as many are right as if the frequent class were guessed.

    Nine of ten rows are of one class, and nothing tells which.
    """
    X, y = noise(seed=5)
    y, right = SUDDEN[order](y), []
    model = new(learning_rate=rate, solver=solver, average=average)
    for start in range(0, 3000, CHUNK):
        rows = slice(start, start + CHUNK)
        if start:
            right.extend(model.predict(convert(X[rows])) == y[rows])
        model.partial_fit(convert(X[rows]), y[rows], classes=[0, 1])
    guessed = guesses(y)
    error = np.sqrt(0.1 * 0.9 / 1000)
    assert np.mean(right[-1000:]) > guessed[-1000:].mean() - 4 * error


def guesses(y):
    """Whether rows are of the class most frequent so far, where old rows fade."""
    counts, right = np.zeros(2), []
    for start in range(0, len(y), CHUNK):
        part = y[start : start + CHUNK]
        right.extend(part == counts.argmax())
        counts = counts * np.exp(-CHUNK / 1000) + np.bincount(part, minlength=2)
    return np.array(right)


def test_an_average_that_lags_behind_starts_again():
    """Its memory grows with the stream, longer than a drift can wait; nothing is said.

    Classes are told apart by a line, which turns by 60 degrees.
    """
    X, _ = noise(seed=6, n_rows=22_500)
    turned = X @ [0.5, np.sqrt(0.75), 0.0, 0.0, 0.0]
    y = np.where(np.arange(len(X)) < 20_000, X[:, 0] > 0, turned > 0)
    model = stream(new(), X[:21_500], y[:21_500])
    assert model.score(X[21_500:], y[21_500:]) > 0.85


def test_evidence_is_the_test_of_page():
    """Oracle: how far the sum of differences is above its lowest point so far."""
    loss = LogLoss(LINKS["binary"]["logistic"])
    rng = np.random.default_rng(0)
    known, evidence, sums = Baseline.start(loss, 1), 0.0, [0.0]
    for cost, other in rng.random((200, 2)):
        evidence = known.evidence(evidence, 10, cost, other)
        sums.append(sums[-1] + 10 * (cost - 1.1 * other) / np.log(2))
    assert evidence == pytest.approx(sums[-1] - min(sums))
    assert known.evidence(5.0, 10, np.inf, 0.5) == 5.0 + 10 * 3.0


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


@pytest.mark.parametrize("rate", [0.0, 1e-300, 1e300])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_trouble_at_any_rate_and_scale_is_no_error(rate, scale):
    X, y = noise(seed=7, n_rows=600)
    model = new(learning_rate=rate)
    stream(model, X * scale, np.sort(y)[::-1])
    stream(model, X * scale, y)
    assert np.isfinite(model.parameters_).all()
    assert 0 <= model.learning_rate_ <= rate
