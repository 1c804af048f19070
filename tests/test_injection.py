"""The injector raises where it says, as often as it says."""

import contextlib
import dis
import itertools
import sys
from traceback import walk_tb

import pytest

from .injection import Injector

HERE = (__file__,)


def simple():
    total = 0
    for i in range(3):
        total += i
    return total


def guarded(log):
    try:
        log.append("body")
    finally:
        log.append("first")
        log.append("second")


def nested(log):
    try:
        guarded(log)
    finally:
        log.append("outer")


def count(function, *args, **kwargs):
    with Injector(files=HERE, **kwargs) as counter:
        function(*args)
    return counter.events


def places(function, events, **kwargs):
    """What was raised at each event: the exception's place, and what had been done."""
    for at in range(1, events + 1):
        log = []
        with pytest.raises(KeyboardInterrupt) as raised:
            with Injector(at, files=HERE, **kwargs) as injector:
                function(log)
        assert len(injector.places) == 1
        assert injector.places[0] in str(raised.value)
        yield log


def test_counts_every_opcode_and_every_line():
    opcodes = count(simple)
    within_loop = len(list(dis.get_instructions(simple)))
    assert opcodes > within_loop
    assert (
        count(simple, opcodes=False) == 2 + 4 + 3
    )  # two lines, the loop's, its body's


def test_raises_at_every_event():
    events = count(guarded, [])
    logs = list(places(guarded, events))
    assert [] in logs and ["body", "first", "second"] in logs
    assert ["body"] in logs  # between the body and what must follow it


def test_raises_again_in_what_the_first_has_set_going():
    """A second exception finds its way into a finally that the first has started."""
    events, ends = count(nested, []), set()
    for at in range(1, events + 1):
        for again in range(1, 30):
            log = []
            with pytest.raises(KeyboardInterrupt):
                with Injector(at, again, files=HERE) as injector:
                    nested(log)
            ends.add((len(injector.places), tuple(log)))
    # Into the inner finally, by one exception and by two, and into the outer one.
    assert (1, ("body", "outer")) in ends
    assert (2, ("first", "outer")) in ends
    assert (2, ("body", "first", "outer")) in ends
    assert any(n == 2 and "outer" not in log and "body" in log for n, log in ends)


def test_only_what_is_watched():
    assert count(simple, shielded=("simple",)) == 0
    with Injector(files=("elsewhere",)) as counter:
        simple()
    assert counter.events == 0


def test_tracing_is_as_before():
    before = sys.gettrace()
    with pytest.raises(MemoryError), Injector(3, exception=MemoryError, files=HERE):
        simple()
    assert sys.gettrace() is before


def replaced(log):
    """An exception in it is replaced by another one."""
    try:
        with contextlib.nullcontext():
            guarded(log)
    except KeyboardInterrupt as error:
        raise ValueError from error


def test_what_is_raised_can_be_printed():
    """An opcode may belong to no line, which printers of failures do not expect."""
    for at, again in itertools.product(range(1, count(replaced, []) + 1), range(1, 60)):
        with pytest.raises((KeyboardInterrupt, ValueError)) as raised:
            with Injector(at, again, files=HERE):
                replaced([])
        error = raised.value
        while error is not None:
            assert None not in {line for _, line in walk_tb(error.__traceback__)}
            error = error.__context__
