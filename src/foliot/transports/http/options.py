"""OPTIONS: which methods a path has. Litestar's own answer forgets those of all its handlers but the first."""

from collections import defaultdict
from collections.abc import Iterable

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from foliot.transports.http.answers import Reply


def options_routes(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """An answer to OPTIONS for each path of these handlers. It needs no key."""
    methods: defaultdict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
    for handler in handlers:
        for path in handler.paths:
            methods[path] |= handler.http_methods
    return [_route(path, ", ".join(sorted(allowed))) for path, allowed in methods.items()]


def _route(path: str, allowed: str) -> HTTPRouteHandler:
    async def options() -> ASGIApp:
        return Reply(204, b"", ((b"allow", allowed.encode()),))

    return HTTPRouteHandler(path, http_method="OPTIONS", status_code=200)(options)
