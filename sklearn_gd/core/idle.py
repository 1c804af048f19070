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

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .compiled import combine_rows
from .network import Network
from .state import Snapshot, TrainingState

Array = NDArray[np.floating]
Rows = NDArray[np.integer]
# Steps for which the products are kept, a power of two; and the least number of rows
# taken in turn at each step.
SLOTS = 4096
MIN_TURN = 32
# Rows brought up to date at once when all of them are.
BLOCK = 4096


@dataclass
class Idle:
    """How far each row of W1 is behind, and what it has missed.

    Attributes
    ----------
    shape : (n_inputs, fan_out) of W1
    squares : float, Σ w² over W1 as it is stored
    step : int, steps taken since all rows were up to date
    last : ndarray of uint32, shape (n_inputs,), the last step that each row has seen
    turn : int, the first of the rows to be taken in turn
    maps : ndarray of shape (d, d, SLOTS), d = 1 + the number of vectors of the rule
        ``maps[:, :, i % SLOTS]`` is the product of what came after step i. None while
        rows without a gradient do not move.
    journal : Journal, to be told of rows before they change, or None
    """

    shape: tuple[int, int]
    squares: float
    step: int = 0
    turn: int = 0
    maps: Array | None = None
    journal: Journal | None = None
    last: NDArray[np.uint32] = field(init=False)

    def __post_init__(self) -> None:
        self.last = np.zeros(self.shape[0], dtype=np.uint32)

    def weights(self, vector: Array) -> Array:
        """The part of theta, or of a vector like it, that belongs to W1."""
        return vector[: self.shape[0] * self.shape[1]].reshape(self.shape)

    def rows_in_turn(self) -> Rows:
        """The rows that must take part in the next step, batch or not."""
        if self.maps is None:
            return np.empty(0, dtype=np.int32)
        stop = self.turn + max(MIN_TURN, self.shape[0] // (SLOTS - 2) + 1)
        return np.arange(self.turn, min(stop, self.shape[0]), dtype=np.int32)

    def advance(self, matrix: Array | None, rows: Rows, in_turn: int) -> None:
        """Notes a step in which ``rows`` took part and all others moved by matrix."""
        if matrix is not None and self.maps is None:
            self.maps = np.zeros((*matrix.shape, SLOTS))
            self.maps[:, :, self.step % SLOTS] = np.eye(len(matrix))
            self.last.fill(self.step % 2**32)
        self.step += 1
        if self.maps is not None:
            size = len(self.maps)
            if matrix is not None:
                products = np.dot(matrix, self.maps.reshape(size, -1))
                self.maps = products.reshape(self.maps.shape)
            self.maps[:, :, self.step % SLOTS] = np.eye(size)
        self.last[rows] = self.step % 2**32
        self.turn += in_turn
        if self.turn >= self.shape[0]:
            self.turn = 0

    def missed(self, rows: Any) -> Array | None:
        """The products that rows have missed, (d, d, n_rows); None if nothing."""
        if self.maps is None:
            return None
        return self.maps.take(self.last[rows] & (SLOTS - 1), axis=2)

    def settle(self, stored: list[Array]) -> Idle | None:
        """Brings all rows up to date; returns what is then known of idle rows.

        That is None, unless there may be a need to go back.
        """
        parts = [self.weights(vector) for vector in stored]
        for start in range(0, self.shape[0], BLOCK):
            rows = slice(start, start + BLOCK)
            block = [part[rows] for part in parts]
            raw = [part.copy() for part in block]
            catch_up(self.missed(rows), raw, block)
            if self.journal is not None:
                self.journal.note(rows, raw)
        if self.journal is None:
            return None
        self.last.fill(self.step % 2**32)
        self.squares = sum_of_squares(parts[0])
        return self

    def product(self, stored: list[Array], X: Any) -> Array:
        """X @ W1 with W1 up to date; nothing is changed.

        ``X (A₁₁ w + A₁₂ s)``: the products scale the columns of X, not the rows of W1.
        """
        missed = self.missed(X.indices)
        if missed is None:
            return X @ self.weights(stored[0])
        total = 0.0
        for factor, vector in zip(missed[0], stored, strict=True):
            data = X.data * factor.astype(X.dtype)
            scaled = sp.csr_array((data, X.indices, X.indptr), shape=X.shape)
            total = total + scaled @ self.weights(vector)
        return total  # type: ignore[return-value] # there is at least one vector


def catch_up(missed: Array | None, parts: list[Array], out: list[Array]) -> None:
    """Overwrites out with ``missed`` applied to parts, lists of (n_rows, fan_out)."""
    if missed is not None:
        combine_rows(missed, parts, out)
        return
    for part, target in zip(parts, out, strict=True):
        np.copyto(target, part)


class Journal(Snapshot):
    """What can go back on sparse steps: it keeps what they overwrite.

    Each row of W1 is kept once, as it is stored; what is small is copied.
    """

    def __init__(self, state: TrainingState, network: Network):
        self.network, self.first = network, first_layer_size(network)
        super().__init__(state)

    def watched(self) -> list[Array]:
        return [vector[self.first :] for vector in self.state.stored]

    def take(self) -> None:
        super().take()
        self.rows: list[tuple[Any, list[Array], NDArray[np.uint32]]] = []
        self.idle = idle_of(self.state, self.network)
        self.before = dict(vars(self.idle))
        self.idle.journal = self

    def note(self, rows: Any, raw: list[Array]) -> None:
        """Keeps rows of W1, unless they have been kept already."""
        idle = self.idle
        last = idle.last[rows].copy()
        if self.rows:
            age = np.uint32(idle.step % 2**32) - last
            new = age >= np.uint32(idle.step - self.before["step"])
            rows = np.arange(len(idle.last), dtype=np.int32)[rows][new]
            last, raw = last[new], [part[new] for part in raw]
        self.rows.append((rows, raw, last))

    def restore(self) -> None:
        super().restore()
        parts = [self.idle.weights(vector) for vector in self.state.stored]
        for rows, raw, last in reversed(self.rows):
            for part, kept in zip(parts, raw, strict=True):
                part[rows] = kept
            self.idle.last[rows] = last
        vars(self.idle).update(self.before)

    def release(self) -> None:
        self.rows = []
        self.idle.journal = None


def idle_of(state: TrainingState, network: Network) -> Idle:
    """What the state knows of idle rows of W1; as yet, that none is behind."""
    if state.idle is None:
        squares = sum_of_squares(state.stored[0][: first_layer_size(network)])
        state.idle = Idle(network.shapes[0], squares)
    return state.idle


def first_layer_size(network: Network) -> int:
    """The number of weights in W1."""
    n_inputs, fan_out = network.shapes[0]
    return n_inputs * fan_out


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
