"""Wake-ups between all who use a database: LISTEN and NOTIFY, a few times a second at most, never one a row."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import structlog

from foliot.adapters.local.wakeup import Ear, LocalWakeup
from foliot.adapters.postgres.channel import CHANNEL, heard, spoken
from foliot.domain.errors import Unavailable
from foliot.ports import Topic

if TYPE_CHECKING:
    from foliot.adapters.postgres.database import Database

_LOG: Final = structlog.get_logger(__name__)
_GATHER_SECONDS: Final = {
    Topic.QUEUED: 0.005, Topic.REMOTE: 0.005, Topic.SCHEDULED: 0.02, Topic.CANCELLING: 0.02, Topic.CHANGED: 0.05,
    Topic.EXPIRING: 0.2,
}  # fmt: skip
_MOST_IDS: Final = 100
_AGAIN_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 20.0


class PostgresWakeup(LocalWakeup):
    """`ports.Wakeup` for all processes of a database. What is said is gathered for some milliseconds.

    One connection beside the pool listens and speaks, for as long as anybody listens in this process. While it is
    down, or behind a pooler where nobody can listen, everybody looks for themselves every second.
    """

    def __init__(self, database: "Database") -> None:
        super().__init__()
        self._database = database
        self._to_say: dict[Topic, set[str] | None] = {}
        self._said_at: dict[Topic, float] = {}
        self._speaker: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._connection: Any = None

    @property
    def patience(self) -> float:
        return super().patience if self._connection is None else _PATIENCE_SECONDS

    def notify(self, topic: Topic, run_ids: Sequence[str] = ()) -> None:
        super().notify(topic, run_ids)
        if topic not in _GATHER_SECONDS:
            return
        ids = self._to_say.setdefault(topic, set())
        if ids is not None:
            ids.update(run_ids)
            if not run_ids or len(ids) > _MOST_IDS:
                self._to_say[topic] = None
        if self._speaker is None:
            self._speaker = asyncio.create_task(self._speak(), name="notify")

    def subscribe(self, topic: Topic) -> Ear:
        ear = super().subscribe(topic)
        if self._listener is None and not self._database.is_pooled:
            self._listener = asyncio.create_task(self._listen(), name="listen")
        return ear

    async def close(self) -> None:
        """Say what is left to say, and listen no more."""
        if self._speaker is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._speaker, _AGAIN_SECONDS)
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    # -- speaking

    async def _speak(self) -> None:
        """Say what was gathered, each topic when its time has come; end when nothing is left."""
        clock = asyncio.get_running_loop().time
        try:
            while self._to_say:
                now = clock()
                due = {topic: self._said_at.get(topic, 0.0) + _GATHER_SECONDS[topic] for topic in self._to_say}
                ripe = [topic for topic, at in due.items() if at <= now]
                if not ripe:
                    await asyncio.sleep(min(due.values()) - now)
                    continue
                hints = {topic: sorted(self._to_say.pop(topic) or ()) for topic in ripe}
                self._said_at |= dict.fromkeys(ripe, now)
                if not await self._say(spoken(hints)):
                    for topic, ids in hints.items():
                        self._say_later(topic, ids)
                    await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            self._speaker = None

    def _say_later(self, topic: Topic, ids: list[str]) -> None:
        """What could not be said is said later, with what came meanwhile."""
        later = self._to_say.get(topic, set())
        self._to_say[topic] = None if later is None or not ids else later | set(ids)

    async def _say(self, hints: str) -> bool:
        try:
            if self._connection is not None:
                await self._connection.execute("select pg_notify($1, $2)", CHANNEL, hints)
            else:
                await self._database.run(lambda session: session.execute("notify", CHANNEL, hints))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as error:
            _LOG.debug("a wake-up cannot be sent yet", error=str(error))
            return False
        return True

    # -- listening

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _LOG.debug("not listening", error=str(error))
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen_once(self) -> None:
        """Listen until the connection is lost. What was said while nobody listened is made up for at once."""
        connection = await self._database.connect()
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.execute("set synchronous_commit = off")
            await connection.add_listener(CHANNEL, self._heard)
            self._connection = connection
            for topic in _GATHER_SECONDS:
                super().notify(topic)
            await lost.wait()
        finally:
            self._connection = None
            connection.terminate()

    def _heard(self, _: Any, pid: int, __: str, payload: object) -> None:
        if self._connection is None or pid == self._connection.get_server_pid():
            return
        for topic, ids in heard(str(payload)).items():
            super().notify(topic, ids)
