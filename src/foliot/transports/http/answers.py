"""What goes back: a value as JSON with a status and headers."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec
from litestar.types import Receive, Scope, Send

Content = TypeVar("Content")

JSON_MEDIA_TYPE: Final = "application/json"
_NEVER_STORED: Final = (b"cache-control", b"no-store")
_encoder: Final = msgspec.json.Encoder()


class Answer(msgspec.Struct, Generic[Content], frozen=True):
    """A value that is not answered with its endpoint's first status, or not without headers of its own."""

    content: Content
    status: int = 0
    location: str | None = None
    preference_applied: str | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of its own."""
        told = ((b"location", self.location), (b"preference-applied", self.preference_applied))
        return [(name, value.encode()) for name, value in told if value is not None]


class Reply:
    """A finished response, as an ASGI application: no more than two messages."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._status = status
        self._body = body
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def reply(content: object, status: int, headers: Sequence[tuple[bytes, bytes]] = ()) -> Reply:
    """A value as JSON; None is no content."""
    if content is None:
        return Reply(204, b"", (_NEVER_STORED,))
    body = _encoder.encode(content)
    always = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), _NEVER_STORED)
    return Reply(status, body, [*always, *headers])


def reply_text(body: bytes, media_type: str) -> Reply:
    """Bytes of another media type."""
    return Reply(
        200,
        body,
        (
            (b"content-type", media_type.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"x-content-type-options", b"nosniff"),
            _NEVER_STORED,
        ),
    )
