"""The use cases as a server answers them. The key says for whom; an `identity` only gives the answers their tenant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import uuid4

import msgspec

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.errors import FoliotError, Forbidden, InvalidRequest, RevisionConflict, UnknownJobType
from foliot.domain.event import Event
from foliot.domain.identity import Identity, Role
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.page import Page, PageRequest
from foliot.domain.run import Attempt, Run
from foliot.domain.schedule import AskedSchedule, Calendar, Previewed
from foliot.ports import CalendarSummary, JobFilter, RunFilter
from foliot.remote import shapes
from foliot.remote.link import Link
from foliot.remote.patching import patch_of
from foliot.remote.problems import Problem
from foliot.remote.watch import RemoteChanges, RemoteWatch
from foliot.service.admission import JobRequest
from foliot.service.calendars import PutCalendar
from foliot.service.editing import JobChanges
from foliot.service.graphs import Family, Graph
from foliot.service.jobs import Ticket
from foliot.service.occurrences import OccurrenceList


class RemoteServices(msgspec.Struct, frozen=True, kw_only=True):
    """`service.face.Face`, over a link."""

    jobs: "RemoteJobs"
    graphs: "RemoteGraphs"
    occurrences: "RemoteOccurrences"
    backfilling: "RemoteBackfilling"
    runs: "RemoteRuns"
    dead_letters: "RemoteDeadLetters"
    watch: RemoteWatch
    changes: RemoteChanges
    catalogue: "RemoteCatalogue"
    calendars: "RemoteCalendars"
    previewing: "RemotePreviewing"
    access: "RemoteAccess"

    @classmethod
    def over(cls, link: Link) -> "RemoteServices":
        """All of them over one link."""
        return cls(
            jobs=RemoteJobs(link),
            graphs=RemoteGraphs(link),
            occurrences=RemoteOccurrences(link),
            backfilling=RemoteBackfilling(link),
            runs=RemoteRuns(link),
            dead_letters=RemoteDeadLetters(link),
            watch=RemoteWatch(link),
            changes=RemoteChanges(link),
            catalogue=RemoteCatalogue(link),
            calendars=RemoteCalendars(link),
            previewing=RemotePreviewing(link),
            access=RemoteAccess(link),
        )


async def identity_over(link: Link) -> Identity:
    """Whom the key of a link stands for.

    Raises:
        Unauthenticated: it opens nothing.
        Unavailable: the server cannot be reached.
    """
    me = await link.get("/v1/me", shapes.Me)
    return Identity(me.tenant_id, me.user_id, me.role)


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one job of a batch."""

    status: Literal["created", "existing", "updated", "rejected"]
    job_id: str = ""
    run_id: str | None = None
    problem: Problem | None = None


class BatchReceipt(msgspec.Struct, frozen=True):
    """What became of each job of a batch."""

    items: Sequence[BatchItem]


