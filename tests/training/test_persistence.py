"""Storing models: what is loaded predicts the same and trains on in the same way."""

import copy
import io
import pickle
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS, LeakyRelu, Tanh
from sklearn_gd.core.losses import SquaredError
from sklearn_gd.core.updates import GradientDescent
from sklearn_gd.training.persistence import packing

GOLDEN = Path(__file__).parents[1] / "golden"
OUR_CLASS = "sklearn_gd.classifier.GradientDescentMLPClassifier"


def through_pickle(model):
    return pickle.loads(pickle.dumps(model))


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(model):
    skops_io = pytest.importorskip("skops.io")
    return skops_io.loads(skops_io.dumps(model), trusted=[OUR_CLASS])


WAYS = [through_pickle, through_joblib, through_skops, copy.deepcopy, copy.copy]
MODELS = [
    {},
    {"solver": "adam", "loss": "log_loss"},
    {"solver": "sgd", "momentum": 0.0, "hidden_layer_sizes": ()},
    {"output_activation": "logistic", "activation": ["gelu", "tanh"], "dropout": 0.2},
    {"learning_rate_schedule": "adaptive", "random_state": np.random.RandomState(3)},
    {"learning_rate": 100.0},
]


def fitted(digits, **settings):
    X, y = digits
    settings = {"hidden_layer_sizes": (20, 10), "random_state": 0, **settings}
    if not settings["hidden_layer_sizes"]:
        settings["activation"] = ()
    model = GradientDescentMLPClassifier(max_iter=4, **settings)
    return model.fit(X.astype(np.float32), y.astype(str))


@pytest.mark.parametrize("settings", MODELS, ids=lambda s: "-".join(s) or "default")
@pytest.mark.parametrize("way", WAYS)
def test_a_copy_predicts_and_trains_on_as_the_original_does(way, settings, digits):
    X, y = digits
    model = fitted(digits, **settings)
    twin = way(model)
    np.testing.assert_array_equal(twin.predict_proba(X), model.predict_proba(X))
    for name in ("loss_curve_", "n_iter_", "t_", "learning_rate_", "n_features_in_"):
        assert getattr(twin, name) == getattr(model, name)
    for _ in range(2):
        model.partial_fit(X, y.astype(str))
        twin.partial_fit(X, y.astype(str))
        np.testing.assert_array_equal(twin.parameters_, model.parameters_)
    assert twin.loss_curve_ == model.loss_curve_


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_shares_nothing_that_training_changes(way, digits):
    X, y = digits
    model = fitted(digits)
    before = model.parameters_
    way(model).partial_fit(X, y.astype(str))
    np.testing.assert_array_equal(model.parameters_, before)


@pytest.mark.parametrize("way", WAYS)
def test_an_unfitted_estimator_stays_unfitted(way, digits):
    twin = way(GradientDescentMLPClassifier(alpha=0.5))
    assert twin.alpha == 0.5
    with pytest.raises(NotFittedError):
        twin.predict(digits[0])


def test_clone_forgets_the_model_and_keeps_the_parameters(digits):
    twin = clone(fitted(digits, alpha=0.5))
    assert twin.alpha == 0.5
    assert not hasattr(twin, "coefs_")


def test_stored_size(digits):
    X, y = digits
    model = GradientDescentMLPClassifier((200, 100), max_iter=3).fit(X, y)
    model.partial_fit(X, y)
    n_bytes = model.parameters_.nbytes
    assert len(pickle.dumps(model)) <= 3.2 * n_bytes  # velocity and average
    predictions = model.predict_proba(X)
    assert model.trim_for_prediction() is model
    assert len(pickle.dumps(model)) <= 1.1 * n_bytes
    np.testing.assert_array_equal(model.predict_proba(X), predictions)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_after_trimming_the_update_rule_starts_anew(solver, digits):
    X, y = digits
    trimmed = fitted(digits, solver=solver).trim_for_prediction()
    wanted = fitted(digits, solver=solver)
    state = wanted._model.state
    np.copyto(state.theta, state.fitted)
    state.reset_rule()
    for model in (trimmed, wanted):
        model.partial_fit(X, y.astype(str))
    np.testing.assert_array_equal(trimmed.parameters_, wanted.parameters_)


def test_trimming_needs_a_fitted_model():
    with pytest.raises(NotFittedError):
        GradientDescentMLPClassifier().trim_for_prediction()


