"""How runs of a type are treated, and what a single job may set otherwise."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from foliot.domain.errors import InvalidExpiry, InvalidPolicy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.time.misfire import Coalesce, MisfirePolicy
from foliot.domain.unique import Unique

LONGEST_TIMEOUT_SECONDS: Final = 7 * 24 * 3600.0
LONGEST_EXPIRY_SECONDS: Final = 10 * 366 * 24 * 3600.0
LONGEST_NAME: Final = 200


class Overlap(StrEnum):
    """What becomes of an occurrence that is due while a run of its job is not over.

    `skip` leaves it out. `allow` runs it beside the other. `queue_one` lets one wait until the others are over, and
    leaves out what comes while one waits. `cancel_running` cancels the others and runs it when they are over.
    """

    SKIP = "skip"
    ALLOW = "allow"
    QUEUE_ONE = "queue_one"
    CANCEL_RUNNING = "cancel_running"


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The defaults of a job type: where its runs queue, how urgent they are, how long and how often they may try.

    `timeout_seconds` bounds one attempt. `misfire` and `overlap` are about jobs that recur: what becomes of occurrences
    that came while nobody planned, and of one that comes while a run of the job is not over. `unique` is about those
    that run once: it holds for submissions that have no `key`, `unique` or `debounce` of their own.
    """

    queue: str = "default"
    priority: Priority = Priority.DEFAULT
    timeout_seconds: float = 300.0
    retry: RetryPolicy = RetryPolicy()
    misfire: MisfirePolicy = Coalesce()
    overlap: Overlap = Overlap.SKIP
    unique: Unique | None = None

    def checked(self) -> "Policy":
        """This policy, if it can be followed.

        Raises:
            InvalidPolicy: naming the member that is out of range.
            InvalidUnique: the same of `unique`.
        """
        check_name(self.queue, "queue")
        check_timeout(self.timeout_seconds)
        self.retry.checked()
        self.misfire.checked()
        if self.unique is not None:
            self.unique.checked()
        return self


class Overrides(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one job sets otherwise than its type, kept with the job; absent members follow the type.

    Its runs expire unless they have started `expires_in_seconds` after they were due, or by `expires_at`.
    """

    timeout_seconds: float | None = None
    retry: RetryPolicy | None = None
    misfire: MisfirePolicy | None = None
    overlap: Overlap | None = None
    expires_in_seconds: float | None = None
    expires_at: datetime | None = None

    def checked(self) -> "Overrides":
        """These overrides, if they can be followed.

        Raises:
            InvalidPolicy: naming the member that is out of range.
        """
        if self.timeout_seconds is not None:
            check_timeout(self.timeout_seconds)
        if self.retry is not None:
            self.retry.checked()
        if self.misfire is not None:
            self.misfire.checked()
        if self.expires_in_seconds is not None:
            check_expiry(self.expires_in_seconds)
        return self


NO_OVERRIDES: Final = Overrides()


def check_timeout(seconds: float) -> None:
    """Refuse a timeout that is not positive or longer than a week.

    Raises:
        InvalidPolicy: with the range.
    """
    if not 0 < seconds <= LONGEST_TIMEOUT_SECONDS:
        raise InvalidPolicy(
            f"timeout_seconds must be above 0 and at most {LONGEST_TIMEOUT_SECONDS:.0f} (a week).", "timeout_seconds"
        )


def check_expiry(seconds: float) -> None:
    """Refuse a time to start in that is not positive or longer than ten years.

    Raises:
        InvalidExpiry: with the range.
    """
    if not 0 < seconds <= LONGEST_EXPIRY_SECONDS:
        raise InvalidExpiry("expires_in_seconds must be above 0 and at most ten years.", "expires_in_seconds")


def check_name(name: str, field: str) -> None:
    """Refuse a name that is blank, too long or unprintable.

    Raises:
        InvalidPolicy: naming the field.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise InvalidPolicy(f"{field} must have 1 to {LONGEST_NAME} printable characters, no blanks around.", field)
