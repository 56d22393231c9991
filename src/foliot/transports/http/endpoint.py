"""How an operation is declared: a function whose signature says what it takes and gives, bound to a path.

The signature is read once, when the module is loaded. By name, a function gets `services`, `identity` (it then
needs a key), `caller` (who may go away meanwhile), `query` and `body` (structs that refuse unknown members); a `str` is
a member of the path, an id if its name ends so, a `str | None` the header of its name. Where the body may be text of
another kind instead, `text` is that, and one of the two is None. The same signature is what the OpenAPI document tells.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from structlog.contextvars import bind_contextvars

from foliot.domain.errors import NotFound
from foliot.domain.ids import is_id
from foliot.service.services import Services
from foliot.transports.http.answers import JSON_MEDIA_TYPE, Answer, reply, reply_answer, reply_text
from foliot.transports.http.asgi import ASGIApp, Receive, Scope
from foliot.transports.http.authentication import identity_of
from foliot.transports.http.reading import Shaped, as_text, expect_json, header, read_body
from foliot.transports.http.request_id import request_id_of
from foliot.transports.http.routing import PLACE, Route
from foliot.transports.http.streams import Caller

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Function = Callable[..., Awaitable[object]]

MERGE_PATCH_MEDIA_TYPE: Final = "application/merge-patch+json"
BODY_TYPES: Final[Mapping[Method, tuple[str, ...]]] = {
    "POST": (JSON_MEDIA_TYPE,),
    "PUT": (JSON_MEDIA_TYPE,),
    "PATCH": (MERGE_PATCH_MEDIA_TYPE, JSON_MEDIA_TYPE),
}
"""The methods that have a body, and the media types that it may be of."""


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No query parameters."""


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing: leave the body out."""


_no_query: Final = Shaped(NoQuery)
_no_body: Final = Shaped(NoBody)


class Endpoint:
    """One operation. `status` and `also` are the codes of success, `refuses` those that only this one has.
    `has_tag`: what it answers has an entity tag. The headers that are `unwelcome` are read to be refused, and not told
    of. `text_type` is the media type of a body that is taken as text, beside JSON.
    """

    def __init__(
        self,
        function: Function,
        method: Method,
        path: str,
        summary: str,
        *,
        tag: str,
        status: int,
        also: tuple[int, ...],
        refuses: tuple[int, ...],
        media_type: str,
        unwelcome: tuple[str, ...],
        has_tag: bool,
        text_type: str | None,
    ) -> None:
        hints = get_type_hints(function, include_extras=True)
        given = hints.pop("return")
        self.function = function
        self.method = method
        self.path = path
        self.summary = summary
        self.tag = tag
        self.status = status
        self.also = also
        self.refuses = refuses
        self.media_type = media_type
        self.unwelcome = unwelcome
        self.text_type = text_type
        self.body_types = (*BODY_TYPES.get(method, ()), *(() if text_type is None else (text_type,)))
        self.operation_id = function.__name__
        self.has_tag = has_tag
        self.gives: Any = get_args(given)[0] if get_origin(given) is Answer else given
        self.takes_services = hints.pop("services", None) is not None
        self.needs_key = hints.pop("identity", None) is not None
        self.takes_caller = hints.pop("caller", None) is not None
        self.query: type[msgspec.Struct] | None = hints.pop("query", None)
        self.body: type[msgspec.Struct] | None = _without_none(hints.pop("body", None))
        hints.pop("text", None)
        self.places: tuple[str, ...] = tuple(PLACE.findall(path))
        self.headers: Mapping[str, str] = {name: name.replace("_", "-") for name in hints if name not in self.places}

    def route(self, services: Services, largest_request_bytes: int) -> Route:
        """The operation as it is served."""
        function, status, places = self.function, self.status, self.places
        needs_key, takes_caller = self.needs_key, self.takes_caller
        body_types, text_type = self.body_types, self.text_type
        always = {"services": services} if self.takes_services else {}
        query = None if self.query is None else Shaped(self.query)
        body = None if self.body is None else Shaped(self.body)
        headers = [(name, wire_name.encode()) for name, wire_name in self.headers.items()]
        finish = self._finish

        async def serve(scope: Scope, receive: Receive, found: Sequence[str]) -> ASGIApp:
            bind_contextvars(request_id=request_id_of(scope))
            given: dict[str, Any] = dict(always)
            if needs_key:
                given["identity"] = await identity_of(scope, services.access)
            for place, value in zip(places, found, strict=True):
                given[place] = _checked(place, value)
            for name, wire_name in headers:
                given[name] = header(scope, wire_name)
            if query is not None:
                given["query"] = query.from_query(scope["query_string"])
            elif scope["query_string"]:
                _no_query.from_query(scope["query_string"])
            if body_types:
                text = await read_body(scope, receive, largest_request_bytes)
                kind = expect_json(scope, body_types) if body is not None else None
                if body is not None and text_type is not None:
                    is_text = kind == text_type
                    given["body"] = None if is_text else body.from_json(text)
                    given["text"] = as_text(text) if is_text else None
                elif body is not None:
                    given["body"] = body.from_json(text)
                elif text:
                    _no_body.from_json(text)
            if takes_caller:
                given["caller"] = Caller(scope, receive)
            return finish(await function(**given), status)

        return Route(self.method, self.path, serve)

    def _finish(self, result: Any, status: int) -> ASGIApp:
        if isinstance(result, bytes):
            return reply_text(result, self.media_type)
        if isinstance(result, Answer):
            return reply_answer(result, status)
        if isinstance(result, msgspec.Struct) or result is None:
            return reply(result, status)
        stream: ASGIApp = result
        return stream


def endpoint(
    method: Method,
    path: str,
    summary: str,
    *,
    tag: str,
    status: int = 200,
    also: tuple[int, ...] = (),
    refuses: tuple[int, ...] = (),
    media_type: str = JSON_MEDIA_TYPE,
    unwelcome: tuple[str, ...] = (),
    has_tag: bool = False,
    text_type: str | None = None,
) -> Callable[[Function], Endpoint]:
    """Declare a function as an operation of the API."""

    def declare(function: Function) -> Endpoint:
        return Endpoint(
            function,
            method,
            path,
            summary,
            tag=tag,
            status=status,
            also=also,
            refuses=refuses,
            media_type=media_type,
            unwelcome=unwelcome,
            has_tag=has_tag,
            text_type=text_type,
        )

    return declare


def _without_none(shape: Any) -> Any:
    """The struct of `Struct | None`."""
    return next((one for one in get_args(shape) if one is not type(None)), shape)


def _checked(place: str, text: str) -> str:
    if place.endswith("_id") and not is_id(text):
        raise NotFound(f"There is no {place.removesuffix('_id')} {text[:100]!r}; an id here is a lower-case UUIDv7.")
    return text
