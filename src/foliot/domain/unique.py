"""Which submissions ask for the same job, and for how long."""

import json
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import msgspec

from foliot.domain.errors import InvalidRequest, InvalidUnique
from foliot.domain.instant import EPOCH

LONGEST_KEY: Final = 255
LONGEST_MEMORY_SECONDS: Final = 10 * 366 * 24 * 3600.0
_DERIVED: Final = "\x1f"
"""What keys begin with that nobody can have given: those are printable."""


class By(StrEnum):
    """What two submissions must have in common to ask for the same."""

    TYPE = "type"
    ARGS = "args"
    QUEUE = "queue"


class Until(StrEnum):
    """How long a job is the only one of its kind: until its run has started, or until it has ended."""

    STARTED = "started"
    ENDED = "ended"


class Window(StrEnum):
    """Where a period begins: with the first submission, or on the clock, as each full hour does."""

    ROLLING = "rolling"
    FIXED = "fixed"


class Unique(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of submissions of a tenant that have in common what `by` says, the first gets a job, and the others get that.

    By `args` the whole payload counts, as it was sent, or only the members of it that are named in `args`. It is so
    until the run has ended, or has `started`; with a period for at most so long, and if `until` is left out then, also
    beyond the end of the run. Submissions with another `Unique` are never the same.
    """

    by: tuple[By, ...] = (By.TYPE, By.ARGS)
    args: tuple[str, ...] = ()
    until: Until | None = None
    period_seconds: float | None = None
    window: Window = Window.ROLLING

    def checked(self) -> "Unique":
        """This, if it makes sense.

        Raises:
            InvalidUnique: naming what to change.
        """
        if not self.by or len(set(self.by)) < len(self.by):
            raise InvalidUnique("by names at least one of type, args and queue, each once.", "unique.by")
        if self.args and By.ARGS not in self.by:
            raise InvalidUnique("args names members of the payload, so by must have args in it.", "unique.args")
        if self.period_seconds is None:
            if self.window is Window.FIXED:
                raise InvalidUnique("A fixed window needs its period_seconds.", "unique.period_seconds")
        elif not 0.001 <= self.period_seconds <= LONGEST_MEMORY_SECONDS:
            raise InvalidUnique(
                "period_seconds must be from 0.001 to ten years; leave it out for as long as the job lives.",
                "unique.period_seconds",
            )
        return self

    @property
    def lasts_until(self) -> Until | None:
        """What frees the key before its period is over, if anything does."""
        return Until.ENDED if self.until is None and self.period_seconds is None else self.until

    def expires_at(self, now: datetime) -> datetime | None:
        """When it is over in any case, for a first submission now; None if it has no period."""
        if self.period_seconds is None:
            return None
        period = timedelta(seconds=self.period_seconds)
        return now + period if self.window is Window.ROLLING else EPOCH + ((now - EPOCH) // period + 1) * period

    def key(self, job_type: str, queue: str, payload: bytes, now: datetime) -> str:
        """The submission key that all have who ask for the same.

        Raises:
            InvalidUnique: the payload has no members, and some are named.
        """
        common: dict[str, Any] = {"unique": msgspec.to_builtins(self)}
        if By.TYPE in self.by:
            common["type"] = job_type
        if By.QUEUE in self.by:
            common["queue"] = queue
        if By.ARGS in self.by:
            common["args"] = _told_alike(payload, self.args)
        if self.window is Window.FIXED:
            common["until"] = str(self.expires_at(now))
        return _derived(common)


def debounce_key(job_type: str, key: str) -> str:
    """The submission key of what is debounced under that key: apart from those of other jobs, and of other types."""
    return _derived({"debounce": key, "type": job_type})


def check_key(key: str, field: str) -> str:
    """The key, if it can be one.

    Raises:
        InvalidRequest: it is empty, too long or unprintable.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(f"A submission key has 1 to {LONGEST_KEY} printable characters.", field)
    return key


def check_memory(seconds: float) -> None:
    """Refuse to remember a key for no time, or for longer than ten years.

    Raises:
        InvalidUnique: with the range.
    """
    if not 0 < seconds <= LONGEST_MEMORY_SECONDS:
        raise InvalidUnique("key_expires_in_seconds must be above 0 and at most ten years.", "key_expires_in_seconds")


def _derived(common: dict[str, Any]) -> str:
    return _DERIVED + sha256(json.dumps(common, sort_keys=True).encode()).hexdigest()


def _told_alike(payload: bytes, members: tuple[str, ...]) -> Any:
    """The payload, or these of its members, such that the order of members and the layout make no difference."""
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):  # it is JSON, but of a depth or size that Python leaves alone
        told = sha256(payload).hexdigest()
    if not members:
        return told
    if not isinstance(told, dict):
        raise InvalidUnique("The payload has no members to be unique by; leave unique.args out.", "unique.args")
    return {name: told[name] for name in members if name in told}
