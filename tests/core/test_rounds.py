"""Rounds: pure functions, a fixed tree, means by weight; one learner is a stream."""

import copy
import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.averaging import OUTER_RATE, Rounds, mean_of, tree
from sklearn_gd.core.batches import Batches
from sklearn_gd.core.rounds import (
    MIN_STEPS,
    Learned,
    Recipe,
    learn,
    learner_batch,
    rows_of_round,
)
from sklearn_gd.core.state import TrainingState
from sklearn_gd.data.blocks import Blocks, joined
from sklearn_gd.data.rows import encode_part
from sklearn_gd.training.automatic import learning_rate, max_step
from sklearn_gd.training.registries import resolve_schedule

SETTINGS = [
    {},
    {"average": False, "momentum": 0.0},
    {"solver": "adam", "dropout": 0.3},
    {"shuffle": False},
    {"learning_rate_schedule": "cosine", "alpha": 0.0},
]


def started(X, y, weights=None, **settings):
    """A fitted model, its rows as data, and the recipe of a partial_fit."""
    estimator = GradientDescentMLPClassifier(
        6, batch_size=16, random_state=0, max_iter=5, **settings
    )
    estimator.partial_fit(X, y, classes=[0, 1, 2], sample_weight=weights)
    model = estimator._model
    dtype = model.state.dtype
    data = encode_part(X, y, weights, model.labels, dtype)
    recipe = Recipe(
        model.network,
        model.loss,
        estimator.alpha_,
        model.solver,
        resolve_schedule(estimator.learning_rate_schedule),
        learning_rate(estimator, model.solver, 16),
        max_step(estimator, model.solver),
        batch_rows=16,
        n_rounds=1,
        seed=7,
        shuffle=estimator.shuffle,
    )
    return estimator, data, recipe


def driver(estimator, data, recipe, round_of, **settings):
    """The run of the rounds, judged by no part."""
    model, state = estimator._model, estimator._model.state.copy()
    objective = model.objective(recipe.alpha, data.table, 2048, theta=state.theta)
    return Rounds(
        objective,
        Batches(data.X, data.codes, None, batch_size=2048),
        recipe.solver,
        recipe.schedule,
        state,
        recipe.learning_rate,
        recipe.max_step,
        round_of=round_of,
        n_rounds=recipe.n_rounds,
        **settings,
    )


def same(a, b):
    return all(map(np.array_equal, a.stored, b.stored)) and a.rng_state == b.rng_state


@pytest.fixture(params=["dense", "csr"])
def rows(request, wine):
    X, y = wine
    return (X, y) if request.param == "dense" else (sp.csr_array(X), y)


# One learner


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_one_learner_is_a_sequence_of_partial_fit(rows, settings):
    X, y = rows
    weights = np.linspace(0.5, 1.5, len(y))
    estimator, data, recipe = started(X, y, weights, **settings)
    run = driver(
        estimator,
        data,
        recipe,
        lambda state, number: learn(recipe, data, state, number, 0),
        max_epochs=4,
    )
    run.run()
    for _ in range(4):
        estimator.partial_fit(X, y, sample_weight=weights)
    assert same(run.state, estimator._model.state.copy())
    assert run.state.samples == estimator.t_
    assert run.epochs[-1].cost == estimator.loss_


def test_one_learner_in_three_rounds_is_partial_fit_on_their_rows(wine):
    X, y = wine
    estimator, data, recipe = started(X, y)
    recipe = replace(recipe, n_rounds=3)
    run = driver(
        estimator,
        data,
        recipe,
        lambda state, number: learn(recipe, data, state, number, 0),
    )
    state = run.state.copy()
    run.run()
    for number in range(3):
        part = rows_of_round(recipe, len(y), state, number, 0)
        estimator.partial_fit(X[part], y[part])
    assert same(run.state, estimator._model.state)


# Pure functions


def test_a_round_changes_nothing_that_it_is_given_and_can_be_repeated(rows):
    estimator, data, recipe = started(*rows)
    recipe = replace(recipe, n_rounds=2)
    state, before = estimator._model.state.copy(), estimator._model.state.copy()
    first = learn(recipe, data, state, 1, 3)
    assert same(state, before)
    sent = pickle.loads(pickle.dumps((recipe, data, state)))
    again = learn(*sent, 1, 3)
    assert same(first.state, again.state)
    assert (first.cost, first.weight) == (again.cost, again.weight)


