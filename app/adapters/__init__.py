"""Strategies that need more than the standard library: one file each, one line each here.

What they need is imported only when a run of theirs is made: listing them needs none of it.
"""

from app.adapters.qthread_interruption import QThreadInterruption
from app.core.catalogue import Catalogue
from app.core.strategies import BUILT_IN, Strategy

ADAPTERS: tuple[type[Strategy], ...] = (QThreadInterruption,)


def whole_catalogue() -> Catalogue:
    """Return the catalogue of this program: what is built in, and the adapters; any thread."""
    return Catalogue(strategies=BUILT_IN + ADAPTERS)


__all__ = ["ADAPTERS", "whole_catalogue"]
