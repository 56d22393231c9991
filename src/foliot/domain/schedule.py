"""When: a schedule is asked for its first instant and for the one after a planned instant, and never looks at now.

The public face of `foliot.domain.time`.
"""

from foliot.domain.time.at import At, Instant
from foliot.domain.time.cron import Cron
from foliot.domain.time.every import SHORTEST_INTERVAL_SECONDS, Every
from foliot.domain.time.excluding import Excluding, observing, planned_anew
from foliot.domain.time.exclusion import Calendar
from foliot.domain.time.jitter import jitter
from foliot.domain.time.kinds import Recurring, Schedule
from foliot.domain.time.misfire import (
    CatchUp,
    Coalesce,
    Due,
    Fate,
    Fated,
    MisfirePolicy,
    Settlement,
    Skip,
    coalesce,
    settle,
)
from foliot.domain.time.options import MisfireName, ScheduleOptions, in_seconds, misfire_named
from foliot.domain.time.preview import MOST_PREVIEWED, Previewed, check_previewed, note, preview, upcoming
from foliot.domain.time.resolve import Decision, Fold, Gap, Planned
from foliot.domain.time.rrule import MonthEnd, RRule
from foliot.domain.time.series import MOST_OCCURRENCES
from foliot.domain.time.shorthand import AskedSchedule, meant

__all__ = [
    "MOST_OCCURRENCES",
    "MOST_PREVIEWED",
    "SHORTEST_INTERVAL_SECONDS",
    "AskedSchedule",
    "At",
    "Calendar",
    "CatchUp",
    "Coalesce",
    "Cron",
    "Decision",
    "Due",
    "Every",
    "Excluding",
    "Fate",
    "Fated",
    "Fold",
    "Gap",
    "Instant",
    "MisfireName",
    "MisfirePolicy",
    "MonthEnd",
    "Planned",
    "Previewed",
    "RRule",
    "Recurring",
    "Schedule",
    "ScheduleOptions",
    "Settlement",
    "Skip",
    "check_previewed",
    "coalesce",
    "in_seconds",
    "jitter",
    "meant",
    "misfire_named",
    "note",
    "observing",
    "planned_anew",
    "preview",
    "settle",
    "upcoming",
]
