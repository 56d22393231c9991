"""All use cases in one value, as transports get them."""

from collections.abc import Awaitable, Callable

import msgspec

from foliot.domain.identity import Identity
from foliot.service.access import Access
from foliot.service.backfilling import Backfilling
from foliot.service.calendars import Calendars
from foliot.service.catalogue import Catalogue
from foliot.service.changes import Changes
from foliot.service.dead_letters import DeadLetters
from foliot.service.graphs import Graphs
from foliot.service.holding import Holding
from foliot.service.jobs import Jobs
from foliot.service.leasing import Leasing
from foliot.service.occurrences import Occurrences
from foliot.service.previewing import Previewing
from foliot.service.runs import Runs
from foliot.service.watch import Watch


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """One service, many doors."""

    jobs: Jobs
    graphs: Graphs
    occurrences: Occurrences
    backfilling: Backfilling
    calendars: Calendars
    runs: Runs
    dead_letters: DeadLetters
    previewing: Previewing
    watch: Watch
    changes: Changes
    access: Access
    catalogue: Catalogue
    leasing: Leasing
    holding: Holding
    ready: Callable[[], Awaitable[None]]
    """Returns if requests can be served now, raises Unavailable if not."""
    metrics: Callable[[Identity], Awaitable[bytes]]
    """All figures in the Prometheus text format, for identities of the tenant that runs the server; else Forbidden."""
