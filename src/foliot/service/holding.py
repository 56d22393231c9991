"""What workers outside say of the runs that they have in hand: that they go on, how far they are, and how they ended.

A run in hand is named by its id and its lease, the fencing token. Whoever says something of a lease that is not held
any more hears that it is lost, and nothing is written. What all workers say at the same time is written together.
"""

import contextlib
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

import msgspec
import structlog

from foliot.domain.ending import (
    LONGEST_MESSAGE,
    LONGEST_TRACE,
    Raised,
    Tried,
    cancelled,
    failed,
    handed_back,
    plain,
    storable,
    succeeded,
    timed_out,
)
from foliot.domain.errors import FoliotError, InvalidRequest, LeaseLost, PayloadTooLarge, Unavailable
from foliot.domain.identity import Identity, Role
from foliot.domain.policy import Policy
from foliot.domain.retry import Verdict
from foliot.domain.run import LARGEST_RESULT_BYTES, Cause, Failure, Note, Outcome, Queued
from foliot.domain.states import RunState
from foliot.ports import Broker, Clock, Finished, Held, InHand, Meter, Moved, RunRef, Store, Topic, Wakeup
from foliot.service.catalogue import Catalogue
from foliot.service.group_commit import GroupCommit

_LOG: Final = structlog.get_logger(__name__)

LARGEST_REPORT: Final = 1_000
"""The most runs, notes or endings in one call."""

STOP_GRACE: Final = timedelta(seconds=30)
"""How long after its timeout, or after it was asked to stop, an attempt may still be renewed."""

_LARGEST_WRITE: Final = 2_000
_LONGEST_PAUSE_SECONDS: Final = 60.0
_LARGEST_LEASE_NUMBER: Final = 2**31 - 1
_MOST_FIELDS: Final = 50
_LONGEST_NAME: Final = 100


class Hold(msgspec.Struct, frozen=True):
    """A run that a worker believes to have in hand, and its lease."""

    run_id: str
    lease: int


class LeaseState(StrEnum):
    """How a lease stands."""

    HELD = "held"
    CANCELLING = "cancelling"
    LOST = "lost"


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """Progress, where there is a fraction from 0 to 1; else a line for the log of the run, with some values."""

    run_id: str
    lease: int
    message: str = ""
    fraction: float | None = None
    fields: Mapping[str, Any] | None = None


