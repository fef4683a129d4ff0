"""The record of a stop chain: one JSON object, written when a run has ended, and again when its end was painted."""

import json
import math
from dataclasses import dataclass, fields

from .latency import StopChain
from .snapshot import Outcome, RunSnapshot

_LATEST = 2**63  # ns: what an instant is below; a file may say anything
_INSTANTS = tuple(field.name for field in fields(StopChain))


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """What a record of the kind ``chain`` says; instants are ns from the beginning of the sitting.

    Attributes:
        chain: the six instants; ``shown`` is only there in the record that follows the painting.
        outcome: how the run ended.
        was_stuck: whether it was still alive after the deadline.
        strategy, workload: the ids of what it used.
        interval: seconds.
        band: within which ns after the request it was predicted to notice; None if that could not be told.
        outside: in words, why it noticed outside the band; empty if it did not.
        released: when the program released what its thread was blocked in; None if it did not.
    """

    chain: StopChain
    outcome: Outcome
    was_stuck: bool
    strategy: str
    workload: str
    interval: float
    band: tuple[int, int] | None
    outside: str
    released: int | None = None

    def text(self) -> str:
        """Return the record's text: one line of JSON, pure ASCII."""
        return json.dumps(self.values())

    def values(self) -> dict[str, object]:
        """Return what the JSON object holds: ``clicked_ns`` to ``shown_ns``, then what belongs to them."""
        instants = {f"{name}_ns": instant for name, instant in zip(_INSTANTS, self.chain.instants(), strict=True)}
        return {
            **instants,
            "latency_ns": self.chain.latency,
            "outcome": str(self.outcome),
            "was_stuck": self.was_stuck,
            "released_ns": self.released,
            "strategy": self.strategy,
            "workload": self.workload,
            "interval_s": self.interval,
            "band_ns": None if self.band is None else list(self.band),
            "outside": self.outside,
        }


def record_of(snapshot: RunSnapshot, origin: int) -> ChainRecord:
    """Return the record of a run that has ended; ``origin`` is the sitting's beginning, a ``perf_counter_ns``.

    Raises:
        ValueError: the run has not ended.
    """
    if snapshot.outcome is None or snapshot.worker is None:
        raise ValueError("a run's chain is recorded when it has ended")
    worker = snapshot.worker
    return ChainRecord(
        StopChain(*(None if instant is None else instant - origin for instant in snapshot.chain.instants())),
        snapshot.outcome,
        snapshot.was_stuck,
        worker.strategy,
        worker.workload,
        worker.interval,
        snapshot.band,
        snapshot.outside,
        None if snapshot.released is None else snapshot.released - origin,
    )


def read_chain(text: str) -> ChainRecord | None:
    """Return what a record's text says; None if it is not one of these: a file may hold anything."""
    try:
        values = json.loads(text)
        instants = [values[f"{name}_ns"] for name in _INSTANTS]
        band = values["band_ns"]
        released = values.get("released_ns")
        if not all(instant is None or _is_instant(instant) for instant in [*instants, *(band or ()), released]):
            return None
        texts = [values[key] for key in ("strategy", "workload", "outside")]
        if not all(isinstance(text, str) for text in texts) or (band is not None and len(band) != 2):
            return None
        if not math.isfinite(interval := float(values["interval_s"])):
            return None
        return ChainRecord(
            StopChain(*instants),
            Outcome(values["outcome"]),
            values["was_stuck"] is True,
            texts[0],
            texts[1],
            interval,
            None if band is None else (band[0], band[1]),
            texts[2],
            released,
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None


def _is_instant(value: object) -> bool:
    """Return whether a value is whole and small enough for the arithmetic of whoever shows it (``True`` is no number)."""
    return type(value) is int and -_LATEST <= value < _LATEST
