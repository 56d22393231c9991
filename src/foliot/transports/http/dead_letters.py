"""Dead letters: list, replay and discard, one by one or all that fit a filter."""

from collections.abc import Sequence
from typing import Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.page import DEFAULT_PAGE
from foliot.ports import RunFilter
from foliot.service.services import Services
from foliot.transports.http.answers import Answer
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.wire import (
    Id,
    Limit,
    Name,
    PageQuery,
    RunPage,
    RunView,
    checked_names,
    view_runs,
    view_whole_run,
)


class DeadLettersQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters."""

    type: Name | None = None
    queue: Name | None = None


class DeadLetterChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to `limit` dead letters, those of a type or a queue where one is given."""

    type: Name | None = None
    queue: Name | None = None
    limit: Limit = DEFAULT_PAGE


class Replayed(msgspec.Struct, frozen=True):
    """The new runs, oldest first."""

    replayed: int
    run_ids: Sequence[Id]


class Discarded(msgspec.Struct, frozen=True):
    """How many were taken off."""

    discarded: int


@endpoint("GET", "/v1/dead-letters", "List dead letters", tag="Dead letters")
async def list_dead_letters(services: Services, identity: Identity, query: DeadLettersQuery) -> RunPage:
    """Runs that failed for good and were neither replayed nor discarded, newest first."""
    return view_runs(await services.dead_letters.page(identity, _wanted(query), query.page()))


@endpoint("POST", "/v1/dead-letters/{run_id}/replay", "Replay a dead letter", tag="Dead letters", status=201)
async def replay_dead_letter(services: Services, identity: Identity, run_id: str) -> Answer[RunView]:
    """A new run of the same job, which names the dead letter in `replay_of`."""
    run = await services.dead_letters.replay(identity, run_id)
    return Answer(view_whole_run(run), location=f"/v1/runs/{run.id}")


@endpoint("POST", "/v1/dead-letters/{run_id}/discard", "Discard a dead letter", tag="Dead letters", status=204)
async def discard_dead_letter(services: Services, identity: Identity, run_id: str) -> None:
    """Takes the run off the dead letters; it stays in the history."""
    await services.dead_letters.discard(identity, run_id)


@endpoint("POST", "/v1/dead-letters:replay", "Replay many dead letters", tag="Dead letters")
async def replay_dead_letters(services: Services, identity: Identity, body: DeadLetterChoice) -> Replayed:
    """Replays the newest that fit. Call again while `replayed` equals `limit`."""
    run_ids = await services.dead_letters.replay_all(identity, _wanted(body), body.limit)
    return Replayed(len(run_ids), run_ids)


@endpoint("POST", "/v1/dead-letters:discard", "Discard many dead letters", tag="Dead letters")
async def discard_dead_letters(services: Services, identity: Identity, body: DeadLetterChoice) -> Discarded:
    """Discards the newest that fit. Call again while `discarded` equals `limit`."""
    return Discarded(await services.dead_letters.discard_all(identity, _wanted(body), body.limit))


ENDPOINTS: Final = (
    list_dead_letters,
    replay_dead_letter,
    discard_dead_letter,
    replay_dead_letters,
    discard_dead_letters,
)


def _wanted(choice: DeadLettersQuery | DeadLetterChoice) -> RunFilter:
    checked_names(type=choice.type, queue=choice.queue)
    return RunFilter(type=choice.type, queue=choice.queue)
