"""The kinds of schedules, told apart on the wire by `kind`."""

from foliot.domain.time.at import At
from foliot.domain.time.cron import Cron
from foliot.domain.time.every import Every
from foliot.domain.time.rrule import RRule

Recurring = Every | Cron | RRule
Schedule = At | Recurring
