"""The keys in Redis. All carry one hash tag, so that they live together in a cluster."""

from typing import Final

import msgspec

from foliot.adapters.redis.hints import Cell

GROUP: Final = "workers"


class Names(msgspec.Struct, frozen=True):
    """The keys below a prefix."""

    prefix: str

    def stream(self, cell: Cell) -> str:
        """The runs of a queue and priority."""
        return f"{{{self.prefix}}}:runs:{cell.priority.name.lower()}:{cell.queue}"

    def of_type(self, cell: Cell, job_type: str) -> str:
        """Runs that a worker met which has no handler for them, for those that have one."""
        return f"{self.stream(cell)}:{job_type}"

    def left(self, queue: str) -> str:
        """A set: the types for which there are, or were, such streams."""
        return f"{{{self.prefix}}}:left:{queue}"

    def republished(self, cell: Cell) -> str:
        """How far lost runs of a cell were published again, and by which entry."""
        return f"{self.stream(cell)}:republished"

    def consumer(self, name: str) -> str:
        """There as long as the worker lives."""
        return f"{{{self.prefix}}}:consumer:{name}"

    @property
    def dead(self) -> str:
        """The stream of dead letters."""
        return f"{{{self.prefix}}}:dead"

    @property
    def dead_entries(self) -> str:
        """Which entry of that stream is which run's."""
        return f"{{{self.prefix}}}:dead:entries"

    @property
    def malformed(self) -> str:
        """Entries that could not be read."""
        return f"{{{self.prefix}}}:malformed"

    @property
    def upkeep(self) -> str:
        """Held by the process that does the upkeep."""
        return f"{{{self.prefix}}}:upkeep"
