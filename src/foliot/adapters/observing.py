"""Which calendars jobs exclude, and how these get to them; the same in every store."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

import msgspec

from foliot.domain.job import Job
from foliot.domain.schedule import Calendar
from foliot.ports import DueJob, PlacedJob

Key = tuple[str, str]
"""The tenant and the name of a calendar."""

Found = TypeVar("Found", DueJob, PlacedJob)

_dates = msgspec.json.Decoder(list[date])


def dates_text(dates: Iterable[date]) -> str:
    """Dates as they are stored: a JSON array, in order."""
    return msgspec.json.encode(sorted(dates)).decode()


@lru_cache(maxsize=32)
def dates_of(text: str) -> frozenset[date]:
    """Dates as they were stored. A planner reads the same ones again and again."""
    return frozenset(_dates.decode(text))


def named_by(jobs: Iterable[Job]) -> list[Key]:
    """The calendars that jobs exclude, each once; nearly always none."""
    return sorted({(job.tenant_id, name) for job in jobs for name in job.exclude})


def observing(found: Sequence[Found], held: Mapping[Key, Calendar]) -> list[Found]:
    """Jobs with those calendars that they exclude and that there are."""
    return [
        each
        if not each.job.exclude
        else msgspec.structs.replace(
            each,
            calendars=[
                held[each.job.tenant_id, name] for name in each.job.exclude if (each.job.tenant_id, name) in held
            ],
        )
        for each in found
    ]
