"""Submissions with keys, as they are to be stored together."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from functools import cached_property

import msgspec

from foliot.domain.event import Event
from foliot.domain.ids import instant_of
from foliot.domain.ripple import Key
from foliot.domain.schedule import At
from foliot.domain.states import RunState
from foliot.domain.unique import Until
from foliot.ports import Submission, Submitted

_NOT_STARTED = (RunState.BLOCKED, RunState.PENDING, RunState.QUEUED)


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """Who has a submission key."""

    tenant_id: str
    key: str
    fingerprint: str
    job_id: str
    run_id: str | None


class Keyring:
    """Who has each key of a batch, which jobs are stored, and which are replaced as they are debounced.

    A store claims the keys for the `claimants`, and tells with `know` who has them then; nobody else can change that
    before the transaction ends. It looks up how the `runs` stand, those `waiting` under a lock, and which `jobs` still
    recur, and tells that with `learn`. What it finds then under `taken` and `replaced` is to be written.

    Args:
        keyed: the submissions that have a key, in the order of the batch.
    """

    def __init__(self, keyed: Iterable[Submission]) -> None:
        self._same: dict[Key, list[Submission]] = {}
        for item in keyed:
            self._same.setdefault((item.job.tenant_id, item.key or ""), []).append(item)
        self._holders: dict[Key, Holder] = {}
        self._kept: set[Key] = set()

    @cached_property
    def claimants(self) -> list[Submission]:
        """The first submission with each key, in the order of the keys."""
        return [self._same[key][0] for key in sorted(self._same)]

    def know(self, holders: Iterable[Holder]) -> None:
        """Who has the keys."""
        self._holders = {(holder.tenant_id, holder.key): holder for holder in holders}
        self._kept = {key for key in self._same if self._may_be_kept(key)}

    def _may_be_kept(self, key: Key) -> bool:
        first = self._same[key][0]
        return first.key_until is None and self._holders[key].job_id != first.job.id

    @property
    def runs(self) -> list[Key]:
        """Runs that hold a key for as long as they live, in the order of their ids."""
        return self._in_doubt(debounced=False)

    @property
    def waiting(self) -> list[Key]:
        """Runs that hold a key for as long as they wait for their time, in the order of their ids."""
        return self._in_doubt(debounced=True)

    @property
    def jobs(self) -> list[Key]:
        """Jobs that hold a key for as long as they recur."""
        return sorted((tenant_id, holder.job_id) for (tenant_id, _), holder in self._others() if holder.run_id is None)

    def _in_doubt(self, *, debounced: bool) -> list[Key]:
        found = [
            (key[0], holder.run_id)
            for key, holder in self._others()
            if holder.run_id is not None and (self._same[key][0].debounced is not None) is debounced
        ]
        return sorted(found, key=lambda run: run[1])

    def _others(self) -> list[tuple[Key, Holder]]:
        """The keys that are held only for as long as the job of another lives."""
        return [
            (key, self._holders[key])
            for key, (first, *_) in self._same.items()
            if first.key_until is not None and self._holders[key].job_id != first.job.id
        ]

    def learn(self, states: Mapping[Key, RunState], recurring: Set[Key]) -> None:
        """How those of the runs stand that are not over, and which of the jobs recur."""
        for key, holder in self._others():
            first = self._same[key][0]
            state = None if holder.run_id is None else states.get((key[0], holder.run_id))
            if first.debounced is not None:
                is_kept = state is RunState.PENDING
            elif first.key_until is Until.STARTED:
                is_kept = state in _NOT_STARTED
            else:
                is_kept = state is not None or (holder.run_id is None and (key[0], holder.job_id) in recurring)
            if is_kept:
                self._kept.add(key)

    @property
    def taken(self) -> list[Submission]:
        """The submissions that take their key from one that holds it no longer, in the order of the keys."""
        return [self._same[key][0] for key in sorted(key for key, _ in self._others()) if key not in self._kept]

    @cached_property
    def replaced(self) -> list[Submission]:
        """What debounced jobs that are stored become, under their own ids, in the order of these."""
        found = [
            _renewed(self._same[key][-1], self._holders[key].job_id, self._first_at(key))
            for key in self._kept
            if self._same[key][0].debounced is not None
        ]
        return sorted(found, key=lambda item: item.job.id)

    @property
    def events(self) -> list[Event]:
        """What is to be told of debounced jobs, in the order of the batch."""
        return [
            msgspec.structs.replace(
                item.debounced.event,
                job_id=self._job_of(key).job_id,
                data=item.debounced.event.data | {"due_at": _due_at(item, self._first_at(key))},
            )
            for key, items in self._same.items()
            for item in items[0 if key in self._kept else 1 :]
            if item.debounced is not None
        ]

    def answer(self, item: Submission) -> Submitted | None:
        """The answer to a submission that got the job of another; None if it is to be stored."""
        key = (item.job.tenant_id, item.key or "")
        if key not in self._kept and item is self._same[key][0]:
            return None
        known = self._job_of(key)
        return msgspec.structs.replace(known, updated=item.debounced is not None)

    def stored(self, item: Submission) -> Submission:
        """A submission as it is to be stored: where it is debounced, as the last one with its key has it."""
        last = self._same[item.job.tenant_id, item.key or ""][-1]
        return item if last is item or item.debounced is None else _renewed(last, item.job.id, item.job.created_at)

    def _first_at(self, key: Key) -> datetime:
        """When the job that has a key was first submitted."""
        return instant_of(self._holders[key].job_id) if key in self._kept else self._same[key][0].job.created_at

    def _job_of(self, key: Key) -> Submitted:
        if key in self._kept:
            holder = self._holders[key]
            return Submitted(holder.job_id, holder.run_id, False, holder.fingerprint)
        first = self._same[key][0]
        return Submitted(first.job.id, None if first.run is None else first.run.id, False, first.fingerprint)


def _renewed(latest: Submission, job_id: str, first_at: datetime) -> Submission:
    """The latest submission of a debounced job, as that job, which was first submitted at that time."""
    due_at = _due_at(latest, first_at)
    if latest.run is None or due_at is None:
        return latest
    job = msgspec.structs.replace(latest.job, id=job_id, created_at=first_at, schedule=At(due_at))
    run = msgspec.structs.replace(latest.run, id=job_id, job_id=job_id, created_at=first_at, due_at=due_at)
    return msgspec.structs.replace(latest, job=job, run=run)


def _due_at(item: Submission, first_at: datetime) -> datetime | None:
    return None if item.debounced is None else item.debounced.debounce.due_at(first_at, item.job.created_at)
