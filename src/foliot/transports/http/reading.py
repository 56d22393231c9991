"""Reading what a request carries: headers, query and body. Whatever cannot be read is a typed refusal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec

from foliot.domain.errors import InvalidRequest, PayloadTooLarge
from foliot.transports.http.asgi import Receive, Scope
from foliot.transports.http.problems import Refused

Shape = TypeVar("Shape", bound=msgspec.Struct)

_MOST_PARAMETERS: Final = 50
_WHERE: Final = re.compile(r" - at (?:`key` in )?`\$(?P<path>.*)`$", re.DOTALL)
_MISSING_OR_UNKNOWN: Final = re.compile(r"(?P<what>missing required|unknown) field `(?P<name>.*)`$", re.DOTALL)
_NATURAL: Final = re.compile(r"-?[0-9]{1,9}")
_LONGEST_NAME_SHOWN: Final = 100


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a header.

    Raises:
        InvalidRequest: it was sent twice with different values.
    """
    found: bytes | None = None
    for key, value in scope["headers"]:
        if key == name:
            if found is not None and found != value:
                raise InvalidRequest(f"Send the header {name.decode().title()} once.", name.decode().title())
            found = value
    return None if found is None else found.decode("latin-1")


class Shaped(Generic[Shape]):
    """Decodes into one struct, strictly, and says in the caller's terms what does not fit it."""

    def __init__(self, shape: type[Shape]) -> None:
        self._shape = shape
        self._decoder = msgspec.json.Decoder(shape)
        self._known = ", ".join(field.encode_name for field in msgspec.structs.fields(shape))
        self._numbers = frozenset(
            field.encode_name for field in msgspec.structs.fields(shape) if _is_number(field.type)
        )
        self._words = {field.encode_name: _words(field.type) for field in msgspec.structs.fields(shape)}

    def from_json(self, text: bytes | msgspec.Raw) -> Shape:
        """The struct that this JSON text stands for.

        Raises:
            InvalidRequest: it is not JSON, or a member is unknown, missing or of the wrong type; the member is named.
        """
        try:
            return self._decoder.decode(text)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error), "field") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest(f"The body is not JSON in UTF-8: {error}.") from None
        except RecursionError:
            raise InvalidRequest("The body is nested too deeply.") from None

    def from_query(self, query: bytes) -> Shape:
        """The struct that this query string stands for.

        Raises:
            InvalidRequest: a parameter is unknown, repeated or unusable; it is named.
        """
        values: dict[str, str | int] = {}
        for name, text in _parameters(query):
            if name in values:
                raise InvalidRequest(f"Give {name} once.", name)
            values[name] = int(text) if name in self._numbers and _NATURAL.fullmatch(text) else text
        return self.from_mapping(values)

    def from_mapping(self, values: Mapping[str, Any]) -> Shape:
        """The struct with these members.

        Raises:
            InvalidRequest: a member is unknown or unusable; it is named.
        """
        try:
            return msgspec.convert(values, self._shape)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error), "query parameter") from None

    def _misfit(self, message: str, noun: str) -> InvalidRequest:
        where = _WHERE.search(message)
        path = where["path"].removeprefix(".") if where else ""
        what = message[: where.start()] if where else message
        if what.startswith("Invalid enum value") and (words := self._words.get(path)):
            what += f"; it is one of {words}"
        if (named := _MISSING_OR_UNKNOWN.search(what)) is None:
            return InvalidRequest(f"{path}: {what}." if path else f"{what}.", path or None)
        name = named["name"][:_LONGEST_NAME_SHOWN]
        field = f"{path}.{name}" if path else name
        if named["what"] != "unknown":
            return InvalidRequest(f"The {noun} {field} is missing.", field)
        known = "" if path else f" Known: {self._known or 'none'}."
        return InvalidRequest(f"There is no {noun} {field}.{known}", field)


def _is_number(annotation: Any) -> bool:
    kind = msgspec.inspect.type_info(annotation)
    while isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    return isinstance(kind, msgspec.inspect.IntType)


def _words(annotation: Any) -> str:
    """The words of which a member is one, if it is."""
    words: list[str] = []
    kinds = [msgspec.inspect.type_info(annotation)]
    while kinds:
        match kinds.pop():
            case msgspec.inspect.Metadata(type=kind):
                kinds.append(kind)
            case msgspec.inspect.UnionType(types=several):
                kinds.extend(several)
            case msgspec.inspect.EnumType(cls=enum):
                words.extend(str(each.value) for each in enum)
            case msgspec.inspect.LiteralType(values=values):
                words.extend(map(str, values))
            case _:
                pass
    return ", ".join(words)


def _parameters(query: bytes) -> list[tuple[str, str]]:
    if not query:
        return []
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise InvalidRequest(f"The query is not at most {_MOST_PARAMETERS} parameters in UTF-8.") from None


def expect_json(scope: Scope, media_types: Sequence[str] = ("application/json",)) -> str:
    """The media type of a body, which is one of these; a body that says nothing is taken as the first.

    Raises:
        Refused: it says that it is something else, or not plain UTF-8.
    """
    found = media_types[0]
    for name, value in scope["headers"]:
        if name == b"content-type" and value != b"application/json":
            kind, _, parameters = value.decode("latin-1").lower().partition(";")
            charset = parameters.partition("charset=")[2].strip().strip('"')
            found = kind.strip()
            if found not in media_types or charset not in ("", "utf-8", "utf8"):
                raise Refused(415, f"Send the body as {' or '.join(media_types)} in UTF-8.")
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise Refused(415, "Send the body without a content encoding.")
    return found


def as_text(body: bytes) -> str:
    """A body that is text.

    Raises:
        InvalidRequest: it is not UTF-8.
    """
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The body is not text in UTF-8: {error}.") from None


async def read_body(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The whole body.

    Raises:
        PayloadTooLarge: more than `largest` bytes were announced, or came.
        InvalidRequest: the caller went away before the end of it.
    """
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdecimal() and int(announced[:18]) > largest:
        raise _too_large(largest)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise InvalidRequest("The request ended before its body did.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(largest: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A request has at most {largest:,} bytes; send less at once.")
