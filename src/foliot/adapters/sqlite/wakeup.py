"""Wake-ups between the processes that share a database file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from foliot.adapters.local.wakeup import Ear, LocalWakeup
from foliot.ports import Topic

_LOOK_SECONDS: Final = 0.02
_OTHERS_MAY_HAVE_DONE: Final = (
    Topic.QUEUED, Topic.REMOTE, Topic.SCHEDULED, Topic.CHANGED, Topic.CANCELLING, Topic.EXPIRING,
)  # fmt: skip


class FileWakeup(LocalWakeup):
    """`ports.Wakeup` for those who share a file: a commit of another process is heard within some 20 ms.

    Every commit changes the write-ahead log's time of modification, and asking for that costs microseconds and no
    query. Nobody looks while nobody listens. A commit that falls together with one of our own may go unheard; the
    listeners' own polling is the net under that.

    Args:
        database: the database file.
        own_commits: how many commits this process has made so far.
    """

    def __init__(self, database: Path, own_commits: Callable[[], int]) -> None:
        super().__init__()
        self._log = database.with_name(database.name + "-wal")
        self._own_commits = own_commits
        self._looker: asyncio.Task[None] | None = None

    def subscribe(self, topic: Topic) -> Ear:
        ear = super().subscribe(topic)
        if self._looker is None:
            self._looker = asyncio.create_task(self._look(), name="file-wakeup")
        return ear

    async def _look(self) -> None:
        seen, own = self._stamp(), self._own_commits()
        try:
            while self.has_ears:
                await asyncio.sleep(_LOOK_SECONDS)
                before, seen = seen, self._stamp()
                own_before, own = own, self._own_commits()
                if seen != before and own == own_before:
                    for topic in _OTHERS_MAY_HAVE_DONE:
                        self.notify(topic)
        finally:
            self._looker = None

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._log.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)
