"""Job types: what can be submitted."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.job_type import JobType
from foliot.domain.policy import Overlap
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import MisfirePolicy
from foliot.domain.unique import Unique
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.wire import PRIORITY_NAMES, PriorityName


class TypeView(msgspec.Struct, frozen=True, kw_only=True):
    """A job type and the policy of its jobs."""

    name: str
    description: str
    queue: str
    priority: PriorityName
    timeout_seconds: float
    retry: RetryPolicy
    misfire: MisfirePolicy
    overlap: Overlap
    unique: Annotated[
        Unique | None, msgspec.Meta(description="Of jobs that run once, and do not say what is the same themselves.")
    ]
    remote: Annotated[bool, msgspec.Meta(description="Whether workers of the tenant do it, by the worker protocol.")]
    arguments: Annotated[dict[str, Any], msgspec.Meta(description="JSON Schema (2020-12) of the payload.")]


class TypeList(msgspec.Struct, frozen=True):
    """All job types, by name."""

    items: Sequence[TypeView]


@endpoint("GET", "/v1/types", "List job types", tag="Types")
async def list_types(services: Services, identity: Identity) -> TypeList:
    """Every type that a worker has registered."""
    return TypeList([view_type(job_type) for job_type in await services.catalogue.all(identity)])


ENDPOINTS: Final = (list_types,)


def view_type(job_type: JobType) -> TypeView:
    """A type."""
    policy = job_type.policy
    return TypeView(
        name=job_type.name,
        description=job_type.description,
        queue=policy.queue,
        priority=PRIORITY_NAMES[policy.priority],
        timeout_seconds=policy.timeout_seconds,
        retry=policy.retry,
        misfire=policy.misfire,
        overlap=policy.overlap,
        unique=policy.unique,
        remote=job_type.is_remote,
        arguments=job_type.schema,
    )
