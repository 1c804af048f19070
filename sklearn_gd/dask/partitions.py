"""Collections as lists of partitions that belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import dask.array as da
from dask import is_dask_collection
from dask.delayed import Delayed, delayed
from distributed import Future


@dataclass
class Partition:
    """The rows of X, y and sample_weight that lie together; tasks, futures or None."""

    X: Any
    y: Any
    sample_weight: Any = None


def partitions(X, y, sample_weight, names=("X", "y", "sample_weight")):
    """The partitions of collections that have the same ones.

    Raises
    ------
    TypeError
        If one is no collection and no list of tasks or futures.
    ValueError
        If they do not have the same partitions, or rows of X are cut for good.
    """
    X = with_whole_rows(X, names[0])
    parts = []
    for given, name in zip((X, y, sample_weight), names, strict=True):
        given = like(given, X)
        parts.append(None if given is None else pieces(given, name))
        if parts[-1] is not None and len(parts[-1]) != len(parts[0]):
            raise ValueError(
                f"{name} has {len(parts[-1])} partitions, but {names[0]} has "
                f"{len(parts[0])}: each needs the rows of its counterpart. Make one "
                "from the other, or repartition."
            )
    nothing = [None] * len(parts[0])
    columns = [nothing if part is None else part for part in parts]
    return [Partition(*row) for row in zip(*columns, strict=True)]


def with_whole_rows(X, name):
    """A Dask Array whose rows are not cut; other things as they are."""
    if not isinstance(X, da.Array) or X.ndim != 2 or X.numblocks[1] == 1:
        return X
    if any(math.isnan(size) for size in X.chunks[1]):
        raise ValueError(
            f"{name} has its columns in {X.numblocks[1]} chunks of unknown sizes, "
            f"which cannot be joined: compute them, {name}.compute_chunk_sizes(), or "
            "make chunks of whole rows."
        )
    return X.rechunk({1: -1})


def like(given, X):
    """A Dask Array with the rows of X in each chunk, where all sizes are known."""
    if given is X or not (isinstance(given, da.Array) and isinstance(X, da.Array)):
        return given
    if given.ndim > 1 and given.numblocks[1] > 1:
        given = given.rechunk({1: -1})
    known = not any(math.isnan(size) for size in (*X.chunks[0], *given.chunks[0]))
    if known and given.shape[0] == X.shape[0] and given.chunks[0] != X.chunks[0]:
        given = given.rechunk({0: X.chunks[0]})
    return given


def pieces(given, name):
    """The partitions of one collection, as a list of tasks or futures."""
    if isinstance(given, list | tuple) and all(
        isinstance(part, Delayed | Future) for part in given
    ):
        if not given:
            raise ValueError(f"{name} is an empty list: give at least one partition.")
        return list(given)
    if is_dask_collection(given) and hasattr(given, "to_delayed"):
        if isinstance(given, da.Array):
            return list(given.to_delayed().ravel())
        # Optimized, small files would be read together: more of them for y than for X.
        return list(given.to_delayed(optimize_graph=False))
    raise TypeError(
        f"{name} is a {type(given).__name__}, but must be a Dask Array, a Dask "
        "DataFrame or Series, or a list of Delayed or of futures, one for each "
        "partition. For rows on this machine call the estimator's own fit."
    )


def in_one_piece(given):
    """Rows on this machine as a list of one task; collections as they are."""
    known = given is None or isinstance(given, list | tuple)
    if known or is_dask_collection(given):
        return given
    return [delayed(given, pure=False)]


def unsourced(client, parts):
    """The futures among the partitions that no task can compute again."""
    keys = [
        piece.key
        for part in parts
        for piece in vars(part).values()
        if isinstance(piece, Future)
    ]
    return client.run_on_scheduler(without_source, keys=keys) if keys else []


def without_source(keys, dask_scheduler):
    """Those keys that the scheduler knows no task for."""
    tasks = dask_scheduler.tasks
    return [key for key in keys if key in tasks and not tasks[key].run_spec]
