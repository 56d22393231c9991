"""What a change to some runs means for those that waited for them."""

from collections.abc import Iterable, Sequence

import msgspec

from foliot.domain.run import Queued
from foliot.ports.broker import Broker
from foliot.ports.signals import Topic, Wakeup


class Moved(msgspec.Struct, frozen=True):
    """What became of runs that waited for others which ended: those that are due, those that are over (skipped, as
    what they waited for can never be, or cancelled), and whether some wait for their time."""

    queued: Sequence[Queued] = ()
    over: Sequence[str] = ()
    has_pending: bool = False

    @classmethod
    def all(cls, moves: Iterable["Moved"]) -> "Moved":
        """These together."""
        those = list(moves)
        return cls(
            [run for moved in those for run in moved.queued],
            [run_id for moved in those for run_id in moved.over],
            any(moved.has_pending for moved in those),
        )

    async def tell(self, broker: Broker, wakeup: Wakeup) -> None:
        """Let all know of it that wait to hear of it."""
        if self.queued:
            await broker.publish(self.queued)
        if self.queued or self.over:
            wakeup.notify(Topic.CHANGED, [*(run.run_id for run in self.queued), *self.over])
        if self.has_pending:
            wakeup.notify(Topic.SCHEDULED)
