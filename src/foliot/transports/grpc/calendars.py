"""Exclusion calendars: list, show, put, delete."""

from datetime import date
from typing import Final

from foliot.domain.errors import InvalidCalendar, InvalidRequest
from foliot.domain.schedule import Calendar
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import calendar_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.times import stamp


async def list_calendars(call: Call, request: pb.ListCalendarsRequest) -> pb.ListCalendarsResponse:
    return pb.ListCalendarsResponse(
        calendars=[
            calendar_pb2.CalendarSummary(
                name=each.name, description=each.description, count=each.count, first=_told(each.first),
                last=_told(each.last), updated_at=stamp(each.updated_at),
            )
            for each in await call.services.calendars.all(call.identity)
        ]
    )  # fmt: skip


async def get_calendar(call: Call, request: pb.GetCalendarRequest) -> pb.GetCalendarResponse:
    return pb.GetCalendarResponse(calendar=_view(await call.services.calendars.get(call.identity, request.name)))


async def put_calendar(call: Call, request: pb.PutCalendarRequest) -> pb.PutCalendarResponse:
    calendars, name, description = call.services.calendars, request.name, request.description
    if request.icalendar and request.dates:
        raise InvalidRequest("Give dates or an iCalendar file, not both.", "icalendar")
    dates = [_date(text) for text in request.dates]
    try:
        if request.icalendar:
            put = await calendars.put_icalendar(call.identity, name, request.icalendar, description)
        else:
            put = await calendars.put(call.identity, name, dates, description)
    except InvalidCalendar as error:
        error.field = "icalendar" if error.field == "calendar" else (error.field or "").removeprefix("calendar.")
        raise
    return pb.PutCalendarResponse(calendar=_view(put.calendar), replanned=put.replanned)


async def delete_calendar(call: Call, request: pb.DeleteCalendarRequest) -> pb.DeleteCalendarResponse:
    await call.services.calendars.delete(call.identity, request.name)
    return pb.DeleteCalendarResponse()


OPERATIONS: Final = (list_calendars, get_calendar, put_calendar, delete_calendar)


def _view(calendar: Calendar) -> calendar_pb2.Calendar:
    return calendar_pb2.Calendar(
        name=calendar.name, description=calendar.description, dates=map(_told, sorted(calendar.dates)),
        updated_at=stamp(calendar.updated_at),
    )  # fmt: skip


def _told(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text[:100]!r} is no date; write it as 2026-12-25.", "dates") from None