class End(StrEnum):
    """How an attempt ended, as its worker says it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    HANDED_BACK = "handed_back"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an attempt. `result` is JSON, of one that succeeded; `failure` is of one that did not.

    Whether a failed one is tried again follows the job's policy, unless it is `permanent`, and when, unless it says
    `retry_after_seconds`.
    """

    run_id: str
    lease: int
    end: End
    result: bytes = b"null"
    failure: Failure | None = None
    permanent: bool = False
    retry_after_seconds: float | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has become by the end of an attempt, and when it is tried again if it is `retrying`."""

    run_id: str
    lease: int
    state: RunState
    retry_at: datetime | None = None


class _Last(msgspec.Struct, frozen=True):
    """An outcome to be written, and the run that it ends."""

    outcome: Outcome
    run: InHand


class Holding:
    """The use cases around runs in the hands of workers outside."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        catalogue: Catalogue,
        clock: Clock,
        wakeup: Wakeup,
        meter: Meter,
        lease: timedelta,
        random: Random,
    ) -> None:
        self._store = store
        self._broker = broker
        self._catalogue = catalogue
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._lease = lease
        self._random = random
        self._looks: GroupCommit[Held, InHand | None] = GroupCommit(self._look, _LARGEST_WRITE)
        self._beats: GroupCommit[Held, bool] = GroupCommit(self._beat, _LARGEST_WRITE)
        self._notes: GroupCommit[Note, None] = GroupCommit(self._note, _LARGEST_WRITE)
        self._endings: GroupCommit[_Last, bool] = GroupCommit(self._end, _LARGEST_WRITE)

    @property
    def lease(self) -> timedelta:
        """How long a lease lasts unless it is renewed."""
        return self._lease

    async def renew(self, identity: Identity, holds: Sequence[Hold]) -> list[LeaseState]:
        """Renew leases, and hear how each stands: whether it is lost, or its run is to be cancelled.

        An attempt that goes on long after its timeout, or after it was asked to stop, is ended here, and lost.

        Raises:
            InvalidRequest: there are too many.
        """
        identity.require(Role.OPERATOR)
        found = await self._in_hand(identity, holds, "runs")
        now = self._clock.now()
        overdue = [last for run in found.values() if (last := await self._overdue(run, now)) is not None]
        if overdue:
            _LOG.warning("attempts outside went on too long", runs=[last.run.run_id for last in overdue[:10]])
            await self._endings.ask(overdue)
            for last in overdue:
                del found[last.run.run_id, last.run.lease]
        kept = [_held(run) for run in found.values()]
        still = dict(zip(kept, await self._beats.ask(kept), strict=True)) if kept else {}
        return [self._standing(found.get((hold.run_id, hold.lease)), still) for hold in holds]

    async def cancelling(
        self, identity: Identity, in_hand: Callable[[], Sequence[Hold]]
    ) -> AsyncGenerator[Sequence[Hold], None]:
        """Those of the runs in hand that are to be cancelled, each once, as soon as anybody hears of it; what nobody
        hears of, the heartbeat tells."""
        identity.require(Role.OPERATOR)
        ear = self._wakeup.subscribe(Topic.CANCELLING)
        told: set[Hold] = set()
        try:
            while True:
                await ear.wait(_LONGEST_PAUSE_SECONDS)
                told.intersection_update(holds := in_hand())
                untold = [hold for hold in holds if hold not in told][:LARGEST_REPORT]
                found: Mapping[tuple[str, int], InHand] = {}
                with contextlib.suppress(Unavailable):
                    found = await self._in_hand(identity, untold, "runs")
                wanted = [Hold(*key) for key, run in found.items() if run.cancel_requested_at is not None]
                told.update(wanted)
                if wanted:
                    yield wanted
        finally:
            ear.close()

    async def say(self, identity: Identity, sayings: Sequence[Saying]) -> list[LeaseState]:
        """Tell of progress and leave lines on the runs' event logs; how each lease stands. What is lost says nothing.

        Raises:
            InvalidRequest: there are too many, or one cannot be kept; then none is.
        """
        identity.require(Role.OPERATOR)
        now = self._clock.now()
        notes = [_note(identity.tenant_id, saying, now) for saying in sayings]
        found = await self._in_hand(identity, [Hold(saying.run_id, saying.lease) for saying in sayings], "notes")
        kept = [note for note in notes if (note.run_id, note.lease) in found]
        if kept:
            await self._notes.ask(kept)
        return [self._standing(found.get((note.run_id, note.lease)), None) for note in notes]

    async def finish(self, identity: Identity, endings: Sequence[Ending]) -> list[Ended | FoliotError]:
        """End attempts. Of each what its run has become; or why it was not written: its lease is lost, or the ending
        cannot be kept. Each is judged by itself.

        To say the same again is harmless: where the run ended so under this very lease, that is the answer.

        Raises:
            InvalidRequest: there are too many, or one comes twice.
            Unavailable: none is written; say it again.
        """
        identity.require(Role.OPERATOR)
        holds = [Hold(ending.run_id, ending.lease) for ending in endings]
        if len(set(holds)) < len(holds):
            raise InvalidRequest("End each attempt once.", "endings")
        found = await self._in_hand(identity, holds, "endings")
        lasts: dict[Hold, _Last] = {}
        answers: dict[Hold, Ended | FoliotError] = {}
        for hold, ending in zip(holds, endings, strict=True):
            try:
                _check(ending)
                if (run := found.get((hold.run_id, hold.lease))) is not None:
                    lasts[hold] = _Last(await self._outcome(run, ending), run)
            except FoliotError as error:
                answers[hold] = error
        if lasts:
            for (hold, last), was_held in zip(lasts.items(), await self._endings.ask([*lasts.values()]), strict=True):
                if was_held:
                    answers[hold] = _ended(last)
        repeated = [ending for hold, ending in zip(holds, endings, strict=True) if hold not in answers]
        answers |= await self._said_before(identity, repeated) if repeated else {}
        return [answers.get(hold) or _lost() for hold in holds]

    async def hand_back(self, claimed: Sequence[Tried]) -> None:
        """Queue runs again that reached no worker, as if they had not been tried."""
        if claimed:
            found = await self._looks.ask([Held(each.run_id, each.tenant_id, each.lease) for each in claimed])
            now = self._clock.now()
            await self._endings.ask([_Last(handed_back(run, now), run) for run in found if run is not None])

    # -- looking

    async def _in_hand(self, identity: Identity, holds: Sequence[Hold], field: str) -> dict[tuple[str, int], InHand]:
        if len(holds) > LARGEST_REPORT:
            raise InvalidRequest(f"Say at most {LARGEST_REPORT:,} at once.", field)
        asked = [
            Held(hold.run_id, identity.tenant_id, hold.lease)
            for hold in dict.fromkeys(holds)
            if 0 < hold.lease <= _LARGEST_LEASE_NUMBER
        ]
        found = await self._looks.ask(asked) if asked else []
        return {(run.run_id, run.lease): run for run in found if run is not None}

    async def _look(self, held: Sequence[Held]) -> list[InHand | None]:
        found = {_held(run): run for run in await self._store.in_hand(list(dict.fromkeys(held)))}
        return [found.get(each) for each in held]

    def _standing(self, run: InHand | None, still: Mapping[Held, bool] | None) -> LeaseState:
        if run is None or (still is not None and not still.get(_held(run), False)):
            return LeaseState.LOST
        return LeaseState.HELD if run.cancel_requested_at is None else LeaseState.CANCELLING

    async def _said_before(self, identity: Identity, endings: Sequence[Ending]) -> dict[Hold, Ended | FoliotError]:
        """Those of which the run is over as they say, under their own lease: the answer to the first try was lost."""
        ended = await self._store.ended([RunRef(identity.tenant_id, ending.run_id) for ending in endings])
        said = {Hold(ending.run_id, ending.lease): ending.end for ending in endings}
        return {
            Hold(run.id, run.lease): Ended(run_id=run.id, lease=run.lease, state=run.state)
            for run in ended
            if run.cause in _SAID_BY.get(said.get(Hold(run.id, run.lease)), ())
        }

    # -- ending

    async def _policy(self, run: InHand) -> Policy:
        job_type = await self._catalogue.sought(run.tenant_id, run.type)
        return Policy() if job_type is None else job_type.policy

    async def _outcome(self, run: InHand, ending: Ending) -> Outcome:
        now = self._clock.now()
        match ending.end:
            case End.SUCCEEDED:
                return succeeded(run, ending.result, now)
            case End.CANCELLED:
                return cancelled(run, now, ending.failure)
            case End.HANDED_BACK:
                return handed_back(run, now)
            case End.TIMED_OUT:
                return await self._timed_out(run, now)
            case End.FAILED:
                policy = run.overrides.retry or (await self._policy(run)).retry
                return failed(run, _raised(ending), policy, now, self._random.random())

    async def _timed_out(self, run: InHand, now: datetime) -> Outcome:
        policy = await self._policy(run)
        seconds = run.overrides.timeout_seconds or policy.timeout_seconds
        return failed(run, timed_out(seconds), run.overrides.retry or policy.retry, now, self._random.random())

    async def _overdue(self, run: InHand, now: datetime) -> _Last | None:
        """How an attempt ends whose worker does not end it."""
        if run.cancel_requested_at is not None and now - run.cancel_requested_at > STOP_GRACE:
            return _Last(cancelled(run, now), run)
        if now - run.started_at <= STOP_GRACE:
            return None
        seconds = run.overrides.timeout_seconds or (await self._policy(run)).timeout_seconds
        if now - run.started_at - timedelta(seconds=seconds) > STOP_GRACE:
            return _Last(await self._timed_out(run, now), run)
        return None

    # -- writing

    async def _beat(self, held: Sequence[Held]) -> list[bool]:
        pulse = await self._store.pulse(list(dict.fromkeys(held)), self._clock.now() + self._lease)
        return [each.run_id not in pulse.lost for each in held]

    async def _note(self, notes: Sequence[Note]) -> list[None]:
        await self._store.note(notes)
        self._wakeup.notify(Topic.CHANGED, list({note.run_id for note in notes}))
        return [None] * len(notes)

    async def _end(self, batch: Sequence[_Last]) -> list[bool]:
        """Whether the lease of each was held; it is ended then. Of those that end one attempt the first counts."""
        first = {last.outcome.run_id: last for last in reversed(batch)}
        finished = await self._finish([last.outcome for last in first.values()])
        kept = [last for last in first.values() if last.outcome.run_id not in finished.lost]
        await self._tell(kept, finished.moved)
        return [first[last.outcome.run_id] is last and last.outcome.run_id not in finished.lost for last in batch]

    async def _finish(self, outcomes: Sequence[Outcome]) -> Finished:
        try:
            return await self._store.finish(outcomes)
        except Unavailable:
            raise
        except Exception as error:
            if len(outcomes) == 1:
                # Its lease will run out, and the run be tried again; the others must not wait for it.
                _LOG.error("an outcome cannot be stored", run_id=outcomes[0].run_id, exc_info=error)
                return Finished(frozenset({outcomes[0].run_id}))
        one_by_one = [await self._finish([outcome]) for outcome in outcomes]
        lost = frozenset().union(*(finished.lost for finished in one_by_one))
        return Finished(lost, Moved.all(finished.moved for finished in one_by_one))

    async def _tell(self, ended: Sequence[_Last], moved: Moved) -> None:
        """Let all know of it that wait to hear of it."""
        for last in ended:
            seconds = (last.outcome.at - last.run.started_at).total_seconds()
            self._meter.ended(last.run.type, last.outcome.state, last.outcome.cause, [max(0.0, seconds)])
        self._wakeup.notify(Topic.CHANGED, [last.outcome.run_id for last in ended])
        if any(last.outcome.state is RunState.RETRYING for last in ended):
            self._wakeup.notify(Topic.SCHEDULED)
        await self._broker.publish(_queued(ended, RunState.QUEUED))
        await moved.tell(self._broker, self._wakeup)
        await self._broker.bury(_queued(ended, RunState.FAILED))


