"""How schemathesis is to try our API: with jobs that can be stored, and a check of what is refused."""

from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from foliot.domain.errors import InvalidRequest
from foliot.remote.problems import branches

_SUBMITS: Final = ("/v1/jobs", "/v1/jobs:batch")
_BEYOND_SCHEMAS: Final = frozenset(kind.code for kind in branches(InvalidRequest)) - {InvalidRequest.code}
"""Codes of refusals for what no schema can say: that a type is registered, or a cursor was made here."""

_TOGETHER: Final = (
    "Give a schedule or delay_seconds, not both",
    "Expected `int`, got `float`",  # JSON Schema takes 7.0 for an integer; who means 7 writes it so
    "A submission key has 1 to",  # printable characters, which no pattern can say
    "Idempotency-Key and `key` differ",
    "Invalid RFC3339 encoded datetime",  # February has no 30th
    "The field schedule.kind is missing",  # a patch for a schedule that is not there
    "End each attempt once",
    "Name each type once",
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


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """Nobody waits long for work."""
    if isinstance(case.body, dict) and isinstance(seconds := case.body.get("wait_seconds"), float) and seconds > 0:
        case.body["wait_seconds"] = min(seconds, 0.01)


@schemathesis.check
def accepts_what_its_schema_allows(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What fits the schema is refused only for what no schema can say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    if isinstance(case.body, dict) and case.body.get("all_or_none"):
        return  # the jobs of a batch are judged one by one, and its schema takes anything for them
    problem = response.json()
    field = problem.get("field", "")
    if field in ("If-Match", "If-None-Match"):
        return  # they are taken from earlier answers, whether they fit the schema or not
    if case.method == "PATCH" and "." in field:
        return  # what a patch is merged into is judged as a whole
    is_beyond = problem["code"] in _BEYOND_SCHEMAS or response.status_code == 422
    assert is_beyond or any(words in problem["detail"] for words in _TOGETHER), problem["detail"]
