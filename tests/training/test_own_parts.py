"""A user's own loss, activation, update rule and schedule in place of a name."""

import copy
import importlib.util
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS, Activation
from sklearn_gd.core.losses import LOSSES, Loss, Softmax
from sklearn_gd.core.schedules import SCHEDULES, Schedule
from sklearn_gd.core.training import SOLVERS
from sklearn_gd.core.updates import UpdateRule
from sklearn_gd.training.contracts import CONTRACTS

TUTORIALS = Path(__file__).parents[2] / "docs" / "extending"


@dataclass(frozen=True)
class Softplus(Activation):
    """f(z) = log(1 + exp(β z)) / β, f'(z) = 1 - exp(-β a)."""

    beta: float = 1.0

    def function(self, z, a):
        np.multiply(z, self.beta, out=a)
        np.logaddexp(0.0, a, out=a)
        np.divide(a, self.beta, out=a)

    def derivative(self, z, a, d):
        d *= -np.expm1(-self.beta * a)


@dataclass(frozen=True)
class TwiceLogLoss(Loss):
    """Twice the cross-entropy."""

    factor: float = 2.0

    def evaluate(self, raw, targets, costs, scratch):
        self.link.cross_entropy(raw, targets, costs, scratch)
        raw *= self.factor
        costs *= self.factor


@dataclass(frozen=True)
class SignDescent(UpdateRule):
    """θ ← θ - η sign(g)."""

    learning_rate = 0.01
    n_vectors = 0

    def step(self, theta, grad, learning_rate, state, t):
        theta -= learning_rate * np.sign(grad)


