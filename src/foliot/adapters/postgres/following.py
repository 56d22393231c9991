"""Those that wait for runs which end go on in the same transaction."""

from collections.abc import Sequence

from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.session import Session
from foliot.domain.event import Event
from foliot.domain.ripple import Ripple
from foliot.domain.states import RunState
from foliot.ports import Moved


async def settle(session: Session, ripple: Ripple) -> Moved:
    """Follow a ripple to its end, and write what it says. The runs that end are gone by now, or locked."""
    while parents := ripple.parents():
        links = [records.link(row) for row in await session.fetch("links", *rows.keys(parents))]
        unknown = ripple.unknown(links)
        found = await session.fetch("followers", *rows.keys(unknown)) if unknown else []
        ripple.go_on(links, map(records.follower, found))
    settled = ripple.settled()
    if settled.steps:
        await session.execute("follow", *rows.steps(settled.steps))
    for name, gone in (("rule_out", settled.ruled_out), ("cancel_waiting", settled.cancelled)):
        if gone:
            keys = rows.keys([(run.tenant_id, run.run_id) for run, _ in gone])
            await session.execute(name, *keys, [at for _, at in gone])
    await append_events(session, settled.events)
    return Moved(
        [step.run for step in settled.steps if step.state is RunState.QUEUED],
        [run.run_id for run, _ in (*settled.ruled_out, *settled.cancelled)],
        any(step.state is RunState.PENDING for step in settled.steps),
    )


async def append_events(session: Session, events: Sequence[Event]) -> None:
    """Append events, if there are any."""
    if events:
        await session.execute("insert_events", *rows.events(events))
