"""`Prefer: wait=n` (RFC 7240 §4.3): how long a caller is ready to wait for the end of a run."""

import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final

from foliot.domain.errors import ResultTimeout
from foliot.domain.identity import Identity
from foliot.domain.run import Run
from foliot.service.services import Services
from foliot.transports.http.streams import Caller

LONGEST_WAIT_SECONDS: Final = 60

_WAIT: Final = re.compile(r"(?:^|,)[ \t]*wait[ \t]*=[ \t]*\"?(?P<seconds>[0-9]{1,9})\"?[ \t]*(?:$|[,;])", re.IGNORECASE)


def wait_of(prefer: str | None) -> int | None:
    """The seconds that a `Prefer` header asks to wait, 60 at most. What cannot be read is passed over (RFC 7240 §2)."""
    found = None if prefer is None else _WAIT.search(prefer)
    return None if found is None else min(int(found["seconds"]), LONGEST_WAIT_SECONDS)


def applied(seconds: int | None) -> str | None:
    """The header `Preference-Applied` where that long was waited, or would have been."""
    return None if seconds is None else f"wait={seconds}"


async def ended_within(services: Services, identity: Identity, run_id: str, seconds: int, caller: Caller) -> Run | None:
    """The run with its result if it is over in time, and the caller is still there.

    Raises:
        NotFound: this tenant has none of that id.
    """
    return await caller.unless_gone(_ended(services.watch.ended(identity, run_id, timedelta(seconds=seconds))))


async def _ended(run: Awaitable[Run]) -> Run | None:
    try:
        return await run
    except ResultTimeout:
        return None
