"""Submitting: one job, thousands, or as many as a caller streams."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from foliot.domain.errors import FoliotError, InvalidParents, InvalidRequest
from foliot.service.admission import JobRequest
from foliot.service.jobs import LARGEST_BATCH, Ticket
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.intake import Intake
from foliot.transports.grpc.problems import shortened
from foliot.transports.grpc.reading import chosen_id, field_at_fault, job_request

MOST_REJECTIONS_TOLD: Final = 100

Answer = Ticket | FoliotError


async def submit_job(call: Call, request: pb.SubmitJobRequest) -> pb.SubmitJobResponse:
    if not request.HasField("job"):
        raise InvalidRequest("job is missing.", "job")
    try:
        ticket = await call.services.jobs.submit(
            call.identity, await job_request(request.job, call.identity.tenant_id, call.services.catalogue)
        )
    except FoliotError as error:
        field = field_at_fault(request.job, error)
        error.field = None if field is None else f"job.{field}"
        raise
    job_id = _job_id(request.job, ticket)
    return pb.SubmitJobResponse(
        job_id=job_id, run_id=ticket.run_id or "", created=ticket.created, updated=ticket.updated
    )


async def batch_submit_jobs(call: Call, request: pb.BatchSubmitJobsRequest) -> pb.BatchSubmitJobsResponse:
    if len(request.jobs) > LARGEST_BATCH:
        raise InvalidRequest(f"A batch has at most {LARGEST_BATCH:,} jobs, this one {len(request.jobs):,}.", "jobs")
    answers = await submitted(call, request.jobs, all_or_none=request.all_or_none)
    results = [_result(job, answer) for job, answer in zip(request.jobs, answers, strict=True)]
    tally = Tally()
    tally.count(request.jobs, answers)
    return pb.BatchSubmitJobsResponse(
        results=results, created=tally.created, existing=tally.existing, updated=tally.updated,
        rejected=tally.rejected,
    )  # fmt: skip


async def submit_jobs(call: Call, requests: AsyncIterator[pb.SubmitJobsRequest]) -> pb.SubmitJobsResponse:
    tally = Tally()

    async def store(jobs: Sequence[job_pb2.Job]) -> None:
        tally.count(jobs, await submitted(call, jobs))

    await Intake(store).take(requests)
    return pb.SubmitJobsResponse(
        created=tally.created, existing=tally.existing, updated=tally.updated, rejected=tally.rejected,
        rejections=tally.rejections,
    )  # fmt: skip


async def submitted(call: Call, jobs: Sequence[job_pb2.Job], *, all_or_none: bool = False) -> list[Answer]:
    """A ticket for each job, or the error that kept it out."""
    read: list[JobRequest | FoliotError] = []
    catalogue = call.services.catalogue
    for job in jobs:
        try:
            read.append(await job_request(job, call.identity.tenant_id, catalogue))
        except FoliotError as error:
            if all_or_none:
                raise
            read.append(error)
    if any(isinstance(one, FoliotError) for one in read):
        read = [_without_graph(one) for one in read]
    requests = [request for request in read if isinstance(request, JobRequest)]
    answers = iter(await call.services.jobs.submit_many(call.identity, requests, all_or_none=all_or_none))
    return [one if isinstance(one, FoliotError) else next(answers) for one in read]


class Tally:
    """What became of the jobs so far."""

    def __init__(self) -> None:
        self.created = self.existing = self.updated = self.rejected = 0
        self.rejections: list[pb.Rejection] = []

    def count(self, jobs: Sequence[job_pb2.Job], answers: Sequence[Answer]) -> None:
        """Add what became of these, which came after those before."""
        first = self.created + self.existing + self.updated + self.rejected
        for place, (job, answer) in enumerate(zip(jobs, answers, strict=True), first):
            if isinstance(answer, FoliotError):
                self.rejected += 1
                if len(self.rejections) < MOST_REJECTIONS_TOLD:
                    self.rejections.append(pb.Rejection(index=place, problem=_problem(job, answer)))
            elif answer.created:
                self.created += 1
            elif answer.updated:
                self.updated += 1
            else:
                self.existing += 1


OPERATIONS: Final = (submit_job, batch_submit_jobs, submit_jobs)


def _result(job: job_pb2.Job, answer: Answer) -> pb.SubmitResult:
    if isinstance(answer, FoliotError):
        return pb.SubmitResult(problem=_problem(job, answer))
    return pb.SubmitResult(
        job_id=_job_id(job, answer), run_id=answer.run_id or "", created=answer.created, updated=answer.updated
    )


def _problem(job: job_pb2.Job, error: FoliotError) -> pb.Problem:
    return pb.Problem(code=error.code, message=shortened(error.message), field=field_at_fault(job, error) or "")


def _job_id(job: job_pb2.Job, ticket: Ticket) -> str:
    """The id to ask by: the one that the caller chose, if it did."""
    return chosen_id(job.job_id) if job.job_id else ticket.job_id


def _without_graph(one: JobRequest | FoliotError) -> JobRequest | FoliotError:
    """Where a job of the batch cannot be read, nobody knows to which graph it belongs: none is stored."""
    if isinstance(one, FoliotError) or (one.alias is None and all(parent.alias is None for parent in one.parents)):
        return one
    return InvalidParents(
        "Another job of this batch cannot be read, so that no graph of the batch is stored. Mend that one.", "jobs"
    )
