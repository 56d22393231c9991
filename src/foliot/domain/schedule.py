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
from foliot.domain.time.preview import Previewed, note, preview
from foliot.domain.time.resolve import Decision, Fold, Gap, Planned
from foliot.domain.time.rrule import RRule
from foliot.domain.time.series import MOST_OCCURRENCES

__all__ = [
    "MOST_OCCURRENCES",
    "SHORTEST_INTERVAL_SECONDS",
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
    "MisfirePolicy",
    "Planned",
    "Previewed",
    "RRule",
    "Recurring",
    "Schedule",
    "Settlement",
    "Skip",
    "coalesce",
    "jitter",
    "note",
    "observing",
    "planned_anew",
    "preview",
    "settle",
]
