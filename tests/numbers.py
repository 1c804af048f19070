"""Sessions on pages show real numbers, which other machines round otherwise."""

import doctest
import re

NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.]*\d)")


class CloseNumbers(doctest.OutputChecker):
    """Takes what is as good as right: decimals may differ by three of their last digit.

    ``0.93`` stands for 0.90 to 0.96, and whole numbers and words for themselves.
    """

    def check_output(self, want, got, optionflags):
        if super().check_output(want, got, optionflags):
            return True
        wanted, found = NUMBER.findall(want), NUMBER.findall(got)
        if len(wanted) != len(found) or not all(map(close, wanted, found)):
            return False
        # All numbers are close: what is left to compare is the words around them.
        values = iter(wanted)
        got = NUMBER.sub(lambda _: next(values), got)
        return super().check_output(want, got, optionflags)


def close(want, got):
    """Whether a number is within three units of the last digit that is wanted."""
    mantissa, _, exponent = want.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(want) - float(got)) <= 3.001 * unit