class RemoteJobs:
    """`service.face.JobsFace`. Each submission has a name, so that it can be sent again and is stored once."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def submit(self, identity: Identity, request: JobRequest) -> Ticket:
        named = self._named(request)
        receipt = await self._link.post(
            "/v1/jobs", shapes.Receipt, shapes.job_document(named), is_safe=_may_be_repeated(named)
        )
        return shapes.ticket_of(receipt)

    async def submit_many(
        self,
        identity: Identity,
        requests: Sequence[JobRequest],
        *,
        all_or_none: bool = False,
        connection: object = None,
    ) -> list[Ticket | FoliotError]:
        if connection is not None:
            raise InvalidRequest(
                "A server cannot store in a transaction of yours; use foliot.App for that.", "connection"
            )
        if not requests:
            return []
        named = [self._named(request) for request in requests]
        body = {"jobs": [shapes.job_document(request) for request in named], "all_or_none": all_or_none}
        is_safe = all(_may_be_repeated(request) for request in named)
        receipt = await self._link.post("/v1/jobs:batch", BatchReceipt, body, is_safe=is_safe)
        return [_outcome(item) for item in receipt.items]

    async def get(self, identity: Identity, job_id: str) -> Job:
        return (await self._link.get(_at("/v1/jobs", job_id), shapes.JobShape)).value(identity.tenant_id)

    async def page(self, identity: Identity, wanted: JobFilter, request: PageRequest) -> Page[Job]:
        query = _paged(msgspec.structs.asdict(wanted), request)
        page = await self._link.get("/v1/jobs", shapes.JobPageShape, query)
        return Page([job.value(identity.tenant_id) for job in page.items], page.next_cursor)

    async def events(self, identity: Identity, job_id: str) -> list[Event]:
        found = await self._link.get(_at("/v1/jobs", job_id, "events"), shapes.EventsShape)
        return [event.value(identity.tenant_id) for event in found.items]

    async def cancel(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        return await self._steer(identity, job_id, "cancel", expected)

    async def update(
        self,
        identity: Identity,
        job_id: str,
        changes: JobChanges | Callable[[Job], JobChanges],
        expected: int | None = None,
    ) -> Job:
        while True:
            job = await self.get(identity, job_id)
            patch = patch_of(job, changes if isinstance(changes, JobChanges) else changes(job), datetime.now(UTC))
            tag = f'"{job.revision if expected is None else expected}"'
            try:
                edited = await self._link.patch(_at("/v1/jobs", job_id), shapes.JobShape, patch, if_match=tag)
            except RevisionConflict:
                if expected is not None:
                    raise
                continue  # somebody edited it just now: look again
            return edited.value(identity.tenant_id)

    async def pause(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        return await self._steer(identity, job_id, "pause", expected)

    async def resume(self, identity: Identity, job_id: str, expected: int | None = None) -> Job:
        return await self._steer(identity, job_id, "resume", expected)

    async def run_now(self, identity: Identity, job_id: str, expected: int | None = None) -> Run:
        path, headers = _at("/v1/jobs", job_id, "run"), _if_match(expected)
        run = await self._link.post(path, shapes.RunShape, headers=headers, is_safe=False)
        return run.value(identity.tenant_id)

    async def _steer(self, identity: Identity, job_id: str, deed: str, expected: int | None = None) -> Job:
        path, headers = _at("/v1/jobs", job_id, deed), _if_match(expected)
        job = await self._link.post(path, shapes.JobShape, headers=headers, is_safe=expected is None)
        return job.value(identity.tenant_id)

    def _named(self, request: JobRequest) -> JobRequest:
        """The request with a name of its own. Without retries nobody needs one; what is debounced goes by its key."""
        if request.debounce is not None or not self._link.retrying.times:
            return request
        return msgspec.structs.replace(request, repeat_key=f"once-{uuid4().hex}")


class RemoteGraphs:
    """`service.face.GraphsFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def family(self, identity: Identity, job: Job) -> Family:
        return (await self._link.get(_at("/v1/jobs", job.id), shapes.JobShape)).family()

    async def graph(self, identity: Identity, job_id: str) -> Graph:
        found = await self._link.get(_at("/v1/jobs", job_id, "graph"), shapes.GraphShape)
        return found.value(identity.tenant_id)


class RemoteOccurrences:
    """`service.face.OccurrencesFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def between(
        self, identity: Identity, job_id: str, since: datetime | None, until: datetime | None, limit: int
    ) -> OccurrenceList:
        query: dict[str, str | int | None] = {
            "from": None if since is None else since.isoformat(),
            "to": None if until is None else until.isoformat(),
            "limit": limit,
        }
        return await self._link.get(_at("/v1/jobs", job_id, "occurrences"), OccurrenceList, query)


class RemoteBackfilling:
    """`service.face.BackfillingFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def backfill(self, identity: Identity, job_id: str, since: datetime, until: datetime | None) -> list[Run]:
        body = {"from": since} | ({} if until is None else {"to": until})
        page = await self._link.post(_at("/v1/jobs", job_id, "backfill"), shapes.RunPageShape, body, is_safe=False)
        return list(_runs(identity, page).items)


class RemoteRuns:
    """`service.face.RunsFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, identity: Identity, run_id: str) -> Run:
        return (await self._link.get(_at("/v1/runs", run_id), shapes.RunShape)).value(identity.tenant_id)

    async def page(self, identity: Identity, wanted: RunFilter, request: PageRequest) -> Page[Run]:
        query = _paged(msgspec.structs.asdict(wanted), request)
        return _runs(identity, await self._link.get("/v1/runs", shapes.RunPageShape, query))

    async def attempts(self, identity: Identity, run_id: str) -> list[Attempt]:
        found = await self._link.get(_at("/v1/runs", run_id, "attempts"), shapes.AttemptsShape)
        return [attempt.value(run_id) for attempt in found.items]

    async def events(self, identity: Identity, run_id: str) -> list[Event]:
        found = await self._link.get(_at("/v1/runs", run_id, "events"), shapes.EventsShape)
        return [event.value(identity.tenant_id) for event in found.items]

    async def story(self, identity: Identity, run_id: str) -> tuple[Run, list[Event]]:
        run = await self.get(identity, run_id)
        return run, await self.events(identity, run_id)

    async def cancel(self, identity: Identity, run_id: str) -> Run:
        run = await self._link.post(_at("/v1/runs", run_id, "cancel"), shapes.RunShape, is_safe=True)
        return run.value(identity.tenant_id)

    async def retry_now(self, identity: Identity, run_id: str) -> Run:
        run = await self._link.post(_at("/v1/runs", run_id, "retry"), shapes.RunShape, is_safe=False)
        return run.value(identity.tenant_id)


class RemoteDeadLetters:
    """`service.face.DeadLettersFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def page(self, identity: Identity, wanted: RunFilter, request: PageRequest) -> Page[Run]:
        query = _paged({"type": wanted.type, "queue": wanted.queue}, request)
        return _runs(identity, await self._link.get("/v1/dead-letters", shapes.RunPageShape, query))

    async def replay(self, identity: Identity, run_id: str) -> Run:
        run = await self._link.post(_at("/v1/dead-letters", run_id, "replay"), shapes.RunShape, is_safe=False)
        return run.value(identity.tenant_id)

    async def discard(self, identity: Identity, run_id: str) -> None:
        await self._link.post(_at("/v1/dead-letters", run_id, "discard"), type(None), is_safe=False)

    async def replay_all(self, identity: Identity, wanted: RunFilter, limit: int) -> Sequence[str]:
        class Replayed(msgspec.Struct):
            run_ids: list[str]

        body = _chosen(wanted, limit)
        return (await self._link.post("/v1/dead-letters:replay", Replayed, body, is_safe=False)).run_ids

    async def discard_all(self, identity: Identity, wanted: RunFilter, limit: int) -> int:
        class Discarded(msgspec.Struct):
            discarded: int

        body = _chosen(wanted, limit)
        return (await self._link.post("/v1/dead-letters:discard", Discarded, body, is_safe=False)).discarded


