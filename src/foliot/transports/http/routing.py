"""Which operation a request asks for, by its path and method."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import msgspec

from foliot.transports.http.answers import Reply
from foliot.transports.http.asgi import ASGIApp, Receive, Scope
from foliot.transports.http.problems import Refused

PLACE: Final = re.compile(r"{(\w+)}")
"""A part of a path that stands for any text but a slash."""

Serve = Callable[[Scope, Receive, Sequence[str]], Awaitable[ASGIApp]]
"""Takes a request and the texts at the places of its path; gives what sends the answer."""


class Route(msgspec.Struct, frozen=True):
    """What is done for a method and a path, which may have places such as `{job_id}`."""

    method: str
    path: str
    serve: Serve


class Routes:
    """All routes, as a tree of the parts of their paths. A part that is named goes before a place.

    Slashes that are too many, such as one at the end, mean nothing. Every path answers OPTIONS.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Branch()
        for route in routes:
            branch = self._root
            for part in _parts(route.path):
                branch = branch.grown("" if PLACE.fullmatch(part) else part)
            branch.methods[route.method] = route.serve

    def find(self, method: str, path: str) -> tuple[Serve, Sequence[str]]:
        """What serves this request, and the texts at the places of its path.

        Raises:
            Refused: there is nothing at this path, or not for this method.
        """
        branch, places = self._root, []
        for part in _parts(path):
            if part in branch.parts:
                branch = branch.parts[part]
            elif "" in branch.parts:
                branch = branch.parts[""]
                places.append(part)
            else:
                branch = _NOWHERE
                break
        if not branch.methods:
            raise Refused(404, f"There is nothing at {path[:200]}; /docs lists what there is.")
        if method in branch.methods:
            return branch.methods[method], places
        allowed = ", ".join(sorted({"OPTIONS", *branch.methods}))
        if method != "OPTIONS":
            detail = f"{method} is not possible at {path[:200]}; use one of {allowed}."
            raise Refused(405, detail, (b"allow", allowed.encode()))
        return _constant(Reply(204, b"", ((b"allow", allowed.encode()),))), places


class _Branch:
    """Where a path has come to: the parts that may follow, that of a place being empty, and what ends here."""

    def __init__(self) -> None:
        self.parts: dict[str, _Branch] = {}
        self.methods: dict[str, Serve] = {}

    def grown(self, part: str) -> "_Branch":
        return self.parts.setdefault(part, _Branch())


_NOWHERE: Final = _Branch()


def constant(method: str, path: str, reply: Reply) -> Route:
    """A route whose answer is always the same. It needs no key."""
    return Route(method, path, _constant(reply))


def _constant(reply: Reply) -> Serve:
    async def serve(scope: Scope, receive: Receive, places: Sequence[str]) -> ASGIApp:
        return reply

    return serve


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
