"""Completion of what a person types into prompts and URIs: job types, timezones, ids."""

from collections.abc import Iterable
from typing import Final

from mcp_types import CompleteRequestParams, CompleteResult, Completion, PromptReference

from foliot.domain.errors import FoliotError
from foliot.domain.identity import Identity
from foliot.domain.page import PageRequest
from foliot.domain.time.zone import zone_names
from foliot.ports import JobFilter, RunFilter
from foliot.service.services import Services
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.prompts import PROMPTS
from foliot.transports.mcp.refusals import misused, protocol_error
from foliot.transports.mcp.resources import TEMPLATES

MOST_VALUES: Final = 100
_RECENT: Final = 100


class Completions:
    """The request for completion."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def complete(self, ctx: Context, params: CompleteRequestParams) -> CompleteResult:
        """What an argument may become, the best first."""
        identity = await self._door.whom(ctx)
        if isinstance(params.ref, PromptReference):
            if params.ref.name not in PROMPTS:
                raise misused(f"There is no prompt {params.ref.name[:100]!r}.")
        elif params.ref.uri not in {template.uri_template for template in TEMPLATES}:
            raise misused(f"There is no resource template {params.ref.uri[:100]!r}.")
        try:
            known = await _known(self._door.services, identity, params.argument.name)
        except FoliotError as error:
            raise protocol_error(error) from None
        found = _ranked(known, params.argument.value.strip().replace(" ", "_").casefold())
        shown = found[:MOST_VALUES]
        return CompleteResult(completion=Completion(values=shown, total=len(found), has_more=len(shown) < len(found)))


async def _known(services: Services, identity: Identity, name: str) -> Iterable[str]:
    match name:
        case "type":
            return [job_type.name for job_type in await services.catalogue.all(identity)]
        case "timezone":
            return sorted(zone_names())
        case "job_id":
            return [job.id for job in (await services.jobs.page(identity, JobFilter(), PageRequest(_RECENT))).items]
        case "run_id":
            return [run.id for run in (await services.runs.page(identity, RunFilter(), PageRequest(_RECENT))).items]
        case _:
            return ()


def _ranked(known: Iterable[str], typed: str) -> list[str]:
    """Those that begin so, then those in which a part begins so, then those with the text anywhere."""
    ranks: tuple[list[str], list[str], list[str]] = ([], [], [])
    for name in known:
        folded = name.casefold()
        if folded.startswith(typed):
            ranks[0].append(name)
        elif any(part.startswith(typed) for part in folded.replace(".", "/").split("/")):
            ranks[1].append(name)
        elif typed in folded:
            ranks[2].append(name)
    return [name for rank in ranks for name in rank]
