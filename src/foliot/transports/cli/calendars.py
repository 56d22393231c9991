"""`foliot calendar`: dates on which nothing runs that excludes them."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, Token

from foliot.domain.errors import InvalidCalendar
from foliot.transports.cli.arguments import UsageError
from foliot.transports.cli.documents import calendar_document, list_document
from foliot.transports.cli.groups import WORK
from foliot.transports.cli.layout import fields
from foliot.transports.cli.session import Here
from foliot.transports.cli.tables import calendar_fields, calendar_table

calendars = App(name="calendar", group=WORK, help="Exclusion calendars: dates on which nothing runs that names them.")


def _dates(_: object, tokens: Sequence[Token]) -> tuple[date, ...]:
    texts = [text for token in tokens for text in token.value.split(",") if text]
    try:
        return tuple(map(date.fromisoformat, texts))
    except ValueError:
        raise ValueError(f"{','.join(texts)!r} are no dates; write them as 2026-12-25,2026-12-26.") from None


@calendars.command(name="set")
async def set_(
    name: Annotated[str, Parameter(help="Its name, as jobs exclude it.")],
    file: Annotated[
        str | None, Parameter(help="An iCalendar file with all-day events; - reads it from standard input.")
    ] = None,
    /,
    *,
    dates: Annotated[
        tuple[date, ...] | None,
        Parameter(help="Instead: the dates, as 2026-12-25,2026-12-26.", converter=_dates, n_tokens=1, metavar="DATES"),
    ] = None,
    description: Annotated[str, Parameter(help="What it is about.")] = "",
    session: Here,
) -> None:
    """Put a calendar in place of any of that name; the jobs that exclude it follow."""
    if (file is None) == (dates is None):
        raise UsageError("Give an iCalendar file or --dates.")
    text = None if file is None else _read(file)
    async with session.acting() as acting:
        if text is not None:
            put = await acting.services.calendars.put_icalendar(acting.identity, name, text, description)
        else:
            put = await acting.services.calendars.put(acting.identity, name, dates or (), description)
    session.output.show(
        calendar_document(put.calendar) | {"replanned": put.replanned},
        fields(("calendar", name), ("dates", str(len(put.calendar.dates))), ("jobs replanned", str(put.replanned))),
    )


@calendars.command(name="list")
async def list_(*, session: Here) -> None:
    """List the tenant's calendars, by name."""
    async with session.acting() as acting:
        found = await acting.services.calendars.all(acting.identity)
    session.output.show(list_document(found), calendar_table(found, session.now))


@calendars.command
async def show(name: Annotated[str, Parameter(help="The calendar's name.")], /, *, session: Here) -> None:
    """Show a calendar with its dates."""
    async with session.acting() as acting:
        found = await acting.services.calendars.get(acting.identity, name)
    session.output.show(calendar_document(found), calendar_fields(found, session.now))


@calendars.command
async def delete(name: Annotated[str, Parameter(help="The calendar's name.")], /, *, session: Here) -> None:
    """Delete a calendar that no active or paused job excludes."""
    async with session.acting() as acting:
        await acting.services.calendars.delete(acting.identity, name)
    session.output.show({"name": name, "deleted": True}, fields(("deleted", name)))


def _read(file: str) -> str:
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode()
    except OSError as error:
        raise InvalidCalendar(f"The file {file} cannot be read: {error.strerror}.", "calendar") from None
    except UnicodeDecodeError:
        raise InvalidCalendar(f"The file {file} is not text in UTF-8.", "calendar") from None
