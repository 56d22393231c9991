"""Entries that a worker has read and not yet used: dealt out by weight, oldest first within a cell."""

import math
from collections import deque
from collections.abc import Iterable, Mapping

from foliot.adapters.redis.hints import Cell, Entry, Hint
from foliot.domain.priority import Priority
from foliot.ports import ClaimRequest

Handicaps = Mapping[Priority, tuple[float, float]]


class Hand:
    """What is in hand, by cell."""

    def __init__(self) -> None:
        self._cells: dict[Cell, deque[Entry]] = {}
        self._per_entry: dict[Cell, float] = {}

    def __len__(self) -> int:
        return sum(self.depth(cell) for cell in self._cells)

    def depth(self, cell: Cell) -> int:
        """How many hints of a cell are in hand."""
        return sum(len(entry.hints) for entry in self._cells.get(cell, ()))

    def add(self, cell: Cell, entry: Entry) -> None:
        """Take an entry in hand, behind the others of its cell."""
        self._cells.setdefault(cell, deque()).append(entry)
        usual = self._per_entry.get(cell, 1.0)
        self._per_entry[cell] = usual + (len(entry.hints) - usual) / 4

    def entries_for(self, cell: Cell, hints: int) -> int:
        """How many entries are likely to hold so many hints."""
        return math.ceil(hints / max(1.0, self._per_entry.get(cell, 1.0)))

    def deal(self, request: ClaimRequest, cells: Iterable[Cell]) -> tuple[list[Hint], list[Entry]]:
        """Up to `limit` hints, as ADR 6 shares them out, and the entries that are used up by that."""
        hints: list[Hint] = []
        used: list[Entry] = []
        for cell, count in shares(request, {cell: self.depth(cell) for cell in cells}).items():
            entries = self._cells[cell]
            while count:
                first = entries[0]
                hints += first.hints[:count]
                taken = min(count, len(first.hints))
                first.hints = first.hints[taken:]
                count -= taken  # noqa: PLW2901, what is left of it
                if not first.hints:
                    used.append(entries.popleft())
        return hints, used

    def put_down(self) -> list[tuple[Cell, Entry]]:
        """All that is in hand, which is then empty."""
        left = [(cell, entry) for cell, entries in self._cells.items() for entry in entries]
        self._cells.clear()
        return left


def shares(request: ClaimRequest, depths: Mapping[Cell, int]) -> dict[Cell, int]:
    """How many runs of each cell a claim takes, when so many are there: the k-th comes at `(k - draw) / weight`."""
    there = {cell: depth for cell, depth in depths.items() if depth}
    if sum(there.values()) <= request.limit:
        return there
    if len(there) == 1:
        return dict.fromkeys(there, request.limit)
    order = sorted(
        ((k - request.handicaps[cell.priority][0]) / request.handicaps[cell.priority][1], cell)
        for cell, depth in there.items()
        for k in range(1, min(depth, request.limit) + 1)
    )
    taken: dict[Cell, int] = {}
    for _, cell in order[: request.limit]:
        taken[cell] = taken.get(cell, 0) + 1
    return taken
