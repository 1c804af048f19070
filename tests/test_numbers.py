"""The comparison of numbers on pages is neither blind nor petty."""

import doctest

import pytest

from .numbers import CloseNumbers


@pytest.mark.parametrize(
    "want, got, right",
    [
        ("0.93", "0.9512", True),
        ("0.93", "0.97", False),
        ("-0.93", "0.93", False),
        ("97", "98", False),
        ("accuracy 0.93", "accuracy 0.92", True),
        ("accuracy 0.93", "precision 0.93", False),
        ("[0.1 0.25]", "[0.1  0.26]", True),
        ("[0.1 0.25]", "[0.1 0.26 0.3]", False),
        ("1.0e-05", "1.2e-05", True),
        ("1.0e-05", "1.0e-03", False),
        ("2.5 of 10", "2.6 of 11", False),
        ("version 1.2.3", "version 1.2.4", False),
        ("0.9...", "0.95", True),
        ("nan", "0.5", False),
        ("0.50", "nan", False),
    ],
)
def test_numbers_are_compared_as_far_as_they_are_told(want, got, right):
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = CloseNumbers().check_output(f"{want}\n", f"{got}\n", options)
    assert found is right
