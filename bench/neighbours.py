"""What else the machine is busy with: figures of one that is shared vary, and it should be seen by how much."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_BUSY: Final = (1, 2, 3, 6, 7, 8)
"""Of the first line of /proc/stat: user, nice, system, interrupts, and what other machines have stolen."""


class Neighbours:
    """Tells the share of all cores that others have used; nothing where there is no /proc."""

    def __init__(self) -> None:
        self._before = _now()

    def lap(self) -> float | None:
        """In percent, since the last call. The benchmark with its servers and all other children is not counted."""
        before, self._before = self._before, _now()
        if before is None or self._before is None:
            return None
        passed, busy, ours = (end - begin for begin, end in zip(before, self._before, strict=True))
        return round(100 * max(0, busy - ours) / passed, 1) if passed else None


def _now() -> tuple[int, int, int] | None:
    """Ticks since the start of the machine: that passed on all cores, that were busy, that were ours."""
    try:
        fields = (_PROC / "stat").read_text().splitlines()[0].split()
        ours = sum(_ticks())
    except OSError:
        return None
    return sum(map(int, fields[1:9])), sum(int(fields[place]) for place in _BUSY), ours


def _ticks() -> Iterator[int]:
    """Of this process and all that descend from it, and of those that have ended."""
    ticks, children = {}, dict[int, list[int]]()
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        ticks[int(folder.name)] = sum(map(int, fields[11:15]))
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    family = [os.getpid()]
    while family:
        process = family.pop()
        yield ticks.get(process, 0)
        family += children.get(process, ())
