"""What is stored of an estimator, and how what was stored is checked and read."""

from .sealing import pack_estimator, unpack_estimator

__all__ = ["pack_estimator", "unpack_estimator"]