@dataclass(frozen=True)
class Halving(Schedule):
    """factor = 1 / 2^(epoch / every)."""

    every: int = 3

    def __call__(self, progress):
        return 0.5 ** (progress.epoch // self.every)


OWN = {
    "activation": Softplus(beta=2.0),
    "loss": TwiceLogLoss(),
    "solver": SignDescent(),
    "learning_rate_schedule": Halving(every=10),
}
each = pytest.mark.parametrize("parameter", OWN)


def classifier(**parameters):
    settings = {"hidden_layer_sizes": (8,), "max_iter": 30, "random_state": 0}
    return GradientDescentMLPClassifier(**(settings | parameters))


def load(name):
    """A module that a tutorial shows."""
    path = TUTORIALS / f"{name}.py"
    if not path.exists():
        pytest.skip("the tutorials are not beside the tests")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@each
def test_trains_and_survives_copies(wine, parameter):
    X, y = wine
    model = classifier(**{parameter: OWN[parameter]})
    trained = clone(model).fit(X, y)
    assert trained.score(X, y) > 0.9
    assert clone(model).get_params()[parameter] == OWN[parameter]
    for copied in (pickle.loads(pickle.dumps(trained)), copy.deepcopy(trained)):
        np.testing.assert_array_equal(copied.predict_proba(X), trained.predict_proba(X))
        assert getattr(copied, parameter) == OWN[parameter]
        copied.partial_fit(X, y)
    ours = copied.parameters_
    np.testing.assert_array_equal(ours, trained.partial_fit(X, y).parameters_)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_of_them_in_a_grid_search(wine, n_jobs):
    grid = {"activation": ["relu", Softplus(), Softplus(3.0)]}
    search = GridSearchCV(classifier(**OWN), grid, cv=3, n_jobs=n_jobs).fit(*wine)
    assert search.best_score_ > 0.9
    assert [p["activation"] for p in search.cv_results_["params"]] == grid["activation"]


def test_a_part_can_stand_for_one_layer(wine):
    X, y = wine
    model = classifier(hidden_layer_sizes=(8, 8), activation=["tanh", Softplus()])
    assert model.fit(X, y).score(X, y) > 0.9


def test_an_instance_with_other_settings_trains_differently(wine):
    fits = [classifier(activation=Softplus(b)).fit(*wine).loss_ for b in (1.0, 2.0)]
    assert fits[0] != fits[1]
    softplus = classifier(activation=Softplus(20.0), max_iter=3).fit(*wine).loss_
    relu = classifier(activation="relu", max_iter=3).fit(*wine).loss_
    assert softplus != relu


def test_registered_things_keep_their_contracts(wine):
    """What the names stand for may be given as well."""
    X, y = wine
    for parameter, registry in {
        "activation": ACTIVATIONS,
        "loss": LOSSES,
        "learning_rate_schedule": SCHEDULES,
    }.items():
        for name, thing in registry.items():
            by_name = classifier(**{parameter: name}, max_iter=2).fit(X, y)
            by_thing = classifier(**{parameter: thing}, max_iter=2).fit(X, y)
            np.testing.assert_array_equal(by_name.parameters_, by_thing.parameters_)
    for name in ("sgd", "adam"):
        by_name = classifier(solver=name, max_iter=2).fit(X, y)
        by_thing = classifier(solver=SOLVERS[name](), max_iter=2).fit(X, y)
        np.testing.assert_array_equal(by_name.parameters_, by_thing.parameters_)


@pytest.mark.parametrize(
    ("module", "name", "parameter"),
    [
        ("own_activation", "Softsign", "activation"),
        ("own_loss", "PowerError", "loss"),
        ("own_update_rule", "RMSprop", "solver"),
        ("own_schedule", "WarmUp", "learning_rate_schedule"),
    ],
)
def test_the_parts_of_the_tutorials_train(wine, module, name, parameter):
    part = getattr(load(module), name)()
    model = classifier(**{parameter: part}, max_iter=100).fit(*wine)
    assert model.score(*wine) > 0.9
    assert clone(model).get_params()[parameter] == part


class Foreign:
    """Has nothing to do with any contract."""


@each
def test_names_what_a_foreign_object_lacks(wine, parameter):
    contract = CONTRACTS[parameter]
    model = classifier(**{parameter: Foreign()})
    with pytest.raises(TypeError) as error:
        model.fit(*wine)
    told = str(error.value)
    assert told.startswith(f"{parameter}=Foreign() does not keep the contract of")
    for method in contract.__abstractmethods__ - {"__call__"}:
        assert method in told
    assert f"derive its class from {contract.__name__}" in told
    assert not hasattr(model, "classes_")
    with pytest.raises(TypeError, match="does not keep the contract"):
        model.partial_fit(*wine, classes=np.unique(wine[1]))


@each
def test_says_that_a_class_is_not_an_instance(wine, parameter):
    kind = type(OWN[parameter])
    with pytest.raises(TypeError, match=rf"give an instance, {kind.__name__}\(\)"):
        classifier(**{parameter: kind}).fit(*wine)


def test_names_what_a_look_alike_lacks(wine):
    class LookAlike:
        gain = 1.0

        def function(self, z, a):
            np.tanh(z, out=a)

    with pytest.raises(TypeError, match="it lacks derivative, keeps_input; derive"):
        classifier(activation=LookAlike()).fit(*wine)
    with pytest.raises(TypeError, match="it lacks derivative, keeps_input; derive"):
        classifier(hidden_layer_sizes=(4, 4), activation=["relu", LookAlike()]).fit(
            *wine
        )
    LookAlike.derivative = lambda self, z, a, d: None
    LookAlike.keeps_input = False
    with pytest.raises(TypeError, match=r"write class LookAlike\(Activation\)"):
        classifier(activation=LookAlike()).fit(*wine)


def test_names_a_method_that_cannot_be_called(wine):
    class Returning(Activation):
        def function(self, z):
            return np.tanh(z)

        def derivative(self, z, a, d):
            d *= 1 - a * a

    with pytest.raises(
        TypeError, match=r"function\(z\) cannot be called as function\(z, a\)"
    ):
        classifier(activation=Returning()).fit(*wine)

    class Timeless(UpdateRule):
        n_vectors = 0

        def step(self, theta, grad):
            theta -= grad

    with pytest.raises(
        TypeError, match=r"step\(theta, grad, learning_rate, state, t\)"
    ):
        classifier(solver=Timeless()).fit(*wine)


def test_names_a_loss_that_does_not_take_a_link(wine):
    class Stubborn(Loss):
        def __init__(self, power):
            object.__setattr__(self, "power", power)

        def evaluate(self, raw, targets, costs, scratch):
            """Never called."""

    with pytest.raises(TypeError, match="lacks link; make it a frozen dataclass"):
        classifier(loss=Stubborn(2)).fit(*wine)
    Stubborn.link = Softmax()
    with pytest.raises(TypeError, match="its link cannot be set; make it a dataclass"):
        classifier(loss=Stubborn(2)).fit(*wine)


def test_python_names_what_a_derived_class_lacks():
    class Half(Activation):
        def function(self, z, a):
            """The other half is missing."""

    with pytest.raises(TypeError, match="derivative"):
        Half()


@pytest.mark.parametrize("value", [3, None, "quadratic", 1.5])
@each
def test_values_that_are_no_part_get_the_list_of_names(wine, parameter, value):
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of"):
        classifier(**{parameter: value}).fit(*wine)


@dataclass(frozen=True)
class Shifted(Loss):
    """Cross-entropy and a constant."""

    constant: float = 0.0

    def evaluate(self, raw, targets, costs, scratch):
        self.link.cross_entropy(raw, targets, costs, scratch)
        costs += self.constant


@pytest.mark.parametrize("constant", [1e6, -1e6, 3.0, -0.9])
@pytest.mark.parametrize(
    "settings",
    [{}, {"learning_rate": 100.0}, {"solver": "adam"}, {"early_stopping": True}],
    ids=str,
)
def test_where_the_zero_of_a_loss_is_does_not_matter(wine, settings, constant):
    X, y = wine

    def fitted(loss):
        model = GradientDescentMLPClassifier((8,), loss=loss, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of divergence, in one as in the other
            return model.set_params(max_iter=60, **settings).fit(X, y)

    ours, theirs = fitted(Shifted(constant=constant)), fitted(Shifted())
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    assert (ours.n_iter_, ours.stop_reason_) == (theirs.n_iter_, theirs.stop_reason_)
    np.testing.assert_allclose(ours.loss_ - constant, theirs.loss_, atol=1e-8)


@pytest.mark.parametrize("constant", [1e6, -1e6, -0.9])
@pytest.mark.parametrize("settings", [{}, {"learning_rate": 30.0}], ids=str)
def test_where_the_zero_of_a_loss_is_does_not_matter_in_a_stream(
    wine, settings, constant
):
    X, y = wine
    order = np.argsort(y, kind="stable")  # sorted by class: there is trouble

    def streamed(loss):
        model = GradientDescentMLPClassifier((8,), loss=loss, random_state=0)
        model.set_params(**settings)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for rows in [*np.array_split(order, 9)] * 8:
                model.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        return model, [str(warning.message)[:40] for warning in told]

    (ours, told), (theirs, told_theirs) = map(
        streamed, (Shifted(constant=constant), Shifted())
    )
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    assert told == told_theirs
    assert told or not settings  # with the large rate there was something to mend
