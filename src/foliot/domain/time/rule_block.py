"""A block of iCalendar lines (DTSTART, RRULE, RDATE, EXDATE) taken apart, and refused where it contradicts itself."""

from datetime import datetime

import msgspec

from foliot.domain.errors import InvalidSchedule
from foliot.domain.time.rule import FIELD, parse_moment


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What a block says; a member that it doesn't mention is empty. `start` is naive, in `timezone`."""

    rule: str = ""
    timezone: str | None = None
    start: datetime | None = None
    rdate: tuple[datetime, ...] = ()
    exdate: tuple[datetime, ...] = ()


def is_block(text: str) -> bool:
    """Whether a text is lines with property names, not just a rule."""
    stripped = text.strip()
    return "\n" in stripped or stripped.upper().startswith(("DTSTART", "RDATE", "EXDATE"))


def parse_block(text: str) -> Block:
    """What the lines of a block say.

    Raises:
        InvalidSchedule: a property that is unknown or repeated, a value of another type, or a second timezone.
    """
    rules: list[str] = []
    starts: list[datetime] = []
    rdate: list[datetime] = []
    exdate: list[datetime] = []
    zones: set[str] = set()
    for line in _unfolded(text):
        head, colon, value = line.partition(":")
        name, *parameters = head.split(";")
        name = name.upper()
        if not colon or name not in {"RRULE", "DTSTART", "RDATE", "EXDATE"}:
            raise InvalidSchedule(f"{FIELD}: {line!r} is not supported; {_advice(name)}.", FIELD)
        if name == "RRULE":
            rules.append(value)
            continue
        zone = _zone(line, parameters)
        moments = [parse_moment(each.strip(), name) for each in value.split(",")]
        if zone is not None and any(each.tzinfo is not None for each in moments):
            raise InvalidSchedule(f"{FIELD}: {line!r} has a TZID and a time in UTC; leave out one.", FIELD)
        zones |= {zone} if zone is not None else set()
        {"DTSTART": starts, "RDATE": rdate, "EXDATE": exdate}[name].extend(moments)
    if len(starts) > 1 or len(rules) > 1:
        raise InvalidSchedule(f"{FIELD} has more than one {'DTSTART' if len(starts) > 1 else 'RRULE'}.", FIELD)
    start = starts[0] if starts else None
    if start is not None and start.tzinfo is not None:
        zones.add("UTC")
        start = start.replace(tzinfo=None)
    if len(zones) > 1:
        raise InvalidSchedule(f"{FIELD} has several timezones, {' and '.join(sorted(zones))}; write one.", FIELD)
    return Block(
        rule="".join(rules), timezone=next(iter(zones), None), start=start, rdate=tuple(rdate), exdate=tuple(exdate)
    )


def _unfolded(text: str) -> list[str]:
    """The lines of a text, put together again where they were folded (RFC 5545 §3.1)."""
    whole = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    return [line.strip() for line in whole.split("\n") if line.strip()]


def _zone(line: str, parameters: list[str]) -> str | None:
    zone = None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.upper() == "TZID":
            zone = value.strip('"').removeprefix("/")
        elif (name.upper(), value.upper()) != ("VALUE", "DATE-TIME"):
            raise InvalidSchedule(
                f"{FIELD}: {parameter!r} in {line!r} is not supported; write dates with a time, as 20260501T080000.",
                FIELD,
            )
    return zone


def _advice(name: str) -> str:
    if name == "EXRULE":
        return "list its dates as EXDATE"
    return "the lines are DTSTART, RRULE, RDATE and EXDATE, each with a colon before its value"
