"""How many bytes our objects have, which Dask cannot know, and decides by."""

from __future__ import annotations

from dask.sizeof import sizeof

from ..core.averaging import Learned
from ..core.state import TrainingState
from ..data.rows import Data
from .reading import Block


@sizeof.register(Data)
def _of_data(data):
    arrays = data.X, data.codes, data.table, data.sample_weight, data.rows
    return sum(map(sizeof, arrays))


@sizeof.register(Block)
def _of_block(block):
    return sum(map(sizeof, (block.X, block.y, block.sample_weight)))


@sizeof.register(TrainingState)
def _of_state(state):
    return sum(array.nbytes for array in state.stored)


@sizeof.register(Learned)
def _of_learned(learned):
    return sizeof(learned.state)
