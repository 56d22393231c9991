"""The id under which a request is logged and answered: the caller's, if it is sane, else one of ours."""

import re
from random import Random
from typing import Any, Final

from litestar.types import Message, Scope

_random: Final = Random()  # it only has to be another for each request
_SANE: Final = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """The id of this request; the first call decides, later ones repeat."""
    state: dict[str, Any] = scope["state"]
    known: str | None = state.get("request_id")
    if known is None:
        known = state["request_id"] = _asked_for(scope) or f"{_random.getrandbits(128):032x}"
    return known


async def add_request_id(message: Message, scope: Scope) -> None:
    """Put `X-Request-Id` on an answer: a hook for every message that is sent."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (b"x-request-id", request_id_of(scope).encode())]


def _asked_for(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return value.decode("ascii")
    return None
