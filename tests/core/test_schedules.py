"""Every schedule: its formula, its limits, and that it has no memory."""

import copy
import dataclasses
import itertools
import math
import pickle

import pytest

from sklearn_gd.core.schedules import (
    SCHEDULES,
    Adaptive,
    Constant,
    Cosine,
    InverseScaling,
    Progress,
    Schedule,
)

each = pytest.mark.parametrize("name", SCHEDULES)


def factors(schedule, n_epochs, max_epochs=10, **progress):
    return [
        schedule(Progress(epoch=epoch, max_epochs=max_epochs, **progress))
        for epoch in range(n_epochs)
    ]


def test_the_four_are_registered():
    assert set(SCHEDULES) == {"constant", "invscaling", "adaptive", "cosine"}


@each
def test_starts_at_one_and_never_rises(name):
    rates = factors(SCHEDULES[name], 50)
    assert rates[0] == 1
    assert all(0 < later <= rate for rate, later in itertools.pairwise(rates))


@each
def test_is_a_pure_function_of_progress(name):
    schedule, progress = SCHEDULES[name], Progress(3, 10, 77, 2)
    before = copy.copy(progress)
    assert schedule(progress) == schedule(progress)
    assert progress == before
    restored = pickle.loads(pickle.dumps(schedule))
    assert restored == schedule
    assert restored(progress) == schedule(progress)


@each
def test_is_frozen(name):
    assert isinstance(SCHEDULES[name], Schedule)
    with pytest.raises(dataclasses.FrozenInstanceError):
        SCHEDULES[name].max_drops = 1


def test_constant():
    assert factors(Constant(), 3, drops=2, steps=9) == [1, 1, 1]


def test_inverse_scaling_is_a_power_of_the_epoch():
    assert factors(InverseScaling(), 4) == pytest.approx([1, 2**-0.5, 3**-0.5, 4**-0.5])
    assert factors(InverseScaling(power=1), 3) == pytest.approx([1, 1 / 2, 1 / 3])


def test_inverse_scaling_does_not_depend_on_the_size_of_the_data():
    """MLPClassifier counts samples: its second epoch on 10,000 rows hardly learns."""
    few = InverseScaling()(Progress(epoch=1, steps=1))
    many = InverseScaling()(Progress(epoch=1, steps=10_000))
    assert few == many == pytest.approx(2**-0.5)


def test_adaptive_takes_a_fifth_with_every_stall():
    rates = [Adaptive()(Progress(drops=drops)) for drops in range(3)]
    assert rates == pytest.approx([1, 1 / 5, 1 / 25])
    assert Adaptive.drops_on_stall


def test_cosine_is_half_a_wave():
    schedule = Cosine(final=0.0)
    assert factors(schedule, 4, max_epochs=4) == pytest.approx(
        [1, (1 + math.sqrt(0.5)) / 2, 1 / 2, (1 - math.sqrt(0.5)) / 2]
    )


def test_cosine_stays_at_its_end():
    assert factors(Cosine(), 14, max_epochs=10)[10:] == pytest.approx([0.01] * 4)
