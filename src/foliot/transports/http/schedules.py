"""Schedules: a look at one before it is given to a job."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.schedule import MOST_PREVIEWED, AskedSchedule, Instant, Previewed
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule, the instant from which to look at it (now if it is left out), and how many occurrences to show."""

    schedule: AskedSchedule
    from_: Annotated[Instant, msgspec.Meta(description="As if the job were created then.")] | None = msgspec.field(
        name="from", default=None
    )
    count: Annotated[int, msgspec.Meta(extra_json_schema={"minimum": 1, "maximum": MOST_PREVIEWED})] = 10


class Preview(msgspec.Struct, frozen=True):
    """The occurrences, in order. There are fewer than were asked for where the schedule ends."""

    items: Sequence[Previewed]


@endpoint("POST", "/v1/schedules:preview", "Preview a schedule", tag="Schedules")
async def preview_schedule(services: Services, identity: Identity, body: PreviewRequest) -> Preview:
    """When a job with this schedule would run, in UTC and on the clocks of its timezone, with a note where clocks are
    set. Nothing is stored. Jitter is not in it, since it differs from job to job."""
    return Preview(await services.previewing.preview(identity, body.schedule, body.from_, body.count))


ENDPOINTS: Final = (preview_schedule,)
