import copy

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, record_path


def network(**settings):
    settings = {"max_iter": 4, "tol": None, "batch_size": 50, **settings}
    return GradientDescentMLPClassifier(5, random_state=0, **settings)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_each_record_is_what_a_shorter_training_would_end_with(wine, solver):
    recorded = network(solver=solver)
    with record_path(recorded) as path:
        recorded.fit(*wine)
    assert len(path) == 5
    for epochs in (1, 2, 4):
        shorter = network(solver=solver, max_iter=epochs).fit(*wine)
        np.testing.assert_array_equal(path[epochs], shorter.parameters_)


def test_the_first_record_is_the_start(wine):
    recorded = network(learning_rate=0.1)
    with record_path(recorded) as path:
        recorded.fit(*wine)
    standing = network(learning_rate=0.0, alpha=0.0, max_iter=1).fit(*wine)
    np.testing.assert_array_equal(path[0], standing.parameters_)


def test_steps_meet_epochs(wine):
    by_epoch, by_step, by_three = network(), network(), network()
    with record_path(by_epoch) as epochs:
        by_epoch.fit(*wine)
    with record_path(by_step, every=1) as steps:
        by_step.fit(*wine)
    with record_path(by_three, every=3) as threes:
        by_three.fit(*wine)
    # 178 rows make 4 batches of 50.
    assert len(steps) == 17
    np.testing.assert_array_equal(steps[::4], epochs)
    np.testing.assert_array_equal(steps[::3], threes)


def test_training_is_the_same_with_and_without(wine):
    recorded, plain = network(early_stopping=True), network(early_stopping=True)
    with record_path(recorded, every=2):
        recorded.fit(*wine)
    plain.fit(*wine)
    np.testing.assert_array_equal(recorded.parameters_, plain.parameters_)
    assert recorded.loss_curve_ == plain.loss_curve_


def test_records_are_copies(wine):
    recorded = network()
    with record_path(recorded) as path:
        recorded.fit(*wine)
    last = path[-1].copy()
    recorded.partial_fit(*wine)
    np.testing.assert_array_equal(path[-1], last)
    assert not np.array_equal(recorded.parameters_, last)


def test_a_stream_is_recorded_part_by_part(wine):
    X, y = wine
    recorded = network()
    with record_path(recorded) as path:
        for _ in range(3):
            recorded.partial_fit(X, y, classes=[0, 1, 2])
            np.testing.assert_array_equal(path[-1], recorded.parameters_)
    assert len(path) == 4
    recorded.partial_fit(X, y)
    assert len(path) == 4


def test_a_part_that_is_left_out_leaves_no_record(wine):
    X, y = wine
    recorded = network().partial_fit(X, y, classes=[0, 1, 2])
    with record_path(recorded, every=1) as path:
        recorded.partial_fit(X, y)
        n_records = len(path)
        recorded.learning_rate = 1e30
        recorded.partial_fit(X, y)
    np.testing.assert_array_equal(recorded.parameters_, path[-1])  # it was left out
    assert len(path) == n_records
    assert np.isfinite(path).all()


@pytest.mark.parametrize("every, n_records", [("epoch", 5), (1, 25), (2, 13)])
def test_sparse_rows(every, n_records, rng):
    X = rng.random((300, 500))
    X = sp.csr_array(X * (X > 0.98))
    y = rng.integers(0, 3, 300)
    recorded = network()
    with record_path(recorded, every) as path:
        recorded.fit(X, y)
    assert len(path) == n_records
    np.testing.assert_array_equal(path[-1], recorded.parameters_)
    plain = network().fit(X, y).parameters_
    np.testing.assert_allclose(recorded.parameters_, plain, rtol=0, atol=1e-12)


def test_in_a_pipeline(wine):
    X, y = wine
    recorded = network()
    pipeline = make_pipeline(StandardScaler(), recorded)
    with record_path(recorded) as path:
        pipeline.fit(X, y)
    np.testing.assert_array_equal(path[-1], recorded.parameters_)


def test_nothing_stays_behind(wine):
    recorded = network()
    with pytest.raises(ValueError, match="NaN"), record_path(recorded):
        recorded.fit(wine[0] * np.nan, wine[1])
    with record_path(recorded) as path:
        recorded.fit(*wine)
        for other in (clone(recorded), copy.copy(recorded), copy.deepcopy(recorded)):
            other.fit(*wine)
    assert path[0].base is None
    assert len(path) == 5
    recorded.fit(*wine)
    assert len(path) == 5


@pytest.mark.parametrize("every", [0, -1, 2.5, "step", True, None])
def test_what_is_no_number_of_steps_is_refused(every):
    recorded = network()
    with pytest.raises(ValueError, match="every="), record_path(recorded, every):
        pass


def test_records_nest(wine):
    recorded = network()
    with record_path(recorded) as epochs:
        recorded.fit(*wine)
        with record_path(recorded, every=1) as steps:
            recorded.partial_fit(*wine)
    assert (len(epochs), len(steps)) == (6, 5)
    np.testing.assert_array_equal(steps[-1], epochs[-1])


def test_a_sparse_stream_is_recorded_whole(rng):
    X = rng.random((60, 500))
    X = sp.csr_array(X * (X > 0.98))
    y = rng.integers(0, 3, 60)
    recorded, plain = network(batch_size=10), network(batch_size=10)
    with record_path(recorded, every=2) as path:
        for _ in range(2):
            recorded.partial_fit(X, y, classes=[0, 1, 2])
            plain.partial_fit(X, y, classes=[0, 1, 2])
    assert len(path) == 7
    np.testing.assert_array_equal(path[-1], recorded.parameters_)
    np.testing.assert_allclose(path[-1], plain.parameters_, atol=1e-12)


def test_a_path_prints_in_one_line(wine):
    recorded = network()
    with record_path(recorded) as path:
        assert repr(path) == "<path of 0 records>"
        recorded.fit(*wine)
    assert repr(path) == f"<path of 5 records of {recorded.n_parameters_} parameters>"
    assert isinstance(path, list)


def test_pipelines_and_searches_are_recorded_at_their_end(wine):
    pipe = make_pipeline(StandardScaler(), network())
    with record_path(pipe) as path:
        pipe.fit(*wine)
    np.testing.assert_array_equal(path[-1], pipe[-1].parameters_)
    search = GridSearchCV(pipe, {"gradientdescentmlpclassifier__alpha": [0.1]}, cv=2)
    with pytest.raises(NotFittedError), record_path(search):
        pass
    search.fit(*wine)
    with record_path(search) as path:
        search.best_estimator_.fit(*wine)
    np.testing.assert_array_equal(path[-1], search.best_estimator_[-1].parameters_)
    assert len(path) == 5


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="GradientDescentMLPClassifier is needed"):
        with record_path(StandardScaler().fit([[1.0], [2.0]])):
            pass
