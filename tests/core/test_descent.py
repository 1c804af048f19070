"""Gradient descent on any function, against closed forms and the training classes."""

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, rosen, rosen_der

from sklearn_gd.core.descent import gradient_descent
from sklearn_gd.core.schedules import SCHEDULES, Progress
from sklearn_gd.core.updates import UPDATE_RULES, Adam, GradientDescent

CURVATURE = np.array([1.0, 4.0])


def bowl(x):
    return 0.5 * float(CURVATURE @ x**2)


def bowl_slope(x):
    return CURVATURE * x


def himmelblau(x):
    """Four minima, all of them 0."""
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def test_path_on_a_bowl_is_known_in_closed_form():
    result = gradient_descent(
        bowl, [3.0, -2.0], jac=bowl_slope, learning_rate=0.1, max_iter=25, tol=None
    )
    k = np.arange(26)[:, None]
    expected = (1 - 0.1 * CURVATURE) ** k * [3.0, -2.0]
    np.testing.assert_allclose(result.path, expected, rtol=1e-12)
    assert result.success and result.status == 0


@pytest.mark.parametrize(
    ("rate", "status", "falls"), [(1e-4, 1, True), (0.2, 0, True), (0.55, 1, False)]
)
def test_too_small_good_and_too_large_steps(rate, status, falls):
    """On curvature 4 the limit of stability is 2 / 4."""
    result = gradient_descent(
        bowl, [3.0, -2.0], jac=bowl_slope, learning_rate=rate, max_iter=300
    )
    assert result.status == status
    assert (result.fun < bowl(result.path[0])) == falls
    assert ("Lower learning_rate" in result.message) == (not falls)


def test_divergence_stops_early_at_a_finite_point():
    result = gradient_descent(lambda x: x[0] ** 4, [3.0], learning_rate=1.0)
    assert not result.success and result.status == 2
    assert result.nit < 20 and "Diverged" in result.message
    assert "Lower learning_rate" in result.message
    assert np.isfinite(result.path).all() and np.isfinite(result.fun_values).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_start_without_a_value_is_told(value):
    result = gradient_descent(lambda x: value, [1.0, 2.0])
    assert result.status == 2 and not result.success and result.nit == 0
    assert "at x0" in result.message
    np.testing.assert_array_equal(result.path, [[1.0, 2.0]])


def test_different_starts_end_in_different_minima():
    starts = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=float)
    ends = [gradient_descent(himmelblau, s, learning_rate=0.01) for s in starts]
    assert all(end.success for end in ends)
    minima = np.array([end.x for end in ends])
    assert len(np.unique(minima.round(3), axis=0)) == 4
    np.testing.assert_allclose([end.fun for end in ends], 0.0, atol=1e-10)


def test_result_tells_all():
    result = gradient_descent(
        rosen, [-1.0, 2.0, 0.5], jac=rosen_der, learning_rate=1e-3, max_iter=40
    )
    assert isinstance(result, OptimizeResult)
    assert result.nit == 40 and result.path.shape == (41, 3)
    assert result.fun_values.shape == (41,)
    np.testing.assert_array_equal(result.path[0], [-1.0, 2.0, 0.5])
    np.testing.assert_array_equal(result.x, result.path[-1])
    np.testing.assert_array_equal(result.fun_values, [rosen(x) for x in result.path])
    assert result.fun == result.fun_values[-1]
    np.testing.assert_array_equal(result.jac, rosen_der(result.x))


def test_calls_are_counted():
    calls = {"fun": 0, "jac": 0}

    def fun(x):
        calls["fun"] += 1
        return rosen(x)

    def jac(x):
        calls["jac"] += 1
        return rosen_der(x)

    for given in (jac, None):
        calls.update(fun=0, jac=0)
        result = gradient_descent(
            fun, [0.5, 0.5], jac=given, learning_rate=1e-3, max_iter=7
        )
        assert result.nfev == calls["fun"] == 8 * (1 if given else 5)
        assert result.njev == 8 and calls["jac"] == (8 if given else 0)


def test_jac_true_takes_value_and_gradient_from_one_call():
    apart = gradient_descent(
        rosen, [0.0, 0.0], jac=rosen_der, learning_rate=1e-3, max_iter=50
    )
    at_once = gradient_descent(
        lambda x: (rosen(x), rosen_der(x)),
        [0.0, 0.0],
        jac=True,
        learning_rate=1e-3,
        max_iter=50,
    )
    np.testing.assert_array_equal(at_once.path, apart.path)
    assert at_once.nfev == 51


