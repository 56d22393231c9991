"""How schemathesis is to try our API: with jobs that can be stored, and a check of what is refused."""

from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

_SUBMITS: Final = ("/v1/jobs", "/v1/jobs:batch")
_BEYOND_SCHEMAS: Final = frozenset({
    "invalid_calendar", "invalid_cursor", "invalid_expiry", "invalid_parents", "invalid_payload", "invalid_policy",
    "invalid_schedule", "invalid_time", "invalid_timezone", "unknown_job_type", "unknown_parent",
})  # fmt: skip
"""Codes of refusals for what no schema can say: that a type is registered, or a cursor was made here."""

_TOGETHER: Final = (
    "Give a schedule or delay_seconds, not both",
    "Expected `int`, got `float`",  # JSON Schema takes 7.0 for an integer; who means 7 writes it so
    "A submission key has 1 to",  # printable characters, which no pattern can say
    "Idempotency-Key and `key` differ",
    "Invalid RFC3339 encoded datetime",  # February has no 30th
)
"""And those of members that exclude one another, or are written otherwise than need be."""


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """Jobs of a type that there is; else hardly one would be stored."""
    if context.operation is None or context.operation.path not in _SUBMITS or not isinstance(body, dict):
        return body
    if isinstance(body.get("jobs"), list):
        return body | {"jobs": [_job(job) for job in body["jobs"]]}
    return _job(body)


def _job(job: Any) -> Any:
    if not isinstance(job, dict) or not isinstance(job.get("type"), str):
        return job
    return job | {"type": "foliot.echo", "payload": {"message": job.get("payload")}}


@schemathesis.check
def accepts_what_its_schema_allows(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What fits the schema is refused only for what no schema can say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    if isinstance(case.body, dict) and case.body.get("all_or_none"):
        return  # the jobs of a batch are judged one by one, and its schema takes anything for them
    problem = response.json()
    is_beyond = problem["code"] in _BEYOND_SCHEMAS or response.status_code == 422
    assert is_beyond or any(words in problem["detail"] for words in _TOGETHER), problem["detail"]
