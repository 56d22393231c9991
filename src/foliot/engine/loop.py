"""The one shape of everything that runs by itself."""

import asyncio
from random import Random
from typing import Final, Protocol

import structlog

from foliot.domain.errors import Unavailable
from foliot.ports import Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LONGEST_PAUSE_SECONDS: Final = 5.0


class Loop(Protocol):
    """One deed, done again and again."""

    @property
    def name(self) -> str:
        """The deed, as a noun: it names the task and stands in the log."""
        ...

    @property
    def topic(self) -> Topic:
        """The wake-up that ends its sleep."""
        ...

    async def step(self) -> float:
        """Do what is due: a bounded amount, harmless to repeat. In how many seconds more is due, as far as is known."""
        ...


async def keep_stepping(loop: Loop, wakeup: Wakeup, random: Random) -> None:
    """Step for ever, sleeping as long as hints can be trusted. A step that fails is logged and tried again, later each
    time; it never ends the loop."""
    ear = wakeup.subscribe(loop.topic)
    failures = 0
    try:
        while not _is_cancelled():
            try:
                seconds = await loop.step()
                failures = 0
            except Exception as error:
                failures += 1
                seconds = min(0.1 * 2**failures, _LONGEST_PAUSE_SECONDS)
                known = isinstance(error, Unavailable)
                _LOG.warning("step failed", loop=loop.name, error=str(error), again_in=seconds, exc_info=not known)
                await asyncio.sleep(seconds)
                continue
            if loop.topic is not Topic.IDLE:
                seconds = min(seconds, wakeup.patience * random.uniform(0.8, 1.0))
            await ear.wait(seconds)
    finally:
        ear.close()


def _is_cancelled() -> bool:
    """Whether this task was told to end. A step may not have noticed: before Python 3.12 `asyncio.wait_for`, which
    drivers use, may swallow that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
