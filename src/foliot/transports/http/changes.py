"""Watching many runs: what becomes of them, as one stream of server-sent events."""

from typing import Annotated, Final

import msgspec

from foliot.domain.identity import Identity
from foliot.domain.ids import ID_PATTERN
from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.service.changes import ALL_OVER, Change
from foliot.service.services import Services
from foliot.service.watchers import MOST_IDS, ChangeFilter
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.streams import EVENT_STREAM_MEDIA_TYPE, EventStream
from foliot.transports.http.wire import view_run

_STATE: Final = f"({'|'.join(RunState)})"
_MOST_ENCODED: Final = 1_000

_Names = Annotated[str, msgspec.Meta(description="One, or several with commas between.", min_length=1)]
_Ids = Annotated[
    str,
    msgspec.Meta(
        description=f"One, or up to {MOST_IDS} with commas between.",
        pattern=f"^{ID_PATTERN}(,{ID_PATTERN}){{0,{MOST_IDS - 1}}}$",
    ),
]
_States = Annotated[
    str, msgspec.Meta(description="One, or several with commas between.", pattern=f"^{_STATE}(,{_STATE})*$")
]


class WatchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs, and to which states; what is left out does not restrict."""

    type: _Names | None = None
    queue: _Names | None = None
    state: _States | None = None
    job_id: _Ids | None = None
    run_id: _Ids | None = None

    def filter(self) -> ChangeFilter:
        """The same for the service."""
        return ChangeFilter(
            types=_several(self.type),
            queues=_several(self.queue),
            states=frozenset(map(RunState, _several(self.state))),
            job_ids=_several(self.job_id),
            run_ids=_several(self.run_id),
        )


@endpoint("GET", "/v1/watch", "Watch runs", tag="Runs", also=(204,), refuses=(404,), media_type=EVENT_STREAM_MEDIA_TYPE)
async def watch_runs(
    services: Services, identity: Identity, query: WatchQuery, last_event_id: str | None
) -> EventStream[Change] | None:
    """What becomes of the tenant's runs that fit, as server-sent events `run`, each with the run as it stands, without
    its result.

    Every end of a run is told. A client that comes back with `Last-Event-ID` is told of those that it missed; it may be
    told of some twice, which their ids show. Of other changes the newest is told, and what happens quickly one after
    the other may be passed over: a run's own events tell all. `ready` says that nothing is missed from here on; `reset`
    that some of what was missed is not kept any more. With `run_id` it is told first how these stand, and the stream
    ends with `over` when all of them are over; coming back then gets 204."""
    if last_event_id == ALL_OVER:
        return None
    return EventStream(await services.changes.watch(identity, query.filter(), last_event_id), _event)


ENDPOINTS: Final = (watch_runs,)


def _several(text: str | None) -> frozenset[str]:
    return frozenset() if text is None else frozenset(text.split(","))


_encoded: Final[dict[int, tuple[Run, bytes]]] = {}


def _event(change: Change) -> bytes:
    if change.run is not None:
        return b"id: %b\nevent: run\ndata: %b\n\n" % (change.cursor.encode(), _document(change.run))
    if change.kind == "quiet":
        return b": still here\nid: %b\n\n" % change.cursor.encode()
    return b"id: %b\nevent: %b\ndata: {}\n\n" % (change.cursor.encode(), change.kind.encode())


def _document(run: Run) -> bytes:
    """The run as it is sent. It is the same object for all who are told of it, and encoded once."""
    known = _encoded.get(id(run))
    if known is not None and known[0] is run:
        return known[1]
    text = msgspec.json.encode(view_run(run))
    if len(_encoded) >= _MOST_ENCODED:
        _encoded.pop(next(iter(_encoded)))
    _encoded[id(run)] = run, text
    return text
