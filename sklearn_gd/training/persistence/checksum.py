"""A checksum of what is stored: a bit that has changed anywhere is noticed."""

from __future__ import annotations

import zlib
from numbers import Real

import numpy as np


def checksum(thing, before=0):
    """CRC-32 of all arrays, numbers and words in nested dicts, lists and arrays.

    Of whatever else there is the name of its class counts.
    """
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "biufcmMSUV":
        head = f"{thing.dtype.str}{thing.shape}"
        flat = np.ascontiguousarray(thing).reshape(-1).view(np.uint8)
        return zlib.crc32(flat, zlib.crc32(head.encode(), before))
    if isinstance(thing, dict):
        thing = [(name, thing[name]) for name in sorted(thing, key=str)]
    if isinstance(thing, np.ndarray):
        thing = thing.tolist()
    if isinstance(thing, list | tuple):
        for part in thing:
            before = checksum(part, before)
        return zlib.crc32(f"{len(thing)} items".encode(), before)
    if isinstance(thing, np.generic):
        thing = thing.item()
    plain = thing is None or isinstance(thing, str | bytes | Real | complex)
    word = repr(thing) if plain else type(thing).__name__
    return zlib.crc32(word.encode(errors="replace"), before)
