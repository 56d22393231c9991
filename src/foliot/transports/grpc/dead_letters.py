"""Dead letters: list, replay and discard, one by one or all that fit a filter."""

from typing import Final

from foliot.domain.page import DEFAULT_PAGE
from foliot.ports import RunFilter
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.reading import name, page_request, run_id_of
from foliot.transports.grpc.views import view_run


async def list_dead_letters(call: Call, request: pb.ListDeadLettersRequest) -> pb.ListDeadLettersResponse:
    page = page_request(request.page_size, request.page_token)
    runs = await call.services.dead_letters.page(call.identity, _wanted(request), page)
    return pb.ListDeadLettersResponse(
        runs=[view_run(run) for run in runs.items], next_page_token=runs.next_cursor or ""
    )


async def replay_dead_letter(call: Call, request: pb.ReplayDeadLetterRequest) -> pb.ReplayDeadLetterResponse:
    run = await call.services.dead_letters.replay(call.identity, run_id_of(request.run_id))
    return pb.ReplayDeadLetterResponse(run=view_run(run))


async def replay_dead_letters(call: Call, request: pb.ReplayDeadLettersRequest) -> pb.ReplayDeadLettersResponse:
    run_ids = await call.services.dead_letters.replay_all(
        call.identity, _wanted(request), request.limit or DEFAULT_PAGE
    )
    return pb.ReplayDeadLettersResponse(run_ids=run_ids)


async def discard_dead_letter(call: Call, request: pb.DiscardDeadLetterRequest) -> pb.DiscardDeadLetterResponse:
    await call.services.dead_letters.discard(call.identity, run_id_of(request.run_id))
    return pb.DiscardDeadLetterResponse()


async def discard_dead_letters(call: Call, request: pb.DiscardDeadLettersRequest) -> pb.DiscardDeadLettersResponse:
    gone = await call.services.dead_letters.discard_all(call.identity, _wanted(request), request.limit or DEFAULT_PAGE)
    return pb.DiscardDeadLettersResponse(discarded=gone)


OPERATIONS: Final = (
    list_dead_letters, replay_dead_letter, replay_dead_letters, discard_dead_letter, discard_dead_letters
)  # fmt: skip


def _wanted(
    request: pb.ListDeadLettersRequest | pb.ReplayDeadLettersRequest | pb.DiscardDeadLettersRequest,
) -> RunFilter:
    return RunFilter(type=name(request.type_filter, "type_filter"), queue=name(request.queue_filter, "queue_filter"))