_SAID_BY: Final[Mapping[End | None, tuple[Cause, ...]]] = {
    End.SUCCEEDED: (Cause.RETURNED,),
    End.FAILED: (Cause.RAISED,),
    End.TIMED_OUT: (Cause.TIMED_OUT,),
    End.CANCELLED: (Cause.CANCELLED,),
}


def _held(run: InHand) -> Held:
    return Held(run.run_id, run.tenant_id, run.lease)


def _queued(ended: Iterable[_Last], state: RunState) -> list[Queued]:
    return [
        Queued(last.run.run_id, last.run.tenant_id, last.run.type, last.run.queue, last.run.priority, True)
        for last in ended
        if last.outcome.state is state
    ]


def _lost() -> LeaseLost:
    return LeaseLost("This lease is not held any more; another has the run, or it is over. Drop what you have of it.")


def _ended(last: _Last) -> Ended:
    outcome = last.outcome
    state, retry_at = outcome.state, outcome.due_at
    if last.run.cancel_requested_at is not None and not state.is_over:  # the store ends what was wanted cancelled
        state, retry_at = RunState.CANCELLED, None
    return Ended(run_id=outcome.run_id, lease=outcome.lease, state=state, retry_at=retry_at)


def _check(ending: Ending) -> None:
    if len(ending.result) > LARGEST_RESULT_BYTES:
        raise PayloadTooLarge(
            f"The result has {len(ending.result):,} bytes, {LARGEST_RESULT_BYTES:,} are kept; return a reference.",
            "result",
        )
    try:
        msgspec.json.decode(ending.result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The result is not JSON: {error}.", "result") from None
    after = ending.retry_after_seconds
    if after is not None and not (math.isfinite(after) and after >= 0):
        raise InvalidRequest("retry_after_seconds must be 0 or more.", "retry_after_seconds")


def _raised(ending: Ending) -> Raised:
    """What failed, in the terms of the policy: its rules are tried on the type of the error."""
    told = ending.failure or Failure("", "The worker did not say why.")
    failure = Failure(
        code=storable(told.code, _LONGEST_NAME) or "handler_error",
        message=storable(told.message, LONGEST_MESSAGE),
        type=storable(told.type, _LONGEST_NAME),
        trace=storable(told.trace[-LONGEST_TRACE:], LONGEST_TRACE),
    )
    verdict = Verdict.PERMANENT if ending.permanent else None
    if verdict is None and ending.retry_after_seconds is not None:
        verdict = Verdict.RETRYABLE
    return Raised(failure, (failure.type,) if failure.type else (), verdict, ending.retry_after_seconds)


def _note(tenant_id: str, saying: Saying, at: datetime) -> Note:
    if saying.fraction is not None and not 0 <= saying.fraction <= 1:
        raise InvalidRequest(f"Progress goes from 0 to 1, not to {saying.fraction}.", "fraction")
    if saying.fields is not None and len(saying.fields) > _MOST_FIELDS:
        raise InvalidRequest(f"A line has at most {_MOST_FIELDS} fields.", "fields")
    fields = None
    if saying.fields is not None:
        fields = {storable(name, _LONGEST_NAME): plain(value) for name, value in saying.fields.items()}
    message = storable(saying.message, LONGEST_MESSAGE)
    return Note(saying.run_id, tenant_id, saying.lease, at, message, saying.fraction, fields)
