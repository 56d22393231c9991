"""UUIDv7 identifiers (RFC 9562 §5.7), time-ordered and strictly increasing within a process."""

import re
from datetime import datetime
from random import Random
from typing import Final

from foliot.domain.instant import from_microseconds, to_microseconds

ID_PATTERN: Final = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
"""An id, as a regular expression."""

_FORM: Final = re.compile(ID_PATTERN)
_RANDOM_BITS: Final = 74


class IdSequence:
    """Makes ids whose order is the order in which they were asked for, also within one millisecond.

    The 74 random bits are a counter that starts at random in each millisecond and grows by random steps
    (RFC 9562 §6.2, method 2), so that the jobs of one batch keep their order when they are claimed.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._millisecond = -1
        self._counter = 0

    def take(self, now: datetime, count: int) -> list[str]:
        """The next `count` ids for the instant `now`."""
        millisecond = to_microseconds(now) // 1000
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            self._counter = self._random.getrandbits(_RANDOM_BITS - 1)
        ids = []
        for _ in range(count):
            self._counter += 1 + self._random.getrandbits(24)
            if self._counter >> _RANDOM_BITS:  # one chance in billions: borrow from the next millisecond
                self._millisecond += 1
                self._counter = self._random.getrandbits(_RANDOM_BITS - 1)
            ids.append(_uuid7(self._millisecond, self._counter))
        return ids


def _uuid7(millisecond: int, random: int) -> str:
    high, low = random >> 62, random & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{millisecond << 80 | (0x7000 | high) << 64 | 0x8000_0000_0000_0000 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(source_id: str, at: datetime, rank: int) -> str:
    """The id of something that is told from another row: always the same for the same arguments.

    Events that are read off a run's columns have no row of their own, yet a reader must be able to name and
    resume from them. The id carries `at` and sorts by `rank` (0 to 4095) within its millisecond.
    """
    tail = int(source_id[-12:], 16) ^ int(source_id[19:23], 16) << 32
    return _uuid7(to_microseconds(at) // 1000, (rank & 0xFFF) << 62 | tail & 0x3FFF_FFFF_FFFF_FFFF)


def is_id(text: str) -> bool:
    """Whether `text` is a UUIDv7 in its canonical lower-case form."""
    return _FORM.fullmatch(text) is not None


def instant_of(identifier: str) -> datetime:
    """When an id was made, to the millisecond."""
    return from_microseconds(int(identifier[:8] + identifier[9:13], 16) * 1000)