def test_learners_rounds_and_epochs_differ_in_their_order(wine):
    estimator, data, recipe = started(*wine)
    state = estimator._model.state.copy()
    later = copy.deepcopy(state)
    later.progress.epoch += 1
    found = [
        learn(recipe, data, start, round_, learner).state.theta
        for start, round_, learner in [
            (state, 0, 0),
            (state, 0, 1),
            (state, 1, 1),
            (state, 0, 2),
            (later, 0, 1),
        ]
    ]
    assert len({theta.tobytes() for theta in found}) == len(found)


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_row_is_in_one_round_of_an_epoch(wine, shuffle):
    estimator, _, recipe = started(*wine)
    recipe = replace(recipe, n_rounds=7, shuffle=shuffle)
    state = estimator._model.state
    parts = [rows_of_round(recipe, 100, state, number, 2) for number in range(7)]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(100))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_state_is_sent_without_its_lease(wine):
    estimator, _, _ = started(*wine)
    state = estimator._model.state.copy()
    arrays = sum(array.nbytes for array in state.stored)
    assert len(pickle.dumps(state)) < arrays + 2000
    back = pickle.loads(pickle.dumps(state))
    assert np.shares_memory(back.lease, back.fitted)


# Means


def result(value, weight, rows=1, steps=1):
    state = started_state(value, steps)
    return Learned(state, weight, float(value), rows)


def started_state(value, steps):
    vectors = [np.full(3, 10.0 * value), np.full(3, 100.0 * value)]
    rng = np.random.default_rng(int(value)).bit_generator.state
    return TrainingState(
        np.full(3, float(value)), vectors, rng, rule_steps=steps, averages=True
    )


def test_means_are_by_weight_and_momentum_is_averaged_too():
    results = [result(1, 1.0, rows=30), result(4, 2.0, rows=10, steps=5)]
    mean = mean_of(results)
    assert mean.weight == 3.0 and mean.samples == 40
    assert mean.cost == pytest.approx((1 * 1 + 2 * 4) / 3)
    for factor, vector in zip((1, 10, 100), mean.state.stored, strict=True):
        np.testing.assert_allclose(vector, factor * 3.0)
    assert mean.state.rule_steps == 5
    assert mean.state.rng_state == results[0].state.rng_state
    assert results[0].state.theta[0] == 1.0  # what was given is as it was


def test_who_has_no_rows_has_no_say():
    assert mean_of([None, None]) is None
    mean = mean_of([None, result(2, 1.0), None])
    assert mean.weight == 1.0 and mean.state.theta[0] == 2.0


def test_the_mean_of_many_is_that_of_all_at_once(rng):
    values, weights = rng.normal(size=(2, 77))
    weights = np.exp(weights)
    results = [result(1, weight) for weight in weights]
    for found, value in zip(results, values, strict=True):
        found.state.theta.fill(value)
    for fan_in in (2, 8, 100):
        mean = tree(results, mean_of, fan_in)
        expected = np.average(values, weights=weights)
        np.testing.assert_allclose(mean.state.theta, expected, rtol=1e-12)
        assert mean.weight == pytest.approx(weights.sum())


def test_the_tree_is_fixed_by_the_number_of_its_leaves():
    def merge(names):
        return "(" + "".join(names) + ")"

    assert tree("abcdefghij", merge, 4) == "((abcd)(efgh)(ij))"
    assert tree("abcde", merge, 2) == "(((ab)(cd))((e)))"
    assert tree(["a"], merge) == "a"


# The outer step


def test_the_outer_step_is_that_of_the_paper(wine):
    estimator, data, recipe = started(*wine)
    run = driver(estimator, data, recipe, lambda state, number: None, gain=7.0)
    theta, velocity = run.state.theta.copy(), 0.0
    for shift in (1.0, -0.5, 0.25):
        state = run.state.copy()
        state.theta -= shift
        run.take(Learned(state, 1.0, 0.0, 1))
        velocity = 0.9 * velocity + shift
        theta -= OUTER_RATE * (shift + 0.9 * velocity)
        np.testing.assert_allclose(run.state.theta, theta, rtol=1e-12)


