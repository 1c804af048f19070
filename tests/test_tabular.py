"""tabular_classifier: a frame as it comes, and probabilities that can be believed."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split

from sklearn_gd import tabular_classifier
from sklearn_gd.tabular import left_out, sharpness, tempered

pd = pytest.importorskip("pandas", reason="needs pandas")


@pytest.fixture(scope="module")
def mixed():
    """Numbers with gaps and a heavy tail, a category with rare levels, a flag."""
    rng = np.random.default_rng(0)
    n = 400
    size = np.exp(3 * rng.standard_normal(n))
    kind = rng.choice(["a", "b", "c"], n)
    kind[::50] = [f"rare {i}" for i in range(8)]
    flag = rng.random(n) < 0.5
    y = np.where((np.log(size) > 0) ^ (kind == "a") ^ flag, "yes", "no")
    size[::9] = np.nan
    frame = pd.DataFrame({"size": size, "kind": kind, "flag": flag})
    frame.loc[3, "kind"] = None
    return frame, y


def test_a_mixed_frame_as_it_comes(mixed):
    X, y = mixed
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    model = tabular_classifier(random_state=0).fit(X, y)
    known = X_test["size"].notna()
    assert model.score(X_test[known], y_test[known]) > 0.8
    assert set(model.predict(X_test)) <= {"yes", "no"}
    new = X_test.assign(kind="never seen")
    assert np.isfinite(model.predict_proba(new)).all()
    names = model[:-1].get_feature_names_out()
    assert "size" in names and "missingindicator_size" in names


def test_a_copy_of_it_is_the_same(mixed):
    X, y = mixed
    model = tabular_classifier(random_state=0).fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), p)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), p)


def test_it_is_tuned_by_a_search(mixed):
    X, y = mixed
    grid = {"columns__levels__max_categories": [2, 60]}
    search = GridSearchCV(tabular_classifier(random_state=0), grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.6


def test_probabilities_are_those_of_its_networks_tempered():
    X, y = load_wine(return_X_y=True)
    model = tabular_classifier(random_state=0).fit(X, y)
    ensemble, columns = model["networks"], model["columns"].transform(X)
    seen = ensemble._seen(columns)
    each = [m.predict_proba(seen[view]) for view, m in ensemble.networks_]
    assert len(each) == 6
    mean = np.mean(each, axis=0) ** ensemble.sharpness_
    expected = mean / mean.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-5)


def test_the_sharpness_lowers_the_cost_of_what_was_left_out():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet([1, 1, 1], 500)
    y = np.array([rng.choice(3, p=p) for p in truth])
    sure = tempered(truth, 3.0)  # three times too sure of itself
    b = sharpness([sure], [y])
    assert b == pytest.approx(1 / 3, abs=0.08)
    assert log_loss(y, tempered(sure, b)) < log_loss(y, sure)
    assert sharpness([], []) == 1.0


def test_no_class_is_left_out_as_a_whole():
    codes = np.repeat([0, 1, 2, 3], [200, 30, 2, 1])
    rng = np.random.RandomState(0)
    parts = left_out(codes, rng)
    assert len(parts) == 3
    for part in parts:
        assert set(codes[part]) <= {0, 1}
        assert len(part) == pytest.approx(23, abs=2)
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))


def test_tiny_sets_and_constant_columns():
    X = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": "same", "c": [0, 0, 0, 0, 0]})
    model = tabular_classifier(random_state=0).fit(X, [0, 1, 1, 2, 0])
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


def test_a_column_of_dates_is_named():
    X = pd.DataFrame({"n": [1.0, 2, 3], "day": pd.date_range("2026-01-01", periods=3)})
    with pytest.raises(ValueError, match="column 'day' holds datetime"):
        tabular_classifier().fit(X, [0, 1, 0])


def test_infinities_of_both_signs_are_refused_without_a_warning():
    """Their sum is no number, of which NumPy warns while scikit-learn looks."""
    X, y = np.zeros((40, 2)), np.arange(40) % 2
    X[0], broken = 1.0, X.copy()
    broken[:2, 1] = np.inf, -np.inf
    networks = tabular_classifier()["networks"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="infinity"):
            networks.fit(broken, y)
        networks.fit(X, y)
        with pytest.raises(ValueError, match="infinity"):
            networks.predict(broken)
