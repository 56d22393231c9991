"""Who we are among the consumers, and what becomes of those that went or died."""

from collections.abc import Iterable
from typing import Any, Final

from foliot.adapters.redis.names import GROUP, Names
from foliot.adapters.redis.scripts import Scripts

ALIVE_SECONDS: Final = 9
_IDLE_MILLISECONDS: Final = 3_000


class Consumer:
    """A name that no other has. What it holds when something went wrong is held by a former self, and given back.

    Args:
        name: what its names begin with.
    """

    def __init__(self, redis: Any, scripts: Scripts, names: Names, name: str) -> None:
        self._redis = redis
        self._scripts = scripts
        self._names = names
        self._base = name
        self._number = 1
        self._went: list[str] = []
        self._streams: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The name at present."""
        return f"{self._base}.{self._number}"

    def reads(self, streams: Iterable[str], returned: str) -> None:
        """Remember which streams it may have entries of, and where those go if they are given back."""
        self._streams |= dict.fromkeys(streams, returned)

    def begin_anew(self) -> None:
        """Be another: whatever this one holds, nobody knows any more."""
        self._went.append(self.name)
        self._number += 1

    async def make_groups(self) -> None:
        """Make the group of each stream that has none."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for stream in self._streams:
                pipeline.xgroup_create(stream, GROUP, id="0", mkstream=True)
            for answer in await pipeline.execute(raise_on_error=False):
                if isinstance(answer, Exception) and "BUSYGROUP" not in str(answer):
                    raise answer

    async def tidy(self) -> None:
        """Say that we live. What is held by those that do not, and by former selves, is given back."""
        await self._redis.set(self._names.consumer(self.name), 1, ex=ALIVE_SECONDS)
        await self._release()

    async def leave(self) -> None:
        """Give back what we hold, and be no consumer any more."""
        self.begin_anew()
        await self._release()

    async def _release(self) -> None:
        if not self._streams:
            return
        went = list(self._went)
        if went:
            await self._redis.delete(*map(self._names.consumer, went))
        keys = [self._names.malformed, *(key for pair in self._streams.items() for key in pair)]
        await self._scripts.run("tidy", keys, self._names.consumer(""), _IDLE_MILLISECONDS, *went)
        self._went = [name for name in self._went if name not in went]