def test_size_does_not_grow_with_the_stream(digits):
    """Of the length of the stream only the digits of the sample count remain."""
    X, y = digits
    model = GradientDescentMLPClassifier((5,), batch_size=1)
    model.partial_fit(X[:1], y[:1], classes=range(10))
    start = len(pickle.dumps(model))
    for i in range(1, 300):
        model.partial_fit(X[i : i + 1], y[i : i + 1])
    assert abs(len(pickle.dumps(model)) - start) < 100


def test_a_memory_mapped_model_predicts_without_a_copy_and_trains_on_one(
    digits, tmp_path
):
    X, y = digits
    model = fitted(digits)
    joblib.dump(model, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assert not mapped.coefs_[0].flags.writeable
    np.testing.assert_array_equal(mapped.predict(X), model.predict(X))
    for each in (mapped, model):
        each.partial_fit(X, y.astype(str))
    np.testing.assert_array_equal(mapped.parameters_, model.parameters_)
    again = joblib.load(tmp_path / "model", mmap_mode="r")
    again.parameters_ = model.parameters_
    np.testing.assert_allclose(
        again.predict_proba(X), model.predict_proba(X), atol=1e-6
    )


# What is stored


def leaves(thing):
    """Everything in nested dicts, lists and tuples."""
    if isinstance(thing, dict):
        yield from thing
        thing = list(thing.values())
    if isinstance(thing, list | tuple):
        for part in thing:
            yield from leaves(part)
    else:
        yield thing


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_only_plain_types_are_stored(solver, digits):
    state = fitted(digits, solver=solver).__getstate__()
    kinds = {type(leaf) for leaf in leaves(state)}
    assert kinds <= {np.ndarray, int, float, str, bool, type(None)}


@dataclass(frozen=True)
class Swapped(Tanh):
    """A user's own activation."""


@dataclass(frozen=True)
class OwnLoss(SquaredError):
    """A user's own loss."""


@dataclass(frozen=True)
class OwnRule(GradientDescent):
    """A user's own update rule."""


@pytest.mark.parametrize(
    "own",
    [
        {"activation": Swapped()},
        {"activation": LeakyRelu(slope=0.3)},
        {"loss": OwnLoss()},
        {"solver": OwnRule(momentum=0.5)},
    ],
    ids=str,
)
def test_a_users_own_instances_are_stored_as_they_are(own, digits):
    X, y = digits
    model = fitted(digits, **own)
    twin = through_pickle(model)
    assert twin._model.architecture == model._model.architecture
    assert twin._model.solver == model._model.solver
    for each in (model, twin):
        each.partial_fit(X, y.astype(str))
    np.testing.assert_array_equal(twin.parameters_, model.parameters_)


def test_an_activation_that_is_no_longer_registered_is_named(digits, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "swapped", Swapped())
    stored = pickle.dumps(fitted(digits, activation=Swapped()))
    assert pickle.loads(stored)._model.network.activations[0] == Swapped()
    monkeypatch.delitem(ACTIVATIONS, "swapped")
    with pytest.raises(ValueError, match=r"activation 'swapped'.*not registered here"):
        pickle.loads(stored)


@pytest.mark.parametrize("found", [0, 99, None, "2"])
def test_another_format_is_refused_with_a_cure(found, digits):
    model = fitted(digits)
    state = model.__getstate__()
    state["_model"]["format"] = found
    with pytest.raises(ValueError, match=rf"format {found!r}.*formats 1 to .*train it"):
        GradientDescentMLPClassifier().__setstate__(state)


def test_a_damaged_model_is_refused(digits):
    packed = packing.pack(fitted(digits)._model)
    packed["state"]["theta"] = packed["state"]["theta"][:-1]
    with pytest.raises(ValueError, match="damaged"):
        packing.unpack(packed)


# Models that earlier versions have stored


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.npz")), ids=lambda p: p.stem)
@pytest.mark.parametrize("suffix", ["pickle", "skops"])
def test_golden_models_still_predict_the_same(path, suffix):
    stored = path.with_name(f"{path.name.removesuffix('npz')}{suffix}").read_bytes()
    if suffix == "skops":
        skops_io = pytest.importorskip("skops.io")
        model = skops_io.loads(stored, trusted=[OUR_CLASS])
    else:
        model = pickle.loads(stored)
    with np.load(path) as wanted:
        np.testing.assert_array_equal(model.predict(wanted["X"]), wanted["labels"])
        np.testing.assert_allclose(
            model.predict_proba(wanted["X"]), wanted["probabilities"], atol=1e-6, rtol=0
        )


def test_there_are_golden_models():
    assert list(GOLDEN.glob("*.npz"))