class RemoteCatalogue:
    """`service.face.CatalogueFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def find(self, tenant_id: str, name: str) -> JobType:
        known = {found.name: found for found in await self._all()}
        if name not in known:
            raise UnknownJobType(
                f"No handler is registered for the type {name!r}. Known: {', '.join(known) or 'none yet'}. "
                "Start a worker that has it, or correct the name.",
                "type",
            )
        return known[name]

    async def all(self, identity: Identity) -> list[JobType]:
        return await self._all()

    async def _all(self) -> list[JobType]:
        return [found.value() for found in (await self._link.get("/v1/types", shapes.TypesShape)).items]


class RemoteCalendars:
    """`service.face.CalendarsFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def put(self, identity: Identity, name: str, dates: Iterable[date], description: str = "") -> PutCalendar:
        body = {"dates": sorted(dates), "description": description}
        return (await self._link.put(_at("/v1/calendars", name), shapes.StoredCalendarShape, body)).value()

    async def put_icalendar(self, identity: Identity, name: str, text: str, description: str = "") -> PutCalendar:
        path = _at("/v1/calendars", name)
        put = (await self._link.put_text(path, shapes.StoredCalendarShape, text, "text/calendar")).value()
        return await self.put(identity, name, put.calendar.dates, description) if description else put

    async def all(self, identity: Identity) -> list[CalendarSummary]:
        return list((await self._link.get("/v1/calendars", shapes.CalendarsShape)).items)

    async def get(self, identity: Identity, name: str) -> Calendar:
        return await self._link.get(_at("/v1/calendars", name), Calendar)

    async def delete(self, identity: Identity, name: str) -> None:
        await self._link.delete(_at("/v1/calendars", name))


class RemotePreviewing:
    """`service.face.PreviewingFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def preview(
        self, identity: Identity, schedule: AskedSchedule, from_: datetime | None, count: int
    ) -> list[Previewed]:
        body = {"schedule": schedule, "count": count} | ({} if from_ is None else {"from": from_})
        found = await self._link.post("/v1/schedules:preview", shapes.PreviewShape, body, is_safe=True)
        return list(found.items)


class RemoteAccess:
    """`service.face.AccessFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def create_tenant(self, identity: Identity, name: str) -> Tenant:
        raise _TENANTS

    async def tenants(self, identity: Identity) -> list[Tenant]:
        raise _TENANTS

    async def tenant_named(self, identity: Identity, name: str) -> Tenant:
        raise _TENANTS

    async def create_key(self, identity: Identity, name: str, role: Role) -> tuple[ApiKey, str]:
        made = await self._link.post("/v1/keys", shapes.KeyShape, {"name": name, "role": role}, is_safe=False)
        return made.value(identity.tenant_id), made.key

    async def keys(self, identity: Identity) -> list[ApiKey]:
        found = await self._link.get("/v1/keys", shapes.KeysShape)
        return [key.value(identity.tenant_id) for key in found.items]

    async def revoke_key(self, identity: Identity, key_id: str) -> None:
        await self._link.delete(_at("/v1/keys", key_id))


_TENANTS: Final = Forbidden("Tenants are made and named where the database is, not over HTTP; a key is of one tenant.")


def _may_be_repeated(request: JobRequest) -> bool:
    return request.key is not None or request.unique is not None or request.repeat_key is not None


def _outcome(item: BatchItem) -> Ticket | FoliotError:
    if item.problem is not None:
        return item.problem.error()
    return Ticket(item.job_id, item.run_id, item.status == "created", item.status == "updated")


def _if_match(expected: int | None) -> dict[str, str] | None:
    return None if expected is None else {"if-match": f'"{expected}"'}


def _at(collection: str, identifier: str, what: str = "") -> str:
    return f"{collection}/{quote(identifier, safe='')}{what and '/'}{what}"


def _paged(wanted: Mapping[str, Any], request: PageRequest) -> dict[str, Any]:
    return {**wanted, "limit": request.limit, "cursor": request.cursor}


def _chosen(wanted: RunFilter, limit: int) -> dict[str, Any]:
    return {"limit": limit} | {k: v for k, v in (("type", wanted.type), ("queue", wanted.queue)) if v is not None}


def _runs(identity: Identity, page: shapes.RunPageShape) -> Page[Run]:
    return Page([run.value(identity.tenant_id) for run in page.items], page.next_cursor)