def test_finite_differences_follow_the_exact_gradient():
    settings = {"learning_rate": 1e-3, "max_iter": 200}
    exact = gradient_descent(rosen, [-1.0, 1.5], jac=rosen_der, **settings)
    guessed = gradient_descent(rosen, [-1.0, 1.5], **settings)
    np.testing.assert_allclose(guessed.path, exact.path, rtol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", UPDATE_RULES)
def test_every_registered_rule_and_schedule_walks_downhill(solver, schedule):
    result = gradient_descent(
        bowl,
        [3.0, -2.0],
        solver=solver,
        learning_rate=0.05,
        learning_rate_schedule=schedule,
        max_iter=200,
    )
    assert result.fun < 0.5 * bowl(result.path[0])


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (GradientDescent(0.8, True), {"momentum": 0.8}),
        (GradientDescent(0.5, False), {"momentum": 0.5, "nesterovs_momentum": False}),
        (Adam(0.7, 0.9, 1e-3), {"solver": "adam", "beta_1": 0.7, "beta_2": 0.9}),
    ],
)
def test_steps_are_those_of_the_training_classes(rule, given):
    """The rule and schedule called by hand give the same path, and so does the rule."""
    if "beta_1" in given:
        given = {**given, "epsilon": 1e-3}
    schedule, n_steps = SCHEDULES["cosine"], 12
    x = np.array([3.0, -2.0])
    state, expected = [np.zeros(2) for _ in range(rule.n_vectors)], [x.copy()]
    for k in range(n_steps):
        rate = 0.02 * schedule(Progress(epoch=k, max_epochs=n_steps, steps=k))
        rule.step(x, bowl_slope(x), rate, state, k + 1)
        expected.append(x.copy())
    for chosen in ({"solver": rule}, given):
        result = gradient_descent(
            bowl,
            [3.0, -2.0],
            jac=bowl_slope,
            learning_rate=0.02,
            learning_rate_schedule="cosine",
            max_iter=n_steps,
            tol=None,
            **chosen,
        )
        np.testing.assert_allclose(result.path, expected, rtol=1e-12)


def test_adaptive_rate_settles_where_a_constant_one_jumps_over():
    """|x| has slope 1 up to the minimum: only shorter steps come nearer."""
    ends = {
        name: gradient_descent(
            lambda x: abs(x[0]),
            [1.03],
            jac=np.sign,
            learning_rate=0.1,
            learning_rate_schedule=name,
            max_iter=300,
        ).fun
        for name in ("constant", "adaptive")
    }
    assert ends["adaptive"] < 1e-3 < ends["constant"]


def test_default_learning_rate_is_the_rules_own():
    for solver, rule in UPDATE_RULES.items():
        auto = gradient_descent(bowl, [1.0, 1.0], solver=solver, max_iter=3)
        told = gradient_descent(
            bowl,
            [1.0, 1.0],
            solver=solver,
            learning_rate=rule.learning_rate,
            max_iter=3,
        )
        np.testing.assert_array_equal(auto.path, told.path)


def test_nothing_that_is_given_is_changed():
    x0 = np.array([3.0, -2.0])

    def meddles(x):
        value = bowl(x)
        x[:] = 99.0
        return value

    result = gradient_descent(meddles, x0, jac=bowl_slope, learning_rate=0.1)
    np.testing.assert_array_equal(x0, [3.0, -2.0])
    np.testing.assert_allclose(result.x, 0.0, atol=1e-5)


def test_a_flat_start_takes_no_step():
    result = gradient_descent(bowl, [0, 0], jac=bowl_slope)
    assert result.success and result.nit == 0 and result.path.dtype == np.float64


def test_a_number_is_a_start_in_one_dimension():
    result = gradient_descent(lambda x: (x[0] - 2) ** 2, 5)
    np.testing.assert_allclose(result.x, [2.0], atol=1e-6)
    assert result.path.shape == (result.nit + 1, 1)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"fun": 3.0}, TypeError, "cannot be called"),
        ({"fun": lambda x: x}, ValueError, r"shape \(2,\)"),
        ({"fun": lambda x: None}, TypeError, "None"),
        ({"fun": lambda x: "low"}, TypeError, "low"),
        ({"fun": lambda x: 1j}, TypeError, "real"),
        ({"fun": lambda x: (bowl(x), bowl_slope(x))}, TypeError, "jac=True"),
        ({"jac": True}, TypeError, "pair"),
        ({"jac": "2-point"}, TypeError, "2-point"),
        ({"jac": lambda x: 1.0}, ValueError, r"shape \(2,\)"),
        ({"jac": lambda x: np.ones((2, 1))}, ValueError, r"\(2, 1\)"),
        ({"jac": lambda x: ["a", "b"]}, TypeError, "jac"),
        ({"x0": [[1.0, 2.0]]}, ValueError, "x0"),
        ({"x0": []}, ValueError, "x0"),
        ({"x0": [1.0, np.nan]}, ValueError, "finite"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate=-1.0"),
        ({"learning_rate": "fast"}, ValueError, "'fast'"),
        ({"learning_rate": np.nan}, ValueError, "nan"),
        ({"momentum": 1.0}, ValueError, "momentum=1.0"),
        ({"max_iter": 2.5}, ValueError, "max_iter=2.5"),
        ({"max_iter": -1}, ValueError, "max_iter=-1"),
        ({"tol": -1}, ValueError, "tol=-1"),
        ({"solver": "lbfgs"}, ValueError, r"\['adam', 'sgd'\]"),
        ({"solver": 3}, TypeError, "UpdateRule"),
        ({"learning_rate_schedule": "linear"}, ValueError, "cosine"),
        ({"learning_rate_schedule": 3}, TypeError, "Schedule"),
    ],
)
def test_errors_name_what_was_given(given, error, words):
    with pytest.raises(error, match=words):
        gradient_descent(**{"fun": bowl, "x0": [1.0, 2.0], **given})
