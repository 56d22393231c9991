"""What the end of runs means for those that wait for them: a ripple through chains and graphs of jobs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.ids import derived_id
from foliot.domain.parents import Join, WaitFor
from foliot.domain.run import Queued
from foliot.domain.states import EventType, RunState

_NOT_STARTED: Final = (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED)
_EVENT_RANK: Final = 1


class Link(msgspec.Struct, frozen=True):
    """That a run waits for another, or a job for another where both run once.

    `parent_job_id` names the job of the parent where it comes after a recurring one, or is one.
    """

    tenant_id: str
    parent_id: str
    child_id: str
    wait_for: WaitFor
    join: Join
    parent_job_id: str | None = None


class Waiter(msgspec.Struct, frozen=True):
    """A live run that has parents. `waits_for` counts those that are not over yet."""

    run: Queued
    job_id: str
    state: RunState
    due_at: datetime
    waits_for: int
    has_children: bool


class End(msgspec.Struct, frozen=True):
    """How and when a run ended."""

    state: RunState
    at: datetime


class Step(msgspec.Struct, frozen=True):
    """Where a blocked run goes on to: it waits for fewer parents, or for its time, or is queued."""

    run: Queued
    state: RunState
    waits_for: int
    due_at: datetime
    queued_at: datetime | None


class Settled(msgspec.Struct, frozen=True):
    """What is to be written of those that waited for runs which ended, with the times at which those did."""

    steps: Sequence[Step]
    ruled_out: Sequence[tuple[Queued, datetime]]
    cancelled: Sequence[tuple[Queued, datetime]]
    events: Sequence[Event]


Key = tuple[str, str]
"""The tenant and the id of a run, which is that of its job if this runs once."""


class Ripple:
    """What the end of runs means for their children, their children's children, and so on.

    A store asks `parents()` whose links it wants; reads those; looks up and locks the children that are `unknown`; and
    tells what it found, until nothing more is wanted. As a run's links are read only when it is locked or gone, nobody
    can link to it unseen.

    Args:
        ended: runs that end now, in the same transaction.
        called_off: runs of which somebody wants no descendant to start any more, each with the event that tells who.
            What waits for a parent to be cancelled, or just finished, is still to come after it.
    """

    def __init__(self, ended: Mapping[Key, End], called_off: Mapping[Key, Event] | None = None) -> None:
        self._ended = dict(ended)
        self._called_off = dict(called_off or {})
        self._unread = list({**self._ended, **self._called_off})
        self._known: dict[Key, Waiter | None] = {}
        self._left: dict[Key, int] = {}
        self._freed: dict[Key, Link] = {}
        self._ruled_out: dict[Key, Link] = {}
        self._cancelled: dict[Key, Event] = {}

    def parents(self) -> list[Key]:
        """The runs whose links are to be read next, in the order of their ids; none when all is known."""
        unread, self._unread = sorted(set(self._unread)), []
        return unread

    def unknown(self, links: Iterable[Link]) -> list[Key]:
        """The children in these links that are to be looked up, in the order of their ids."""
        return sorted({(link.tenant_id, link.child_id) for link in links} - self._known.keys())

    def go_on(self, links: Sequence[Link], found: Iterable[Waiter]) -> None:
        """Take in links, and those of the unknown children that are live."""
        self._known |= dict.fromkeys(self.unknown(links))
        self._known |= {(waiter.run.tenant_id, waiter.run.run_id): waiter for waiter in found}
        for link in links:
            parent, child = (link.tenant_id, link.parent_id), (link.tenant_id, link.child_id)
            if parent in self._called_off and _comes_only_after(link):
                self._call_off(child, self._called_off[parent])
            elif parent in self._ended:
                self._count(child, link, self._ended[parent])

    def _call_off(self, child: Key, event: Event) -> None:
        if child in self._called_off:
            return
        self._called_off[child] = event
        self._unread.append(child)
        waiter = self._known[child]
        if waiter is not None and waiter.state in _NOT_STARTED and child not in self._ruled_out:
            self._freed.pop(child, None)
            self._cancelled[child] = event
            self._ended[child] = End(RunState.CANCELLED, event.at)

    def _count(self, child: Key, link: Link, end: End) -> None:
        waiter = self._known[child]
        if waiter is None or waiter.state is not RunState.BLOCKED or child in self._ended or child in self._freed:
            return
        self._left[child] = left = self._left.get(child, waiter.waits_for) - 1
        if link.wait_for.is_met_by(end.state):
            if link.join is Join.ANY or not left:
                self._freed[child] = link
        elif link.join is Join.ALL or not left:
            self._ruled_out[child] = link
            self._ended[child] = End(RunState.SKIPPED, end.at)
            if waiter.has_children:
                self._unread.append(child)

    def settled(self) -> Settled:
        """What is to be written, each list in the order of the ids."""
        steps, events = [], []
        for child in sorted(self._left):
            waiter = self._known[child]
            if waiter is None or child in self._ended:
                continue
            if child in self._freed:
                link = self._freed[child]
                end = self._ended[link.tenant_id, link.parent_id]
                steps.append(_freed(waiter, end.at))
                events.append(_event(waiter, EventType.RUN_UNBLOCKED, end, link))
            else:
                steps.append(Step(waiter.run, RunState.BLOCKED, self._left[child], waiter.due_at, None))
        ruled_out = []
        for child in sorted(self._ruled_out):
            waiter, link = self._known[child], self._ruled_out[child]
            if waiter is not None:
                end = self._ended[link.tenant_id, link.parent_id]
                ruled_out.append((waiter.run, end.at))
                events.append(_event(waiter, EventType.RUN_RULED_OUT, end, link))
        cancelled = []
        for child in sorted(self._cancelled):
            waiter, asked = self._known[child], self._cancelled[child]
            if waiter is not None:
                cancelled.append((waiter.run, asked.at))
                events.append(
                    msgspec.structs.replace(
                        asked, id=derived_id(waiter.run.run_id, asked.at, _EVENT_RANK), job_id=waiter.job_id,
                        run_id=waiter.run.run_id, data=asked.data | {"ancestor": asked.job_id},
                    )
                )  # fmt: skip
        return Settled(steps, ruled_out, cancelled, events)


def _comes_only_after(link: Link) -> bool:
    """Whether a child can do without nothing that this parent stands for, and not follow a cancelled one."""
    return link.join is Join.ALL and link.wait_for in (WaitFor.SUCCEEDED, WaitFor.FAILED)


def _freed(waiter: Waiter, at: datetime) -> Step:
    """A run that was blocked is due no earlier than it was freed, so that its lateness is told from there."""
    if waiter.due_at > at:
        return Step(waiter.run, RunState.PENDING, 0, waiter.due_at, None)
    return Step(waiter.run, RunState.QUEUED, 0, at, at)


def _event(waiter: Waiter, kind: EventType, end: End, link: Link) -> Event:
    run = waiter.run
    return Event(
        id=derived_id(run.run_id, end.at, _EVENT_RANK), tenant_id=run.tenant_id, job_id=waiter.job_id,
        run_id=run.run_id, type=kind, at=end.at,
        data={"parent": link.parent_id, "state": end.state.value, "wait_for": link.wait_for.value},
    )  # fmt: skip
