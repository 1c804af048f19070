"""Rows of W1 without a gradient from the data: what they miss, and how they catch up.

Such a row still moves, by momentum and L2. With ``s`` for the vectors of the update
rule that is linear::

    (w, s) ← A (w, s)          A = rule.idle_step(learning_rate, alpha)

so a row that has missed the steps i+1 .. k is brought up to date when it is next met,
by the product ``A_k ... A_{i+1}``. `Idle` keeps these products for the last `SLOTS`
steps and takes every row in turn before its product is forgotten, which costs a few
rows a step. So a changing learning rate needs no pass over all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .compiled import CsrRows, combine_rows
from .network import Network
from .state import TrainingState

Array = NDArray[np.floating]
Rows = NDArray[np.integer]
# Steps for which the products are kept, a power of two; and the least number of rows
# taken in turn at each step.
SLOTS = 4096
MIN_TURN = 32
# Rows brought up to date at once when all of them are.
BLOCK = 4096


@dataclass
class Log:
    """Rows of W1 and all other layers as they are after a part of a stream.

    They are published beside the vectors that they belong into, and written there only
    afterwards: as long as there is a log, it is what counts.

    Attributes
    ----------
    rows : ndarray of int, sorted
    vectors : list of ndarrays, theta and those of the rule of a network with these rows
    last : ndarray of uint32, shape (n_rows,)
    buffers : list of ndarrays, the memory that all this stands in
    """

    rows: Rows
    vectors: list[Array]
    last: NDArray[np.uint32]
    buffers: list[Array]


@dataclass
class Idle:
    """How far each row of W1 is behind, and what it has missed.

    Attributes
    ----------
    shape : (n_inputs, fan_out) of W1
    squares : float, Σ w² over W1 as it is stored
    last : ndarray of uint32, shape (n_inputs,), the last step that each row has seen
    step : int, steps taken since all rows were up to date
    turn : int, the first of the rows to be taken in turn
    maps : ndarray of shape (d, d, SLOTS), d = 1 + the number of vectors of the rule
        ``maps[:, :, i % SLOTS]`` is the product of what came after step i. None while
        rows without a gradient do not move.
    since : int, the step from which on there are maps
    log : Log or None, what is yet to be written into the vectors
    numbers : ndarray of int or None
        In a network of some of the rows, which these are; `squares` and the turn are
        still those of all rows.
    width : int, the number of all rows
    """

    shape: tuple[int, int]
    squares: float
    last: NDArray[np.uint32]
    step: int = 0
    turn: int = 0
    maps: Array | None = None
    since: int = 0
    log: Log | None = None
    numbers: Rows | None = None
    width: int = 0

    def copy(self) -> Idle:
        """One that can be changed while this one is read."""
        return replace(self, last=self.last.copy())

    def weights(self, vector: Array) -> Array:
        """The part of theta, or of a vector like it, that belongs to W1."""
        return vector[: self.shape[0] * self.shape[1]].reshape(self.shape)

    def turns(self, n_steps: int) -> tuple[list[Rows], int]:
        """The rows that take their turn in so many steps, and the turn after them."""
        turn = self.turn
        ranges: list[Rows] = []
        share = max(MIN_TURN, self.width // (SLOTS - 2) + 1)
        for _ in range(n_steps):
            stop = min(turn + share, self.width)
            ranges.append(np.arange(turn, stop, dtype=np.int32))
            turn = 0 if stop == self.width else stop
        return ranges, turn

    def rows_in_turn(self) -> Rows:
        """The rows that must take part in the next step, batch or not."""
        if self.maps is None:
            return np.empty(0, dtype=np.int32)
        (rows,), _ = self.turns(1)
        if self.numbers is not None:
            rows = np.searchsorted(self.numbers, rows).astype(np.int32)
        return rows

    def advance(self, matrix: Array | None, rows: Any) -> None:
        """Notes a step in which ``rows`` took part and all others moved by matrix."""
        if self.maps is not None:
            _, self.turn = self.turns(1)
        elif matrix is not None:
            self.maps = np.zeros((*matrix.shape, SLOTS))
            self.maps[:, :, self.step % SLOTS] = np.eye(len(matrix))
            self.last.fill(self.step % 2**32)
            self.since = self.step
        self.step += 1
        if self.maps is not None:
            size = len(self.maps)
            matrix = np.eye(size) if matrix is None else matrix
            # In a new array: the last one may be published.
            products = np.dot(matrix, self.maps.reshape(size, -1))
            self.maps = products.reshape(self.maps.shape)
            self.maps[:, :, self.step % SLOTS] = np.eye(size)
        self.last[rows] = self.step % 2**32

    def missed(self, rows: Any) -> Array | None:
        """The products that rows have missed, (d, d, n_rows); None if nothing."""
        if self.maps is None:
            return None
        return self.maps.take(self.last[rows] & (SLOTS - 1), axis=2)

    def settle(self, stored: list[Array]) -> None:
        """Brings all rows up to date, in place."""
        self.write_log(stored)
        parts = [self.weights(vector) for vector in stored]
        for start in range(0, self.shape[0] if self.maps is not None else 0, BLOCK):
            rows = slice(start, start + BLOCK)
            block = [part[rows] for part in parts]
            catch_up(self.missed(rows), [part.copy() for part in block], block)

    def write_log(self, stored: list[Array]) -> None:
        """Writes what the log holds where it belongs; once more does no harm."""
        if self.log is not None:
            scatter(self, stored, self.log.rows, self.log.vectors)
            self.last[self.log.rows] = self.log.last

    def product(self, stored: list[Array], X: Any, which: int = 0) -> Array:
        """X @ W1 with W1, or the same of another vector, up to date.

        Nothing is changed. ``X (A₁₁ w + A₁₂ s)``: the products scale the columns of X,
        not the rows of W1.
        """
        missed = self.missed(X.indices if sp.issparse(X) else slice(None))
        if missed is None:
            return np.asarray(X @ self.weights(stored[which]))
        total = np.zeros((X.shape[0], self.shape[1]), dtype=X.dtype)
        for factor, vector in zip(missed[which], stored, strict=True):
            if factor.any():
                W1 = self.weights(vector)
                total += scaled_product(X, factor.astype(X.dtype), W1)
        return total


def scaled_product(X: Any, factor: Array, W: Array) -> Array:
    """X @ W, with a factor for each column of X, or each element of a CSR matrix."""
    if not sp.issparse(X):
        return np.asarray((X * factor) @ W)
    out = np.empty((X.shape[0], W.shape[1]), dtype=W.dtype)
    CsrRows(X.indptr, X.indices, X.data * factor, X.shape).times(W, out)
    return out


def without_log(state: TrainingState, in_place: bool) -> TrainingState:
    """The state with its log written into the vectors, or into copies of them."""
    idle = state.idle
    if idle is None or idle.log is None:
        return state
    stored = state.stored if in_place else [vector.copy() for vector in state.stored]
    idle = idle if in_place else idle.copy()
    idle.write_log(stored)
    written = state.with_arrays(stored[0], stored[1:])
    written.idle = replace(idle, log=None)
    if in_place:  # whoever reads the state with the log reads these vectors, too
        of_vectors: Any = state.lease.base
        written.lease = of_vectors
    return written


def catch_up(missed: Array | None, parts: list[Array], out: list[Array]) -> None:
    """Overwrites out with ``missed`` applied to parts, lists of (n_rows, fan_out)."""
    if missed is not None:
        combine_rows(missed, parts, out)
        return
    for part, target in zip(parts, out, strict=True):
        np.copyto(target, part)


def scatter(idle: Idle, stored: list[Array], rows: Rows, vectors: list[Array]) -> None:
    """Overwrites rows of W1, and all other layers, with those of compact vectors."""
    split, first = len(rows) * idle.shape[1], idle.shape[0] * idle.shape[1]
    for target, vector in zip(stored, vectors, strict=True):
        new = vector[:split].reshape(len(rows), idle.shape[1])
        np.put(by_row(idle.weights(target)), rows, by_row(new))
        np.copyto(target[first:], vector[split:])


def idle_of(state: TrainingState, network: Network) -> Idle:
    """What the state knows of idle rows of W1; if nothing, that none is behind."""
    if state.idle is not None:
        idle: Idle = state.idle
        return idle
    n_inputs, fan_out = network.shapes[0]
    squares = sum_of_squares(state.theta[: n_inputs * fan_out])
    last = np.zeros(n_inputs, dtype=np.uint32)
    return Idle((n_inputs, fan_out), squares, last, width=n_inputs)


def by_row(matrix: Array) -> NDArray[np.void]:
    """The rows of a contiguous matrix as single items, which copy twice as fast."""
    return matrix.view((np.void, matrix.shape[1] * matrix.itemsize)).reshape(-1)


def sorted_distinct(numbers: Rows) -> Rows:
    """The distinct numbers in order: memory is read faster in one direction."""
    ordered = np.sort(numbers)
    new = np.empty(len(ordered), dtype=bool)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def sum_of_squares(array: Array) -> float:
    """Σ x² over all elements."""
    flat = array.ravel()
    return float(np.dot(flat, flat))
