"""The hold-out of early_stopping: a fair sample, at a price that nobody notices."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_multilabel_classification

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.data import hold_out, training_data
from sklearn_gd.training import fitting

BATCHES = {"one": {"batch_size": "full"}, "many": {"batch_size": 16}}


def network(**settings):
    settings = {"max_iter": 2, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier((4,), **settings)


def split(y, fraction=0.1, seed=0, weights=None):
    """The numbers of the rows to train on and of those held out."""
    X = np.arange(len(y), dtype=float)[:, None]
    data, _ = training_data(network(), X, y, weights)
    train, held_out = hold_out(data, fraction, np.random.default_rng(seed))
    return train.rows, held_out.X[:, 0].astype(int)


@pytest.fixture
def labelled(rng):
    """Labels whose frequencies fall like words: many of them are rare."""
    p = 0.5 / np.arange(1, 61) ** 1.2
    return (rng.random((1000, 60)) < p).astype(int)


# One class a row


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_every_class_is_held_out_in_proportion(fraction, rng):
    y = rng.permutation(np.repeat([0, 1, 2], [600, 300, 100]))
    train, held_out = split(y, fraction)
    assert sorted([*train, *held_out]) == list(range(1000))
    shares = np.bincount(y[held_out])
    np.testing.assert_allclose(shares, fraction * np.array([600, 300, 100]), atol=1)


@pytest.mark.parametrize("fraction", [0.01, 0.4, 0.99])
def test_no_class_is_held_out_as_a_whole(fraction):
    y = np.r_[np.zeros(20, int), 1, 2, 3, 4, 4, 5, 5]
    for seed in range(50):
        train, held_out = split(y, fraction, seed)
        assert set(y[train]) == set(y)
        assert len(held_out)


def test_classes_of_one_row_do_not_make_the_others_smaller():
    """They are trained on, and the wanted number is held out of the rest."""
    y = np.r_[np.arange(50), np.full(950, 50)]
    _, held_out = split(y)
    assert len(held_out) == 100
    assert set(y[held_out]) == {50}


def test_one_row_a_class_gets_advice_that_helps():
    X, y = np.arange(10.0)[:, None], np.arange(10)
    with pytest.raises(ValueError, match=r"one sample of each class.*X_val") as caught:
        network(early_stopping=True).fit(X, y)
    assert "validation_fraction" not in str(caught.value)
    network(early_stopping=True).fit(X, y, X_val=X, y_val=y)


def test_rows_without_weight_are_never_held_out(rng):
    weights = rng.integers(0, 2, 200).astype(float)
    for seed in range(20):
        _, held_out = split(np.arange(200) % 3, 0.3, seed, weights)
        assert (weights[held_out] > 0).all()
        assert len(held_out) == round(0.3 * np.count_nonzero(weights))


# Several labels a row


@pytest.mark.parametrize(("n_rows", "n_labels"), [(500, 10), (2000, 30), (2000, 100)])
def test_as_many_rows_as_wanted_with_several_labels(n_rows, n_labels):
    """scikit-learn #10424: whole label rows were taken for classes."""
    _, Y = make_multilabel_classification(
        n_rows, n_classes=n_labels, n_labels=n_labels // 10, random_state=0
    )
    _, held_out = split(Y)
    assert len(held_out) == n_rows // 10
    of_all, of_held_out = Y.sum(axis=1).mean(), Y[held_out].sum(axis=1).mean()
    # Four standard errors of a random sample.
    assert abs(of_held_out - of_all) < 4 * Y.sum(axis=1).std() / len(held_out) ** 0.5


def test_rare_labels_are_held_out_more_evenly_than_at_random(labelled):
    """The choice between a random, this, and an iterative hold-out was made by this."""
    Y, wanted = labelled, labelled.sum(axis=0) / 10
    some = wanted > 0

    def error(rows):
        deviation = (Y[rows].sum(axis=0) - wanted)[some]
        return np.sqrt(np.mean(deviation**2 / wanted[some]))

    seeds = range(20)
    ours = np.mean([error(split(Y, seed=seed)[1]) for seed in seeds])
    at_random = np.mean(
        [error(np.random.default_rng(seed).permutation(1000)[:100]) for seed in seeds]
    )
    assert ours < 0.8 * at_random


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_every_label_keeps_a_row_to_be_trained_on(fraction, labelled):
    for seed in range(20):
        train, held_out = split(labelled, fraction, seed)
        assert len(held_out)
        assert (labelled[train].any(axis=0) == labelled.any(axis=0)).all()


def test_labels_that_no_row_shares():
    with pytest.raises(ValueError, match="one sample of each class"):
        network(early_stopping=True).fit(np.eye(5), np.eye(5, dtype=int))


# What it takes


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
@pytest.mark.parametrize("container", [np.asarray, sp.csr_matrix])
def test_training_on_a_part_is_training_on_its_copy(
    container, solver, batches, shuffle, monkeypatch, rng
):
    X, y = container(rng.standard_normal((80, 3))), np.arange(80) % 3
    weights = rng.random(80)
    settings = {"solver": solver, "shuffle": shuffle, **BATCHES[batches]}
    ours = network(early_stopping=True, **settings).fit(X, y, weights)

    def hold_out_copies(data, *args):
        train, held_out = hold_out(data, *args)
        return data.take(train.rows).with_mean_weight_one(), held_out

    monkeypatch.setattr(fitting, "hold_out", hold_out_copies)
    theirs = network(early_stopping=True, **settings).fit(X, y, weights)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    assert ours.t_ == theirs.t_ == 2 * 72


@pytest.mark.parametrize("settings", [{}, {"batch_size": "full"}, {"solver": "lbfgs"}])
def test_a_memory_map_is_not_copied(settings, tmp_path, rng):
    shape = (20_000, 400)
    X = np.memmap(tmp_path / "X", dtype=np.float32, mode="w+", shape=shape)
    X[:] = rng.standard_normal(shape, dtype=np.float32)
    y = rng.integers(0, 3, len(X))
    X = np.memmap(tmp_path / "X", dtype=np.float32, mode="r", shape=shape)
    peaks = []
    for early_stopping in (False, True):
        model = network(early_stopping=early_stopping, **settings)
        tracemalloc.start()
        model.fit(X, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    held_out, block = 0.1 * X.nbytes, 2048 * 400 * 4
    numbers_of_rows = 8 * len(X)
    assert peaks[1] - peaks[0] < held_out + block + 8 * numbers_of_rows


def test_no_table_of_all_rows_and_classes(rng):
    n_rows, n_classes = 20_000, 1000
    X = rng.standard_normal((n_rows, 3)).astype(np.float32)
    y = rng.integers(0, n_classes, n_rows)
    tracemalloc.start()
    network(early_stopping=True, validation_fraction=0.5, max_iter=1).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The table of half of the rows alone would take 40 MB.
    assert peak < 0.5 * n_rows * n_classes * 4 + 20e6
