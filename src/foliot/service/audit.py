"""Events that tell who asked for something."""

from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.ids import IdSequence
from foliot.domain.states import EventType
from foliot.ports import Clock


class Audit:
    """Makes the events that a request leaves behind."""

    def __init__(self, ids: IdSequence, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock

    def asked(self, identity: Identity, event_type: EventType, job_id: str, run_id: str | None = None) -> Event:
        """`identity` asked for this now."""
        now = self._clock.now()
        return Event(
            id=self._ids.take(now, 1)[0],
            tenant_id=identity.tenant_id,
            job_id=job_id,
            run_id=run_id,
            type=event_type,
            at=now,
            data={"by": identity.user_id},
        )
