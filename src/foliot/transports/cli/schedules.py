"""When, as it is typed: the options that make a schedule, and `foliot preview`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter, Token

from foliot.domain.errors import InvalidPolicy
from foliot.domain.policy import Overlap
from foliot.domain.schedule import (
    AskedSchedule,
    Fold,
    Gap,
    MisfirePolicy,
    MonthEnd,
    Previewed,
    ScheduleOptions,
    misfire_named,
    preview,
)
from foliot.transports.cli.arguments import DURATION, INSTANT, UsageError, duration
from foliot.transports.cli.groups import WHEN
from foliot.transports.cli.layout import Cell, Table, columns
from foliot.transports.cli.session import Here

_SPELLED: Final = {"delay": "--in", "month_end": "--month-end"}
_DURATIONS: Final = frozenset({"stagger", "grace"})


def _start(_: object, tokens: Sequence[Token]) -> datetime:
    text = tokens[0].value
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise ValueError(
            f"{text!r} is no time; write it as 2026-05-01T08:00:00Z, or without an offset for an --rrule."
        ) from None


def _misfire(_: object, tokens: Sequence[Token]) -> MisfirePolicy:
    return misfire(tokens[0].value)


def _document(_: object, tokens: Sequence[Token]) -> AskedSchedule:
    try:
        asked: AskedSchedule = msgspec.json.decode(tokens[0].value, type=AskedSchedule)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise ValueError(f"{error}; write the schedule as the HTTP API has it.") from None
    return asked


START: Final = Parameter(converter=_start, n_tokens=1, accepts_keys=False, metavar="TIME")
MISFIRE: Final = Parameter(converter=_misfire, n_tokens=1, accepts_keys=False, metavar="POLICY")
DOCUMENT: Final = Parameter(converter=_document, n_tokens=1, accepts_keys=False, metavar="JSON")


@dataclass(frozen=True)
class Recurring:
    """The options of a schedule that recurs."""

    every: Annotated[
        timedelta | None, DURATION, Parameter(group=WHEN, help="Again and again with this time in between, as 5m.")
    ] = None
    cron: Annotated[
        str | None, Parameter(group=WHEN, help="By a cron line, as '0 8 * * MON-FRI', or @daily.", metavar="LINE")
    ] = None
    rrule: Annotated[
        str | None,
        Parameter(
            group=WHEN,
            help="By a rule of RFC 5545, as 'FREQ=MONTHLY;BYDAY=-1FR', counted from --start.",
            metavar="RULE",
        ),
    ] = None
    schedule: Annotated[
        AskedSchedule | None, DOCUMENT, Parameter(group=WHEN, help="By a schedule as the HTTP API has it.")
    ] = None
    timezone: Annotated[
        str | None, Parameter(group=WHEN, help="Whose clocks, as America/New_York; UTC if left out.", metavar="ZONE")
    ] = None
    start: Annotated[
        datetime | None,
        START,
        Parameter(group=WHEN, help="The first instant allowed; of an --rrule its local start, as 2026-05-01T08:00:00."),
    ] = None
    end: Annotated[datetime | None, INSTANT, Parameter(group=WHEN, help="The last instant allowed.")] = None
    gap: Annotated[Gap | None, Parameter(group=WHEN, help="What becomes of a time that clocks leap over.")] = None
    fold: Annotated[Fold | None, Parameter(group=WHEN, help="Which of a time that clocks show twice.")] = None
    month_end: Annotated[
        MonthEnd | None, Parameter(group=WHEN, help="What an --rrule does in a month without its day.")
    ] = None
    exclude: Annotated[
        tuple[str, ...] | None,
        Parameter(group=WHEN, help="Not on the dates of this calendar; once for each.", metavar="CALENDAR"),
    ] = None


NOT_RECURRING: Final = Recurring()

Count = Annotated[int | None, Parameter(group=WHEN, help="The most occurrences.")]
Jitter = Annotated[
    timedelta | None, DURATION, Parameter(group=WHEN, help="The most by which a run is due later than planned.")
]
Misfire = Annotated[
    MisfirePolicy | None,
    MISFIRE,
    Parameter(
        group=WHEN,
        help="What becomes of occurrences that came while nothing ran, if not as the type: coalesce, skip:grace=1m "
        "or catch_up:limit=10,stagger=2s,grace=1h.",
    ),
]
Overlapping = Annotated[
    Overlap | None, Parameter(group=WHEN, help="What becomes of one that is due while a run of the job is not over.")
]


def schedule_of(recurring: Recurring, **others: Any) -> AskedSchedule | None:
    """The schedule that options ask for; none if they ask for none. `others` are more members of `ScheduleOptions`.

    Raises:
        UsageError: they do not go together.
    """
    said = {name: value for name, value in vars(recurring).items() if value is not None and name != "schedule"}
    said |= {name: value for name, value in others.items() if value is not None}
    if recurring.schedule is not None and said:
        raise UsageError(f"--schedule says all; leave {', '.join(map(_spelled, said))} out.")
    options = ScheduleOptions(**said)
    if (why := options.contradiction(_spelled)) is not None:
        raise UsageError(why)
    return recurring.schedule or options.schedule()


def misfire(text: str) -> MisfirePolicy:
    """A misfire policy: `coalesce`, `skip`, `catch_up`, with what it takes as `catch_up:limit=10,stagger=2s,grace=1h`.

    Raises:
        ValueError: it is none.
    """
    name, colon, members = text.partition(":")
    policy = _named(name.strip().replace("-", "_"))
    if not colon:
        return policy
    said: dict[str, float] = {}
    known = {field.removesuffix("_seconds"): field for field in policy.__struct_fields__}
    for member in members.split(","):
        key, _, value = member.partition("=")
        key = key.strip()
        if key not in known:
            raise ValueError(f"{name} takes {', '.join(known) or 'nothing'}; not {key!r}.")
        said[known[key]] = duration(value).total_seconds() if key in _DURATIONS else _whole(key, value)
    return msgspec.structs.replace(policy, **said)


def _named(name: str) -> MisfirePolicy:
    try:
        return misfire_named(name)
    except InvalidPolicy as error:
        raise ValueError(error.message) from None


def _whole(key: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(f"{key} is a whole number; not {text!r}.")
    return int(text)


def _spelled(name: str) -> str:
    return _SPELLED.get(name, f"--{name}")


async def preview_(
    *,
    recurring: Annotated[Recurring, Parameter(name="*")] = NOT_RECURRING,
    from_: Annotated[
        datetime | None, INSTANT, Parameter(name="--from", help="As if the job were created then; now if left out.")
    ] = None,
    count: Annotated[int, Parameter(help="How many to show, 1 to 1,000.", show_default=True)] = 10,
    session: Here,
) -> None:
    """Show when a schedule fires: in UTC, on its clocks, and what these do.

    Neither a database nor a server is needed, unless it excludes calendars: they are kept there.
    """
    schedule = schedule_of(recurring)
    if schedule is None:
        raise UsageError("Give one of --every, --cron, --rrule and --schedule.")
    if schedule.exclude:
        async with session.acting() as acting:
            found = await acting.services.previewing.preview(acting.identity, schedule, from_, count)
    else:
        found = preview(schedule, from_ or session.now, count)
    session.output.show(found, _table(found))


def _table(found: Sequence[Previewed]) -> Table:
    rows = [
        [
            Cell(f"{each.at:%Y-%m-%d %H:%M:%S}Z"),
            Cell(f"{each.local:%a} {each.local.replace(microsecond=0).isoformat(' ')}"),
            Cell(each.note or "", "yellow"),
        ]
        for each in found
    ]
    return Table(columns("at", "local", prose="note"), rows, "Nothing; the schedule has ended by then.")
