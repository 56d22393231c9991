"""What happened, told one event a line."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.run import Failure
from foliot.domain.states import EventType
from foliot.transports.cli.layout import Cell, Table, columns
from foliot.transports.cli.tables import STYLES, failure_words
from foliot.transports.cli.times import local, local_fine, span


def timeline(events: Sequence[Event]) -> Table:
    """What happened, oldest first, and how long after the beginning."""
    return Table(
        columns("time", "since", "event", prose="what"),
        [event_cells(event, events[0].at) for event in events],
        "Nothing happened.",
    )


def event_cells(event: Event, beginning: datetime) -> list[Cell]:
    """One event: its time, how long after the beginning, its type, and the words of its data."""
    return [
        Cell(local_fine(event.at), "dim"),
        Cell(f"+{span(max(event.at - beginning, timedelta()))}", "dim"),
        Cell(event.type, _event_style(event.type)),
        Cell(event_words(event.data)),
    ]


def event_words(data: Mapping[str, Any]) -> str:
    """The data of an event in one line, what reads as a sentence first."""
    words = [_ONE_WORD[name](value) for name, value in data.items() if name in _ONE_WORD and value not in ("", None)]
    words += [f"{name}={_value_words(value)}" for name, value in data.items() if name not in _ONE_WORD and value]
    return ", ".join(words)


def _error_words(error: Any) -> str:
    try:
        return failure_words(msgspec.convert(error, Failure))
    except msgspec.ValidationError:
        return str(error)


def _time_words(at: Any) -> str:
    try:
        return local(msgspec.convert(at, datetime))
    except (msgspec.ValidationError, OverflowError):
        return str(at)


def _changed_words(changed: Any) -> str:
    """`queue default → slow, payload`: what an edit changed."""
    if not isinstance(changed, Mapping):
        return f"changed={_value_words(changed)}"
    return "changed " + ", ".join(
        f"{name} {_value_words(change['from'])} → {_value_words(change['to'])}"
        if isinstance(change, Mapping) and {"from", "to"} <= change.keys()
        else str(name)
        for name, change in changed.items()
    )


# A handler's log fields stand beside ours, so no value can be taken for granted.
_ONE_WORD: Final[dict[str, Any]] = {
    "attempt": lambda number: f"attempt {number}",
    "worker": lambda worker: f"on {worker}",
    "fraction": lambda fraction: f"{fraction:.0%}" if isinstance(fraction, int | float) else str(fraction),
    "message": str,
    "cause": str,
    "error": _error_words,
    "by": lambda user: f"by {user}",
    "changed": _changed_words,
    "from": lambda at: f"from {_time_words(at)}",
    "lease": lambda lease: f"lease {lease}",
    "due_at": lambda at: f"due {_time_words(at)}",
    "expires_at": lambda at: f"expires {_time_words(at)}",
    "retry_at": lambda at: f"again {_time_words(at)}",
    "replay_of": lambda run_id: f"replays {run_id}",
    "run_id": lambda run_id: f"as {run_id}",
}


def _value_words(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _event_style(event_type: EventType) -> str:
    match event_type:
        case EventType.RUN_LEASE_LOST | EventType.RUN_RETRY_SCHEDULED | EventType.RUN_DEFERRED:
            return "yellow"
        case EventType.RUN_LOGGED | EventType.RUN_PROGRESSED:
            return ""
        case _:
            return STYLES.get(event_type.partition(".")[2], "")
