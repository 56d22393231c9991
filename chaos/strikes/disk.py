"""What happens to the disk under the SQLite file."""

import resource
from typing import Final

from chaos.stage import Stage

_FULL_SECONDS: Final = 4.0
_ROOM_BYTES: Final = 256 * 1024
"""For what is logged meanwhile."""


async def fill_the_disk(stage: Stage) -> None:
    """No process may write beyond a size that logs have not reached, and SQLite's write-ahead log soon has.

    That takes no privileges and no file system of one's own: the kernel refuses such a write with EFBIG, which SQLite
    takes as it takes any that a disk refuses.
    """
    folder = stage.site.folder
    logs = max(path.stat().st_size for pattern in ("log-*", "notes-*") for path in folder.glob(pattern))
    limited = [process.pid for process in stage.site.processes]
    with stage.fault("the disk takes no more writes"):
        _limit(limited, 2 * logs + _ROOM_BYTES)
        try:
            await stage.last(_FULL_SECONDS)
        finally:
            _limit(limited, resource.RLIM_INFINITY)


def _limit(pids: list[int], size: int) -> None:
    for pid in pids:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
