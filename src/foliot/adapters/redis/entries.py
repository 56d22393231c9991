"""What goes through the streams: entries that name some queued runs each. The store decides what they are worth."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec

from foliot.domain.run import Queued
from foliot.ports import RunRef

_LARGEST: Final = 50
_ID: Final = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RUNS: Final = re.compile(rb"%b %b(?: %b %b)*" % (_ID, _ID, _ID, _ID))
_type_of: Final = attrgetter("type")


class Taken(msgspec.Struct):
    """Some or all runs of an entry, in hand. `returned` is where they go if they are given back."""

    stream: str
    id: str
    returned: str
    type: str
    at: str
    runs: list[RunRef]

    @property
    def place(self) -> tuple[str, str]:
        """Which entry it is."""
        return self.stream, self.id

    def divided(self, count: int) -> tuple["Taken", "Taken"]:
        """The first `count` of its runs, and the others."""
        return (
            msgspec.structs.replace(self, runs=self.runs[:count]),
            msgspec.structs.replace(self, runs=self.runs[count:]),
        )


def entries_of(runs: Iterable[Queued]) -> Iterator[Sequence[Queued]]:
    """Runs as they are put together, in their order: each entry has runs of one type."""
    for _, same in groupby(runs, _type_of):
        of_type = list(same)
        for start in range(0, len(of_type), _LARGEST):
            yield of_type[start : start + _LARGEST]


def written(runs: Iterable[Queued | RunRef]) -> str:
    """Runs as an entry says them."""
    return " ".join([f"{run.run_id} {run.tenant_id}" for run in runs])


def read(runs: bytes) -> list[RunRef]:
    """Runs as an entry said them.

    Raises:
        ValueError: they are none.
    """
    if not _RUNS.fullmatch(runs):
        raise ValueError("these are no ids")
    words = runs.decode("ascii").split(" ")
    return [RunRef(tenant_id, run_id) for run_id, tenant_id in zip(words[::2], words[1::2], strict=True)]


def divided(taken: Iterable[Taken], count: int) -> tuple[list[Taken], list[Taken]]:
    """The first `count` runs, and the others."""
    first: list[Taken] = []
    others: list[Taken] = []
    for each in taken:
        mine, theirs = each.divided(max(0, count))
        count -= len(mine.runs)
        first += [mine] if mine.runs else []
        others += [theirs] if theirs.runs else []
    return first, others
