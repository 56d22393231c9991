"""Why an occurrence of a recurring job is as it is, in a word or two."""

from datetime import datetime, timedelta
from typing import Final

from foliot.domain.run import Run
from foliot.domain.schedule import Fate
from foliot.domain.states import RunState

PLANNED: Final = "planned"
_ON_TIME: Final = timedelta(seconds=1)
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def reason(fate: Fate, run: Run | None, due_at: datetime) -> str:
    """What became of an occurrence that has come.

    `ran`, `late 41 s` where it started more than a second after `due_at`, `waiting` where it has not started,
    `backfilled`, `merged: coalesce`, `skipped: misfire`, `skipped: overlap`, `skipped: calendar`, `cancelled`,
    `expired`.
    """
    if fate == "merged":
        return "merged: coalesce"
    if run is None:
        return "skipped: misfire"
    if run.state is RunState.SKIPPED:
        return f"skipped: {run.cause}"
    if run.started_at is None:
        return run.state.value if run.state.is_over else "waiting"
    if fate == "backfilled":
        return fate
    # After a retry the run tells of the latest start; then what is known is when it was planned.
    late = (run.started_at if run.attempt <= 1 else run.created_at) - due_at
    return f"late {_rough(late)}" if late > _ON_TIME else "ran"


def _rough(length: timedelta) -> str:
    """A length of time in its largest unit: `41 s`, `3 d`."""
    seconds = round(length.total_seconds())
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{seconds // size} {unit}"
