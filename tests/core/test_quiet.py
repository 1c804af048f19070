"""Nothing is said of overflow within, and NumPy's error state is untouched without."""

import numpy as np
import pytest

from sklearn_gd.core.quiet import quiet

from ..injection import PACKAGE, Injector


@quiet
def overflow(x, *, times=2.0):
    """Doc."""
    np.seterr(divide="raise")  # a callback's doing
    return np.float64(x) * times


def test_is_the_same_function_without_warnings():
    with np.errstate(all="raise"):
        before = np.geterr()
        assert overflow(1e308, times=1e10) == np.inf
        assert overflow(2.0) == 4.0
        assert np.geterr() == before
    assert (overflow.__name__, overflow.__doc__) == ("overflow", "Doc.")


def test_nests():
    assert quiet(overflow)(1e308, times=1e10) == np.inf


@pytest.mark.parametrize("again", [None, 1, 2, 5])
def test_whatever_is_raised_leaves_the_state(again):
    files = (PACKAGE, __file__)

    def run():
        overflow(1e308)

    with Injector(files=files) as counter:
        run()
    before = np.geterr()
    for at in range(1, counter.events + 1):
        with pytest.raises(KeyboardInterrupt), Injector(at, again, files=files):
            run()
        assert np.geterr() == before
