"""The weight of a row: sample_weight × class_weight, reduced in float64.

In `fit` only the ratios of weights count, so there they are scaled to mean 1, exactly
enough that a common factor may be any number that a double holds. In a stream they are
absolute: 1 is an ordinary row.
"""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.utils import check_array

from ..core.quiet import quiet


def check_weights(sample_weight, n_rows, name="sample_weight"):
    """Sample weights as an ndarray of float64, shape (n_rows,), or None.

    Raises
    ------
    ValueError
        If the shape is not (n_rows,), or a weight is negative, NaN or infinite.
    """
    if sample_weight is None:
        return None
    if np.isscalar(sample_weight):
        sample_weight = np.full(n_rows, sample_weight)
    try:
        weights = quiet(check_array)(
            sample_weight, ensure_2d=False, dtype=np.float64, input_name=name
        )
    except OverflowError as error:  # of an int with hundreds of digits
        raise ValueError(f"{name} holds a number that is too large: {error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} cannot be read as weights: {error}") from error
    if weights.shape != (n_rows,):
        raise ValueError(
            f"{name} has shape {weights.shape}, but X has {n_rows} rows: give "
            f"one weight a row, shape ({n_rows},)."
        )
    if n_rows and weights.min() < 0:
        raise ValueError(
            f"{name} holds negative values, the least is {weights.min()}; "
            "weights must be zero or more."
        )
    return weights


def class_weights(labels, codes, class_weight):
    """Weight of each class as an ndarray of float64, or None where all are 1.

    Raises
    ------
    ValueError
        If class_weight is given for several labels a row, holds what is no weight, or
        names an unknown class while a class has none.
    """
    if class_weight is None:
        return None
    if labels.kind == "multilabel":
        raise ValueError(
            f"class_weight={class_weight!r} needs one class a row, but y has several "
            "labels a row. Weigh the rows with sample_weight instead."
        )
    if isinstance(class_weight, str):
        return balanced(np.bincount(codes, minlength=len(labels.classes)))
    return weights_by_name(labels, class_weight)


def balanced(counts):
    """The weights that give every class that is there the same sum of weights."""
    weights, present = np.ones(len(counts)), counts > 0
    weights[present] = counts.sum() / (np.count_nonzero(present) * counts[present])
    return weights


def weights_by_name(labels, class_weight):
    """The weights of a dict in the order of the classes; who is not named has 1.

    A key may name a class that these rows lack, as a part of a data set may. But if a
    class has no key as well, then one of the two is a slip of the pen.
    """
    if not all(isinstance(w, Real) and 0 <= w < np.inf for w in class_weight.values()):
        raise ValueError(
            f"class_weight={class_weight} must hold finite numbers of 0 or more, one "
            "for each class."
        )
    keys = np.fromiter(class_weight, dtype=object, count=len(class_weight))
    numbers = labels.numbers(keys)
    known = numbers >= 0
    given = np.fromiter(class_weight.values(), dtype=np.float64, count=len(keys))
    weights = np.full(len(labels.classes), np.nan)
    weights[numbers[known]] = given[known]
    unnamed = np.isnan(weights)
    if not known.all() and unnamed.any():
        unused = sorted(keys[~known].tolist(), key=str)
        raise ValueError(
            f"class_weight names {unused[:10]}, which are not among "
            f"the classes {labels.classes.tolist()[:20]}, and has no weight for "
            f"{labels.classes[unnamed].tolist()[:10]}. Give every class of y a weight; "
            "further keys then wait for data that have them."
        )
    return np.where(unnamed, 1.0, weights)


def product(sample_weight, by_class, codes):
    """Mantissa and exponent of sample_weight × class_weight, or None where all are 1.

    The factors may be so large or small that no double holds their product.
    """
    if by_class is None and sample_weight is None:
        return None
    if by_class is None:
        return np.frexp(sample_weight)
    mantissa, exponent = (part[codes] for part in np.frexp(by_class))
    if sample_weight is not None:
        of_sample = np.frexp(sample_weight)
        mantissa, exponent = mantissa * of_sample[0], exponent + of_sample[1]
    return mantissa, exponent


def relative(sample_weight):
    """The weights times a power of two: exact, and no sum of them can overflow."""
    return scaled(*np.frexp(sample_weight))


def scaled(mantissa, exponent):
    """mantissa · 2^exponent, with the exponents counted from the largest."""
    some = mantissa > 0
    highest = exponent[some].max() if some.any() else 0
    return np.ldexp(mantissa, exponent - highest)


def with_mean_one(weights, name="sample_weight"):
    """Weights divided by their mean; only ratios matter, so any factor will do.

    Raises
    ------
    ValueError
        If all weights are zero.
    """
    weights = relative(weights)
    if not weights.any():
        raise ValueError(
            f"{name} is zero for every row, or class_weight for the class of every row "
            "that has one: give at least one row a weight above zero."
        )
    return weights / weights.mean()


def ordinary_rows(weights):
    """How many rows of the least weight would weigh as much as these, at least 1.

    So integer weights count like repeated rows, zeros like rows that are not there, and
    a common factor of the weights does not count.
    """
    some = weights[weights > 0] / weights.max(initial=1.0)
    if not some.size or not some.min():
        return len(weights)
    return rows_worth(float(some.sum()), float(some.min()))


def rows_worth(total, least):
    """How many rows of the least weight weigh as much as the total, at least 1."""
    return max(1, round(min(total / least, 2.0**62)))


def absolute(mantissa, exponent, dtype):
    """mantissa · 2^exponent, as it is.

    Raises
    ------
    ValueError
        If a weight is too large for dtype.
    """
    weights = quiet(np.ldexp)(mantissa, exponent)
    largest = weights.max(initial=0.0)
    if largest > np.finfo(dtype).max:
        raise ValueError(
            f"the weights overflow: sample_weight times class_weight comes to "
            f"{largest:.3g}, too large for {dtype}. In partial_fit weights are "
            "absolute, 1 is an ordinary row: divide them by a common factor."
        )
    return weights
