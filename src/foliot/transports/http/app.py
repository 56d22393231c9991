"""The HTTP transport, assembled: every endpoint, the documentation, and what all of them share."""

from itertools import chain
from typing import Final

from litestar import Litestar
from litestar.datastructures import State

from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.http import (
    calendars,
    changes,
    dead_letters,
    jobs,
    keys,
    operations,
    runs,
    schedules,
    submission,
    types,
    watch,
    worker,
)
from foliot.transports.http.documentation import documentation_routes
from foliot.transports.http.openapi import openapi_document
from foliot.transports.http.options import options_routes
from foliot.transports.http.problems import answer_error
from foliot.transports.http.request_id import add_request_id
from foliot.transports.http.streams import OpenStreams

ENDPOINTS: Final = tuple(
    chain.from_iterable(
        module.ENDPOINTS
        for module in (
            submission,
            jobs,
            schedules,
            calendars,
            runs,
            watch,
            changes,
            dead_letters,
            types,
            worker,
            keys,
            operations,
        )
    )
)
"""All operations, in the order of the documentation."""


def build_app(services: Services, settings: Settings) -> Litestar:
    """The ASGI application. Whoever stops its server calls `end_streams` first."""
    routes = [
        *(endpoint.route(services, settings.largest_request_bytes) for endpoint in ENDPOINTS),
        *documentation_routes(openapi_document(ENDPOINTS)),
    ]
    return Litestar(
        route_handlers=[*options_routes(routes), *routes],
        exception_handlers={Exception: answer_error},
        before_send=[add_request_id],
        state=State({"streams": OpenStreams()}),
        openapi_config=None,  # ours is made from the very structs that requests are decoded with
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
