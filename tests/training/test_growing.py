"""New classes in a stream: what was learned stays, bit for bit."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier, record_path


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def streamed(X, y, classes, **settings):
    model = GradientDescentMLPClassifier(12, random_state=0, **settings)
    for _ in range(5):
        model.partial_fit(X, y, classes=classes)
    return model


@pytest.mark.parametrize("known", [[0, 1], [3, 4, 7]])
@pytest.mark.parametrize("settings", [{}, {"solver": "adam"}, {"average": False}])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_old_classes_keep_their_odds_and_parameters(convert, settings, known, digits):
    X, y = digits
    rows = np.isin(y, known)
    model = streamed(convert(X[rows]), y[rows], known, **settings)
    before, odds = copy.deepcopy(model), model.predict_log_proba(X)
    nothing = np.zeros(5)  # a call without weight only announces
    model.partial_fit(X[:5], y[:5] * 0 + known[0], range(10), sample_weight=nothing)
    assert model.classes_.tolist() == list(range(10))
    for old, new in zip(before.coefs_[:-1], model.coefs_[:-1], strict=True):
        np.testing.assert_array_equal(old, new)
    if len(known) > 2:
        np.testing.assert_array_equal(before.coefs_[-1], model.coefs_[-1][:, known])
    now = model.predict_log_proba(X)[:, known]
    np.testing.assert_allclose(now - now[:, :1], odds - odds[:, :1], atol=1e-9)
    assert (model.predict_proba(X)[:, known].sum(axis=1) > 0.5).mean() > 0.9


def test_new_classes_are_learned(digits):
    X, y = digits
    few = y < 4
    model = streamed(X[few], y[few], range(4))
    for _ in range(15):
        model.partial_fit(X, y, classes=range(10))
    assert model.score(X, y) > 0.9
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(
        again.partial_fit(X, y).parameters_, model.partial_fit(X, y).parameters_
    )


def test_an_unknown_label_is_refused_and_told_the_way(digits):
    X, y = digits
    model = streamed(X[y < 4], y[y < 4], range(4))
    with pytest.raises(ValueError, match=r"partial_fit\(X, y, classes="):
        model.partial_fit(X, y)
    with pytest.raises(ValueError, match="and some more"):
        model.partial_fit(X[y < 4], y[y < 4], classes=range(1, 9))
    assert model.classes_.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_an_empty_part_changes_nothing_and_is_checked(convert, digits):
    X, y = digits
    model = streamed(X, y, range(10))
    before = pickle.dumps(model)
    assert model.partial_fit(convert(X[:0]), y[:0]) is model
    assert pickle.dumps(model) == before
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(convert(X[:0, :5]), y[:0])
    with pytest.raises(ValueError):
        model.partial_fit(convert(X[:0]), y[:3])
    assert model.predict(convert(X[:0])).shape == (0,)
    assert model.predict_proba(convert(X[:0])).shape == (0, 10)


@pytest.mark.parametrize("output", ["auto", "logistic"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("known", [[3], [3, 5], [0, 3, 9]])
def test_only_the_share_of_the_new_outputs_is_new(known, solver, output, digits):
    X, y = digits
    rows = np.isin(y, known)
    settings = {"solver": solver, "output_activation": output}
    model = streamed(X[rows], y[rows], known, **settings)
    odds = model.predict_log_proba(X[rows])
    for more in ([1, *known], range(10)):
        model.partial_fit(X[:0], y[:0], classes=more)  # an empty part announces too
        places = np.searchsorted(model.classes_, known)
        now = model.predict_log_proba(X[rows])[:, places]
        np.testing.assert_allclose(now - now[:, :1], odds - odds[:, :1], atol=1e-9)
    assert model.predict_proba(X[rows])[:, known].sum(axis=1).mean() > 0.75
    for _ in range(3):
        model.partial_fit(X, y)
    assert np.isfinite(model.parameters_).all()


def test_the_state_of_the_update_rule_and_counters_follow(digits):
    X, y = digits
    model = streamed(X[y < 4], y[y < 4], range(4))
    before, state = model._model.network, model._model.state.copy()
    samples = model.t_
    model.partial_fit(X[:0], y[:0], classes=range(10))
    after, grown = model._model.network, model._model.state
    assert (model.t_, grown.rule_steps) == (samples, state.rule_steps)
    for old, new in zip(state.stored, grown.stored, strict=True):
        for ours, theirs in zip(before.views(old), after.views(new), strict=True):
            for one, other in zip(ours[:-1], theirs[:-1], strict=True):
                np.testing.assert_array_equal(one, other)
            np.testing.assert_array_equal(ours[-1], theirs[-1][..., :4])


def test_a_recorder_goes_on_with_the_larger_vector(digits):
    X, y = digits
    model = streamed(X[y < 4], y[y < 4], range(4))
    with record_path(model) as path:
        model.partial_fit(X, y, classes=range(10))
    assert {len(theta) for theta in path} == {model.n_parameters_}
