"""What goes back: a value as JSON with a status and headers."""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from foliot.transports.http.asgi import Receive, Scope, Send
from foliot.transports.http.etags import entity_tag, is_known
from foliot.transports.http.request_id import opening

Content = TypeVar("Content")

JSON_MEDIA_TYPE: Final = "application/json"
_NEVER_STORED: Final = (b"cache-control", b"no-store")
_encoder: Final = msgspec.json.Encoder()


class Answer(msgspec.Struct, Generic[Content], frozen=True):
    """A value that is not answered with its endpoint's first status, or not without headers of its own.

    What has a revision has an entity tag. Who says in `if_none_match` to have what has that tag is told so with 304.
    """

    content: Content
    status: int = 0
    location: str | None = None
    preference_applied: str | None = None
    revision: int | None = None
    if_none_match: str | None = None


class Reply:
    """A finished response, as an ASGI application: no more than two messages."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._status = status
        self._body = body
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(opening(scope, self._status, self._headers))
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def reply(content: object, status: int) -> Reply:
    """A value as JSON; None is no content."""
    if content is None:
        return Reply(204, b"", (_NEVER_STORED,))
    return reply_json(_encoder.encode(content), status)


def reply_answer(answer: Answer[Any], status: int) -> Reply:
    """A value as JSON, with what is to be said beside it; `status` is that of its endpoint."""
    body, status = _encoder.encode(answer.content), answer.status or status
    headers = [] if answer.location is None else [(b"location", answer.location.encode())]
    if answer.preference_applied is not None:
        headers.append((b"preference-applied", answer.preference_applied.encode()))
    if answer.revision is not None:
        tag = entity_tag(answer.revision, body)
        headers.append((b"etag", tag.encode()))
        if is_known(answer.if_none_match, tag):
            return Reply(304, b"", (*headers, _NEVER_STORED))
    return reply_json(body, status, headers)


def reply_json(
    body: bytes, status: int, more: Sequence[tuple[bytes, bytes]] = (), media_type: str = JSON_MEDIA_TYPE
) -> Reply:
    """JSON, with more headers than it always has."""
    kind, length = (b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))
    return Reply(status, body, (kind, length, _NEVER_STORED, *more))


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
