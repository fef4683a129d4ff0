"""The workloads: one file each, one line each here."""

from .base import Workload
from .sleep import Sleep

BUILT_IN: tuple[type[Workload], ...] = (Sleep,)

__all__ = ["BUILT_IN", "Workload"]
