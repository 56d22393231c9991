"""Editing jobs: what is asked of a store, and what it answers."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.run import Queued


class Retiming(msgspec.Struct, frozen=True, kw_only=True):
    """Another time for the run of a job that runs once: due at `due_at`, and queued at once if that is not after the
    event. `event` is appended to the run."""

    due_at: datetime
    event: Event


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Make a job otherwise: `seen` is how it was, `job` how it is to be. `event` is appended to it.

    Its payload, schedule, queue, priority, overrides, most attempts, next planned instant (with what was decided about
    it) and count of occurrences become those of `job`, its revision one more. Queue, priority and most attempts are
    then also those of its runs that wait: those that are not over and that no worker has in hand. Where the overrides
    say otherwise when a run expires, those of them expire so that were never started.

    Valid only while its revision, state, next planned instant and count of occurrences are those that were seen. A job
    that runs once must have a run that waits; with a `retiming`, its first run must, and must never have been started.
    """

    seen: Job
    job: Job
    event: Event
    retiming: Retiming | None = None

    @property
    def changes_expiry(self) -> bool:
        """Whether its runs are to expire at other times, or never."""
        was, is_ = self.seen.overrides, self.job.overrides
        return (was.expires_in_seconds, was.expires_at) != (is_.expires_in_seconds, is_.expires_at)


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an edit. Where it was not valid any more, nothing.

    `runs` are the ids of those that waited, `queued` those that are to be handed out anew: they became due, or wait in
    another queue or with another priority.
    """

    is_stored: bool
    runs: Sequence[str] = ()
    queued: Sequence[Queued] = ()


NOT_EDITED = Edited(is_stored=False)
