"""What all tests share: the classic small data sets, scaled."""

import signal

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from .browsers import chromium


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Ctrl-C raises, also where a shell runs the tests in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def digits():
    """Handwritten digits, 1,797 rows of 64 pixels between 0 and 1, read-only."""
    X, y = load_digits(return_X_y=True)
    return read_only(X / 16.0, y)


@pytest.fixture(scope="session")
def wine():
    """178 standardised rows of three classes, read-only."""
    return standardised(load_wine)


@pytest.fixture(scope="session")
def cancer():
    """569 standardised rows of two classes, read-only."""
    return standardised(load_breast_cancer)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, if there is one."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def rng():
    """A generator that starts the same for every test."""
    return np.random.default_rng(0)


def standardised(load):
    X, y = load(return_X_y=True)
    return read_only(StandardScaler().fit_transform(X), y)


def read_only(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays
