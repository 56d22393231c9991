"""The keys in Redis. All carry one hash tag, so that they live together in a cluster."""

from typing import Final

import msgspec

from foliot.domain.priority import Priority

GROUP: Final = "workers"


class Cell(msgspec.Struct, frozen=True, order=True):
    """What one stream is for: a priority of a queue."""

    priority: Priority
    queue: str


class Names(msgspec.Struct, frozen=True):
    """The keys below a prefix. What may hold any character comes last; a type's name has no blanks."""

    prefix: str

    def stream(self, cell: Cell) -> str:
        """The runs of a priority of a queue."""
        return self._key(f"runs:{cell.priority.label}:{cell.queue}")

    def returned(self, cell: Cell) -> str:
        """Runs that somebody had in hand and gave back: they are read before the others."""
        return self._key(f"returned:{cell.priority.label}:{cell.queue}")

    def window(self, cell: Cell) -> str:
        """A hash: how far the store's runs were published again, and whether those after that were published at all."""
        return self._key(f"window:{cell.priority.label}:{cell.queue}")

    def left(self, cell: Cell) -> tuple[str, str]:
        """Runs that a worker met which has no handler for them: before and after the type, what their stream is called.

        Those that have one read it too.
        """
        return self._key(f"left:{cell.priority.label}:"), f" {cell.queue}"

    def left_types(self, queue: str) -> str:
        """A set: the types for which there are, or were, such streams."""
        return self._key(f"left-types:{queue}")

    def consumer(self, name: str) -> str:
        """There as long as the consumer lives."""
        return self._key(f"consumer:{name}")

    @property
    def malformed(self) -> str:
        """The stream of entries that could not be read."""
        return self._key("malformed")

    @property
    def turn(self) -> str:
        """There while some process looks for what was lost, or just has."""
        return self._key("turn")

    @property
    def dead(self) -> str:
        """The stream of dead letters."""
        return self._key("dead")

    @property
    def dead_entries(self) -> str:
        """A hash: which entry of that stream is which run's."""
        return self._key("dead-entries")

    @property
    def dead_whole(self) -> str:
        """There unless that stream may lack dead letters."""
        return self._key("dead-whole")

    def _key(self, name: str) -> str:
        return f"{{{self.prefix}}}:{name}"
