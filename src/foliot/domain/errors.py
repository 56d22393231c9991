"""Every error that a caller can get, in one tree, each with a stable code. Transports map the branches once."""

from typing import ClassVar


class FoliotError(Exception):
    """The root. `message` says what is wrong and what to change; `field` names the input at fault, if one is."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


# -- the request is wrong: sending it again unchanged cannot help


class InvalidRequest(FoliotError):
    """Something in the request has to change."""

    code = "invalid_request"


class InvalidPayload(InvalidRequest):
    """The payload is not JSON, or does not fit the arguments of its job type."""

    code = "invalid_payload"


class PayloadTooLarge(InvalidRequest):
    """The payload, or the whole request, is over the size limit."""

    code = "payload_too_large"


class UnknownJobType(InvalidRequest):
    """No worker has ever registered a handler for this type."""

    code = "unknown_job_type"


class InvalidSchedule(InvalidRequest):
    """The schedule cannot be followed."""

    code = "invalid_schedule"


class InvalidTime(InvalidRequest):
    """An instant is missing its offset, or is absurd."""

    code = "invalid_time"


class InvalidTimezone(InvalidRequest):
    """No such zone in the IANA timezone database."""

    code = "invalid_timezone"


class InvalidCalendar(InvalidRequest):
    """An exclusion calendar that cannot be read."""

    code = "invalid_calendar"


class UnknownCalendar(InvalidRequest):
    """A schedule excludes a calendar that this tenant does not have."""

    code = "unknown_calendar"


class InvalidPolicy(InvalidRequest):
    """A timeout, an attempt limit or a retry policy is out of range."""

    code = "invalid_policy"


class InvalidSchema(InvalidRequest):
    """The JSON Schema of a job type is none, or says what cannot be checked here."""

    code = "invalid_schema"


class InvalidExpiry(InvalidRequest):
    """A job cannot expire then, or not in this way."""

    code = "invalid_expiry"


class InvalidUnique(InvalidRequest):
    """A submission key, or what a job is to be unique by, cannot be used."""

    code = "invalid_unique"


class InvalidDebounce(InvalidRequest):
    """A job cannot be debounced, or not in this way."""

    code = "invalid_debounce"


class InvalidParents(InvalidRequest):
    """A job cannot wait for these parents, or not in this way."""

    code = "invalid_parents"


class UnknownParent(InvalidParents):
    """A job that is to be waited for does not exist in this tenant."""

    code = "unknown_parent"


class CyclicGraph(InvalidParents):
    """Jobs wait for one another in a circle."""

    code = "cyclic_graph"


class InvalidCursor(InvalidRequest):
    """A page cursor was not made by this listing."""

    code = "invalid_cursor"


class InvalidSettings(InvalidRequest):
    """An environment variable or option has a value that cannot be used."""

    code = "invalid_settings"


# -- the caller may not


class Unauthenticated(FoliotError):
    """No key, or one that is unknown or revoked."""

    code = "unauthenticated"


class Forbidden(FoliotError):
    """The role of this identity does not allow it."""

    code = "forbidden"


# -- the state of things does not allow it


class NotFound(FoliotError):
    """No such thing in this tenant. Another tenant's id is not found either."""

    code = "not_found"


class Conflict(FoliotError):
    """What was asked does not fit the present state."""

    code = "conflict"


class IllegalTransition(Conflict):
    """The run is in a state from which this cannot happen (see `domain/states.py`)."""

    code = "illegal_transition"


class LeaseLost(Conflict):
    """Another has the run by now, or it is over: what this attempt would store must not be stored."""

    code = "lease_lost"


class ParentEnded(Conflict):
    """A parent has ended in a way that its child does not wait for: the child could never run."""

    code = "parent_ended"


class RevisionConflict(Conflict):
    """Somebody has changed the job since the caller looked at it. `revision` is its present one."""

    code = "precondition_failed"

    def __init__(self, message: str, revision: int | None = None) -> None:
        super().__init__(message)
        self.revision = revision


class KeyConflict(Conflict):
    """A submission key was used before with another job."""

    code = "submission_key_conflict"


# -- not now: the same request may succeed later


class Unavailable(FoliotError):
    """The store cannot take the request now: locked, full, read-only or away. Nothing was stored."""

    code = "unavailable"
    retry_after_seconds: ClassVar[int] = 1


# -- what waiting for a result can end in


class RunError(FoliotError):
    """The run whose result was asked for has none."""

    code = "run_error"


class RunFailed(RunError):
    """The run failed for good; the message is that of its last attempt."""

    code = "run_failed"


class RunCancelled(RunError):
    """The run was cancelled, skipped or expired before it could succeed."""

    code = "run_cancelled"


class ResultTimeout(FoliotError):
    """The run has not ended within the time that the caller was ready to wait. It goes on."""

    code = "result_timeout"


# -- what a handler may raise to say how its attempt ends


class PermanentError(FoliotError):
    """Raised by a handler: retrying is useless, the run fails now."""

    code = "permanent_error"


class RetryLater(FoliotError):
    """Raised by a handler: try again, after `after_seconds` instead of what the policy says."""

    code = "retry_later"

    def __init__(self, message: str = "The handler asked to be tried again.", *, after_seconds: float) -> None:
        super().__init__(message)
        self.after_seconds = float(after_seconds)


class CancelRun(FoliotError):
    """Raised by a handler, or by `ctx.check_cancelled()`: stop here, the run ends as cancelled."""

    code = "cancelled"
