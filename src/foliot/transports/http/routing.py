"""Which operation a request asks for, by its path and method. Starlette finds the path."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from starlette import routing

from foliot.transports.http.answers import Reply
from foliot.transports.http.asgi import ASGIApp, Receive, Scope, Send
from foliot.transports.http.problems import Refused, answer_error

PLACE: Final = re.compile(r"{(\w+)}")
"""A part of a path that stands for any text but a slash."""

Serve = Callable[[Scope, Receive, Sequence[str]], Awaitable[ASGIApp]]
"""Takes a request and the texts at the places of its path; gives what sends the answer."""


class Route(msgspec.Struct, frozen=True):
    """What is done for a method and a path, which may have places such as `{job_id}`."""

    method: str
    path: str
    serve: Serve


def router(routes: Iterable[Route]) -> ASGIApp:
    """An application that does what its routes say. A path without places goes before one with them."""
    methods: defaultdict[str, dict[str, Serve]] = defaultdict(dict)
    for route in routes:
        methods[route.path][route.method] = route.serve
    paths = sorted(methods, key=lambda path: len(PLACE.findall(path)))
    return routing.Router(
        [routing.Route(path, _Served(_of_path(methods[path]))) for path in paths],
        redirect_slashes=False,
        default=_Served(_nothing),
    )


def constant(method: str, path: str, reply: Reply) -> Route:
    """A route whose answer is always the same. It needs no key."""

    async def serve(scope: Scope, receive: Receive, places: Sequence[str]) -> ASGIApp:
        return reply

    return Route(method, path, serve)


class _Served:
    """What serves a path, with whatever it raises as its answer."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._serve(scope, receive, tuple(scope.get("path_params", {}).values()))
        except Exception as error:
            answer = answer_error(scope, error)
        await answer(scope, receive, send)


def _of_path(methods: Mapping[str, Serve]) -> Serve:
    allowed = ", ".join(sorted({"OPTIONS", *methods}))
    header = b"allow", allowed.encode()

    async def serve(scope: Scope, receive: Receive, places: Sequence[str]) -> ASGIApp:
        method = scope["method"]
        if method in methods:
            return await methods[method](scope, receive, places)
        if method == "OPTIONS":
            return Reply(204, b"", (header,))
        detail = f"{method} is not possible at {scope['path'][:200]}; use one of {allowed}."
        raise Refused(405, detail, header)

    return serve


async def _nothing(scope: Scope, receive: Receive, places: Sequence[str]) -> ASGIApp:
    raise Refused(404, f"There is nothing at {scope['path'][:200]}; /docs lists what there is.")
