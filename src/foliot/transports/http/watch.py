"""Watching a run: its events as server-sent events, until it is over."""

from typing import Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.streams import EVENT_STREAM_MEDIA_TYPE, EventStream
from foliot.transports.http.wire import view_event


@endpoint("GET", "/v1/runs/{run_id}/watch", "Watch a run", tag="Runs", also=(204,), media_type=EVENT_STREAM_MEDIA_TYPE)
async def watch_run(
    services: Services, identity: Identity, run_id: str, last_event_id: str | None
) -> EventStream[Event] | None:
    """The events of a run as server-sent events, until it is over. A client that reconnects sends `Last-Event-ID` and
    gets what came after it, or 204 when nothing can come any more."""
    run, events = await services.runs.story(identity, run_id)
    if run.state.is_over and last_event_id is not None and last_event_id == events[-1].id:
        return None
    return EventStream(services.watch.events(identity, run_id, last_event_id), _event)


ENDPOINTS: Final = (watch_run,)


def _event(event: Event) -> bytes:
    data = msgspec.json.encode(view_event(event))
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.type.encode(), data)