@pytest.mark.parametrize("gain", [1.5, 2.83, 5.0])
def test_a_steady_way_is_as_long_as_the_gain_says(wine, gain):
    estimator, data, recipe = started(*wine)
    run = driver(estimator, data, recipe, lambda state, number: None, gain=gain)
    for _ in range(200):
        before = run.state.theta.copy()
        state = run.state.copy()
        state.theta -= 1.0
        run.take(Learned(state, 1.0, 0.0, 1))
    np.testing.assert_allclose(before - run.state.theta, gain, rtol=1e-6)


def test_without_gain_the_mean_is_taken_bit_for_bit(wine):
    estimator, data, recipe = started(*wine)
    run = driver(estimator, data, recipe, lambda state, number: None)
    state = run.state.copy()
    state.theta *= 1.1
    run.take(Learned(state, 1.0, 0.0, 1))
    np.testing.assert_array_equal(run.state.theta, state.theta)


def test_the_outer_momentum_is_forgotten_when_the_guard_goes_back(wine):
    estimator, data, recipe = started(*wine)
    run = driver(estimator, data, recipe, lambda state, number: None, gain=7.0)
    state = run.state.copy()
    state.theta += 1.0
    run.take(Learned(state, 1.0, 0.0, 1))
    run.state.reset_rule()
    before = run.state.theta.copy()
    run.take(Learned(run.state.copy(), 1.0, 0.0, 1))
    np.testing.assert_array_equal(run.state.theta, before)


def test_eight_learners_learn_as_one(digits):
    X, y = digits
    estimator = GradientDescentMLPClassifier(32, random_state=0, batch_size=16)
    estimator.partial_fit(X[:100], y[:100], classes=range(10))
    model = estimator._model
    data = encode_part(X, y, None, model.labels, model.state.dtype)
    _, _, recipe = started(X[:9], np.arange(9) % 3)
    recipe = replace(recipe, network=model.network, loss=model.loss)

    def accuracy(n_learners):
        rows = learner_batch(16, n_learners, 1400 // n_learners)
        told = replace(recipe, batch_rows=rows)
        parts = [data.part(np.arange(g, 1400, n_learners)) for g in range(n_learners)]

        def round_of(state, number):
            numbered = enumerate(parts)
            found = [learn(told, part, state, number, g) for g, part in numbered]
            return tree(found, mean_of)

        gain = n_learners * rows / 16
        run = driver(estimator, data, told, round_of, max_epochs=15, gain=gain)
        run.run()
        raw = model.with_state(run.state).raw_prediction(X[1400:])
        return np.mean(raw.argmax(axis=1) == y[1400:])

    assert accuracy(8) > accuracy(1) - 0.01 > 0.9


@pytest.mark.parametrize(
    "rows, wanted", [(10_000, round(200 / 8**0.5)), (400, 40), (5, 1)]
)
def test_batches_are_smaller_so_that_a_round_has_steps(rows, wanted):
    assert learner_batch(200, 8, rows) == wanted
    assert rows < MIN_STEPS or rows / wanted >= MIN_STEPS
    assert learner_batch(200, 1, rows) == 200


# Rows in blocks


@pytest.mark.parametrize("several_labels", [False, True])
def test_blocks_are_their_rows_one_after_the_other(rows, several_labels):
    X, y = rows
    if several_labels:
        y = np.eye(3, dtype=int)[y] | (np.arange(len(y)) % 2)[:, None]
    weights = np.arange(1.0, len(y) + 1)
    estimator = GradientDescentMLPClassifier(4).fit(X, y)
    labels = estimator._model.labels
    data = encode_part(X, y, weights, labels, np.dtype(np.float64))
    bounds = [0, 50, 50, 51, len(y)]
    blocks = [data.part(np.arange(start, stop)) for start, stop in pairwise(bounds)]
    together = Blocks(blocks)
    assert len(together) == len(data)
    picked = np.array([0, 3, 49, 50, 51, 77, len(y) - 1])
    for some, taken in [
        (picked, together.part(picked)),
        (np.arange(len(y)), joined(blocks)),
    ]:
        assert abs(taken.X - X[some]).max() == 0
        np.testing.assert_array_equal(
            taken.table[taken.codes], data.table[data.codes[some]]
        )
        np.testing.assert_array_equal(taken.sample_weight, weights[some])
    assert len(together.part(picked[:0])) == 0
