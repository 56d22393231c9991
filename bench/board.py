"""Memory that the processes of a fleet share: how far each of them is, and what all are to do."""

import asyncio
import time
from collections.abc import Callable
from enum import IntEnum
from multiprocessing import get_context
from typing import Any, Final

import msgspec

PLACES: Final = 32
_SAMPLES: Final = 16_384
_NUMBERS: Final = 3
_LOOK_SECONDS: Final = 0.005


class Phase(IntEnum):
    """What the fleet is to do: get ready and wait, submit and work, only work, stop."""

    HOLD = 0
    GO = 1
    CEASE = 2
    STOP = 3


class Figure(IntEnum):
    """What each process counts."""

    READY = 0
    SENT = 1
    STARTED = 2
    STORED = 3
    SAMPLED = 4


class Sample(msgspec.Struct, frozen=True):
    """One run, by the wall clock: when it was submitted, when its handler began, when its outcome was stored."""

    sent: float
    started: float
    stored: float


class Board:
    """Every process writes in its own place only: nothing needs a lock, and one that is killed leaves no mess."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._phase = context.RawValue("q", Phase.HOLD)
        self._figures: Any = context.RawArray("q", PLACES * len(Figure))
        self._samples: Any = context.RawArray("d", PLACES * _SAMPLES * _NUMBERS)

    # -- what is to be done

    @property
    def phase(self) -> Phase:
        """What the fleet is to do now."""
        return Phase(self._phase.value)

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._phase.value = phase

    async def until(self, phase: Phase) -> None:
        """Return when the fleet is that far, or further."""
        while self._phase.value < phase:
            await asyncio.sleep(_LOOK_SECONDS)

    # -- how far all are

    def add(self, place: int, figure: Figure, count: int = 1) -> None:
        """Count on."""
        self._figures[place * len(Figure) + figure] += count

    def of(self, place: int, figure: Figure) -> int:
        """What one process has counted."""
        return int(self._figures[place * len(Figure) + figure])

    def total(self, figure: Figure) -> int:
        """What all have counted together."""
        return int(sum(self._figures[figure :: len(Figure)]))

    # -- samples

    def note(self, place: int, sample: Sample) -> None:
        """Keep a sample; the oldest is forgotten when there are too many."""
        count = self.of(place, Figure.SAMPLED)
        at = (place * _SAMPLES + count % _SAMPLES) * _NUMBERS
        self._samples[at : at + _NUMBERS] = (sample.sent, sample.started, sample.stored)
        self.add(place, Figure.SAMPLED)

    def samples(self, since: float, until: float) -> list[Sample]:
        """The samples that were stored in that time of the wall clock."""
        found = []
        for place in range(PLACES):
            count = min(self.of(place, Figure.SAMPLED), _SAMPLES)
            start = place * _SAMPLES * _NUMBERS
            numbers = self._samples[start : start + count * _NUMBERS]
            for at in range(0, len(numbers), _NUMBERS):
                sample = Sample(*numbers[at : at + _NUMBERS])
                if since <= sample.stored < until:
                    found.append(sample)
        return found


def wait_until(condition: Callable[[], bool], seconds: float, meanwhile: Callable[[], None]) -> bool:
    """Whether it came true within that time; `meanwhile` is called again and again."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        meanwhile()
        time.sleep(_LOOK_SECONDS)
    return True
