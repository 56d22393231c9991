"""Time, and hints that something happened."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Clock(Protocol):
    """Where now comes from. Sleeping is asyncio's: a virtual clock brings an event loop of its own."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class Topic(StrEnum):
    """What a wake-up is about."""

    QUEUED = "queued"
    REMOTE = "remote"
    UNPUBLISHED = "unpublished"
    SCHEDULED = "scheduled"
    EXPIRING = "expiring"
    CHANGED = "changed"
    CANCELLING = "cancelling"
    IDLE = "idle"


class Wakeup(Protocol):
    """Hints that something happened, so that nobody needs to poll fast. A lost hint costs time, nothing else."""

    @property
    def patience(self) -> float:
        """How many seconds one may sleep, at present, without looking for oneself: the more, the less gets lost."""
        ...

    def notify(self, topic: Topic, run_ids: Sequence[str] = ()) -> None:
        """Say that the topic stirred; `run_ids` are those that changed, where the topic is about runs."""
        ...

    def stir(self, topic: Topic) -> None:
        """Say so in this process only."""
        ...

    def subscribe(self, topic: Topic) -> "Subscription":
        """Hear of a topic from now on, until closed."""
        ...


class Subscription(Protocol):
    """One listener's ear on a topic. Hints that come while it is busy are kept."""

    async def wait(self, seconds: float) -> frozenset[str]:
        """Return on the next hint, or after `seconds`; the ids are those told of since the last call."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...
