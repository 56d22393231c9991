"""Reading the arguments of a call. Whatever does not fit is refused in words that let a model mend its call."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from foliot.domain.errors import InvalidRequest, NotFound
from foliot.domain.ids import is_id
from foliot.domain.policy import check_name

_WHERE: Final = re.compile(r" - at (?:`key` in )?`\$(?P<path>.*)`$", re.DOTALL)
_MISSING_OR_UNKNOWN: Final = re.compile(r"(?P<what>missing required|unknown) field `(?P<name>.*)`$", re.DOTALL)
_LONGEST_SHOWN: Final = 100


class InvalidArguments(InvalidRequest):
    """A tool was called with arguments that it does not take."""


class ArgumentReader:
    """Decodes the arguments of one tool, strictly."""

    def __init__(self, shape: type[msgspec.Struct], schema: Mapping[str, Any]) -> None:
        self._shape = shape
        self._members: Mapping[str, Any] = schema["properties"]
        self._required = schema.get("required", [])

    def read(self, arguments: Mapping[str, Any] | None) -> Any:
        """The struct that these arguments stand for.

        Raises:
            InvalidArguments: one is unknown, missing or of the wrong kind; the message names it and what is allowed.
            NotFound: an id is none.
        """
        given = {} if arguments is None else arguments
        _check_json(given)
        try:
            read = msgspec.convert(given, self._shape)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error)) from None
        for name, value in given.items():
            if name.endswith("_id"):
                _check_id(name, value)
        return read

    def _misfit(self, message: str) -> InvalidArguments:
        where = _WHERE.search(message)
        path = where["path"].removeprefix(".") if where else ""
        what = message[: where.start()] if where else message
        if (named := _MISSING_OR_UNKNOWN.search(what)) is None or path:
            return InvalidArguments(f"`{path}`: {what}. {self._allowed(path)}".strip(), path or None)
        name = named["name"][:_LONGEST_SHOWN]
        if named["what"] == "unknown":
            known = ", ".join(self._members) or "none; this tool takes no arguments"
            return InvalidArguments(f"There is no argument `{name}`. Allowed: {known}.", name)
        return InvalidArguments(f"The argument `{name}` is missing. {self._allowed(name)}".strip(), name)

    def _allowed(self, path: str) -> str:
        member = self._members.get(re.split(r"[.\[]", path)[0])
        if member is None:
            return ""
        if "enum" in member:
            return f"Allowed: {', '.join(map(str, member['enum']))}."
        return f"It is: {member.get('description', member.get('type', 'see the schema'))}"


def _check_json(given: Mapping[str, Any]) -> None:
    """The parser of the SDK lets pass what is no JSON for others: half characters, and numbers without bounds."""
    try:
        msgspec.json.encode(given)
    except (ValueError, OverflowError, RecursionError):
        raise InvalidArguments(
            "An argument holds what JSON cannot: half of a character, a number above 64 bits, or too many levels."
        ) from None


def _check_id(name: str, value: object) -> None:
    if isinstance(value, str) and not is_id(value):
        raise NotFound(
            f"`{name}`: {value[:_LONGEST_SHOWN]!r} is no id. An id is a lower-case UUIDv7 from an earlier answer; "
            "task_list and task_runs show them.",
            name,
        )


def checked_names(**names: str | None) -> None:
    """Refuse a filter by a name that nothing can have.

    Raises:
        InvalidPolicy: naming the argument.
    """
    for field, name in names.items():
        if name is not None:
            check_name(name, field)
