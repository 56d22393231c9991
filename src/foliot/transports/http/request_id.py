"""The id under which a request is logged and answered: the caller's, if it is sane, else one of ours."""

import re
from collections.abc import Sequence
from random import Random
from typing import Final

from foliot.transports.http.asgi import Message, Scope

_KEY: Final = "foliot.request_id"
_random: Final = Random()  # it only has to be another for each request
_SANE: Final = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """The id of this request; the first call decides, later ones repeat."""
    known: str | None = scope.get(_KEY)
    if known is None:
        known = scope[_KEY] = _asked_for(scope) or f"{_random.getrandbits(128):032x}"
    return known


def opening(scope: Scope, status: int, headers: Sequence[tuple[bytes, bytes]]) -> Message:
    """The first message of an answer, which carries the id."""
    named = [*headers, (b"x-request-id", request_id_of(scope).encode())]
    return {"type": "http.response.start", "status": status, "headers": named}


def _asked_for(scope: Scope) -> str | None:
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return value.decode("ascii")
    return None
