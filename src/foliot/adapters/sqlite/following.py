"""Those that wait for runs which end go on in the same transaction."""

import sqlite3
from collections.abc import Iterable

from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.statements import statement
from foliot.domain.event import Event
from foliot.domain.instant import to_microseconds
from foliot.domain.ripple import Key, Ripple
from foliot.domain.states import RunState
from foliot.ports import Moved


def settle(connection: sqlite3.Connection, ripple: Ripple) -> Moved:
    """Follow a ripple to its end, and write what it says."""
    while parents := ripple.parents():
        links = documents.links(_ask(connection, "links", parents))
        unknown = ripple.unknown(links)
        ripple.go_on(links, documents.followers(_ask(connection, "followers", unknown)) if unknown else [])
    settled = ripple.settled()
    if settled.steps:
        steps = {"rows": rows.as_json([rows.step_row(step) for step in settled.steps])}
        connection.execute(statement("follow"), steps)
    for name, gone in (("rule_out", settled.ruled_out), ("cancel_append", settled.cancelled)):
        if gone:
            asked = {"rows": rows.as_json([(run.tenant_id, run.run_id, to_microseconds(at)) for run, at in gone])}
            connection.execute(statement(name), asked)
            connection.execute(statement("cancel_remove"), asked)
    append_events(connection, settled.events)
    return Moved(
        [step.run for step in settled.steps if step.state is RunState.QUEUED],
        [run.run_id for run, _ in (*settled.ruled_out, *settled.cancelled)],
        any(step.state is RunState.PENDING for step in settled.steps),
    )


def append_events(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Append events, if there are any."""
    if told := [rows.event_row(event) for event in events]:
        connection.execute(statement("insert_events"), {"rows": rows.as_json(told)})


def _ask(connection: sqlite3.Connection, name: str, keys: Iterable[Key]) -> str:
    text: str = connection.execute(statement(name), {"rows": rows.as_json(list(keys))}).fetchone()[0]
    return text
