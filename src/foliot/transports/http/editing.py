"""What a caller sends to edit a job: a merge patch (RFC 7396), merged into the job as it is."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from foliot.domain.errors import InvalidPayload, InvalidRequest
from foliot.domain.job import EMPTY_PAYLOAD, Job
from foliot.domain.policy import Overlap
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import (
    AskedSchedule,
    At,
    CatchUp,
    Cron,
    Every,
    MisfireName,
    MisfirePolicy,
    RRule,
    Schedule,
    Skip,
    misfire_named,
)
from foliot.service.editing import JobChanges
from foliot.transports.http.reading import Shaped
from foliot.transports.http.wire import PRIORITIES, Instant, Name, PriorityName

_Members = dict[str, Any]


class JobPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise. What is left out stays; what is null is as if it had never been given: then it follows
    the type, and a job that runs once is due at once."""

    payload: (
        Annotated[
            msgspec.Raw, msgspec.Meta(description="An object is merged into the present payload; all else replaces it.")
        ]
        | UnsetType
    ) = UNSET
    schedule: (
        Annotated[
            _Members,
            msgspec.Meta(
                description="Merged into the present schedule; those of its members go that a new kind does not have.",
                examples=[{"seconds": 30}, {"kind": "cron", "expression": "0 9 * * mon-fri"}],
            ),
        ]
        | UnsetType
        | None
    ) = UNSET
    queue: Name | UnsetType | None = UNSET
    priority: PriorityName | UnsetType | None = UNSET
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] | UnsetType | None = UNSET
    retry: (
        Annotated[_Members, msgspec.Meta(description="Merged into the present policy of the job, if it has one.")]
        | UnsetType
        | None
    ) = UNSET

    misfire: (
        Annotated[
            _Members | MisfireName,
            msgspec.Meta(description="Merged into the present policy of the job, if it has one; or a new one's name."),
        ]
        | UnsetType
        | None
    ) = UNSET
    overlap: Overlap | UnsetType | None = UNSET
    expires_in_seconds: (
        Annotated[
            float,
            msgspec.Meta(gt=0, description="Runs that wait expire unless they start within that; null: they do not."),
        ]
        | UnsetType
        | None
    ) = UNSET
    expires_at: (
        Annotated[Instant, msgspec.Meta(description="It expires unless it has started by then; null: it does not.")]
        | UnsetType
        | None
    ) = UNSET

    def changes(self, job: Job) -> JobChanges:
        """The same for the service, of a job as it is.

        Raises:
            InvalidRequest: what comes of a merge is no schedule, or no policy.
        """
        schedule, retry, misfire = self.schedule, self.retry, self.misfire
        overrides = job.overrides
        merged = _merged(
            {
                "schedule": _of_kind(job.schedule, schedule) if isinstance(schedule, dict) else None,
                "retry": merge_patch(msgspec.to_builtins(overrides.retry), retry) if isinstance(retry, dict) else None,
                "misfire": _of_kind(overrides.misfire, misfire) if isinstance(misfire, dict) else None,
            }
        )
        priority = self.priority
        return JobChanges(
            payload=_payload(job.payload, self.payload),
            schedule=UNSET if schedule is UNSET else merged.schedule,
            queue=self.queue,
            priority=PRIORITIES[priority] if isinstance(priority, str) else priority,
            timeout_seconds=self.timeout_seconds,
            retry=UNSET if retry is UNSET else merged.retry,
            misfire=UNSET
            if misfire is UNSET
            else misfire_named(misfire)
            if isinstance(misfire, str)
            else merged.misfire,
            overlap=self.overlap,
            expires_in_seconds=self.expires_in_seconds,
            expires_at=self.expires_at,
        )


class _Merged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schedule: AskedSchedule | None = None
    retry: RetryPolicy | None = None
    misfire: MisfirePolicy | None = None


_shaped: Final = Shaped(_Merged)
_KINDS: Final = {
    str(kind.__struct_config__.tag): {"kind", *kind.__struct_encode_fields__}
    for kind in (At, Every, Cron, RRule, Skip, CatchUp)
}


def merge_patch(target: Any, patch: Any) -> Any:
    """A document with a patch applied, as RFC 7396 §2 says."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _merged(members: _Members) -> _Merged:
    try:
        return _shaped.from_json(msgspec.json.encode(members))
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None


def _of_kind(present: Schedule | MisfirePolicy | None, patch: _Members) -> _Members:
    """A schedule or a policy with the patch applied, without what a new kind does not have of the former one."""
    members: _Members = {} if present is None else msgspec.to_builtins(present)
    known = _KINDS.get(str(patch.get("kind", members.get("kind"))), set())
    merged: _Members = merge_patch({name: value for name, value in members.items() if name in known}, patch)
    return merged


def _payload(present: bytes, patch: msgspec.Raw | UnsetType) -> bytes | UnsetType:
    if isinstance(patch, UnsetType):
        return UNSET
    text = bytes(patch)
    if text == b"null":
        return EMPTY_PAYLOAD
    if not text.startswith(b"{"):
        return text
    try:
        return msgspec.json.encode(merge_patch(msgspec.json.decode(present), msgspec.json.decode(text)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidPayload(f"The payload is not JSON: {error}.", "payload") from None
    except RecursionError:
        raise InvalidPayload("The payload is nested too deeply.", "payload") from None
