"""Resources: jobs, runs and their stories, by URI."""

import re
from typing import Final

import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from foliot.domain.errors import FoliotError, NotFound
from foliot.domain.identity import Identity
from foliot.domain.ids import is_id
from foliot.domain.job import Job
from foliot.domain.page import PageRequest
from foliot.ports import JobFilter
from foliot.transports.mcp.answers import event_line, run_answer
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.jobs import TheTaskShown, task_get
from foliot.transports.mcp.refusals import misused, protocol_error

JSON: Final = "application/json"
_URI: Final = re.compile(r"foliot://(?P<kind>jobs|runs)/(?P<id>[^/]+)(?P<events>/events)?")
_PAGE: Final = 50

TEMPLATES: Final = (
    ResourceTemplate(
        name="job", title="Job", uri_template="foliot://jobs/{job_id}", mime_type=JSON,
        description="A job: payload, schedule, limits, and how its latest run stands.",
    ),
    ResourceTemplate(
        name="job-events", title="What happened to a job", uri_template="foliot://jobs/{job_id}/events", mime_type=JSON,
        description="What happened to the job itself, oldest first.",
    ),
    ResourceTemplate(
        name="run", title="Run", uri_template="foliot://runs/{run_id}", mime_type=JSON,
        description="A run with its whole result or its error.",
    ),
    ResourceTemplate(
        name="run-events", title="What happened to a run", uri_template="foliot://runs/{run_id}/events", mime_type=JSON,
        description="All that happened to a run, oldest first: attempts, errors, log lines.",
    ),
)  # fmt: skip


class Target(msgspec.Struct, frozen=True):
    """What a URI names."""

    uri: str
    is_run: bool
    id: str
    is_story: bool


def target_of(uri: str) -> Target:
    """What the URI names.

    Raises:
        MCPError: it names nothing here.
    """
    found = _URI.fullmatch(uri)
    if found is None or not is_id(found["id"]):
        raise no_resource(uri)
    return Target(uri, found["kind"] == "runs", found["id"], found["events"] is not None)


def no_resource(uri: str) -> MCPError:
    """There is no such resource, or it is another tenant's."""
    templates = ", ".join(template.uri_template for template in TEMPLATES)
    return MCPError(INVALID_PARAMS, f"There is no resource {uri[:200]!r}. There are {templates}.", {"uri": uri})


class Resources:
    """The requests about resources."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def list(self, ctx: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        """The tenant's jobs, newest first."""
        identity = await self._door.whom(ctx)
        try:
            wanted = PageRequest(_PAGE, None if params is None else params.cursor)
            page = await self._door.services.jobs.page(identity, JobFilter(), wanted)
        except FoliotError as error:
            raise protocol_error(error) from None
        return ListResourcesResult(
            resources=[_listed(job) for job in page.items],
            next_cursor=page.next_cursor,
            ttl_ms=0,
            cache_scope="private",
        )

    async def templates(self, _: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        """The forms of URIs."""
        if params is not None and params.cursor is not None:
            raise misused("All templates are on one page; ask without a cursor.")
        return ListResourceTemplatesResult(resource_templates=list(TEMPLATES), ttl_ms=3_600_000, cache_scope="public")

    async def read(self, ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """What is at a URI, as JSON."""
        uri = str(params.uri)
        target = target_of(uri)
        identity = await self._door.whom(ctx)
        try:
            content = await self._content(ctx, identity, target)
        except NotFound:
            raise no_resource(uri) from None
        except FoliotError as error:
            raise protocol_error(error) from None
        text = msgspec.json.encode(content).decode()
        return ReadResourceResult(
            contents=[TextResourceContents(uri=uri, mime_type=JSON, text=text)], ttl_ms=0, cache_scope="private"
        )

    async def _content(self, ctx: Context, identity: Identity, target: Target) -> object:
        services, now = self._door.services, self._door.clock.now()
        if target.is_run:
            run, events = await services.runs.story(identity, target.id)
            return [event_line(event) for event in events] if target.is_story else run_answer(run, now, is_whole=True)
        if target.is_story:
            return [event_line(event) for event in await services.jobs.events(identity, target.id)]
        return await task_get.function(self._door.call(ctx, identity), TheTaskShown(target.id))


def _listed(job: Job) -> Resource:
    return Resource(
        uri=f"foliot://jobs/{job.id}",
        name=f"{job.type} {job.id}",
        title=job.type,
        description=f"{job.state.value}, created {job.created_at:%Y-%m-%dT%H:%M:%SZ}",
        mime_type=JSON,
    )
