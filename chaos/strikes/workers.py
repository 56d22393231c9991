"""What happens to workers."""

import asyncio
import signal
from typing import Final

from chaos.notes import executions
from chaos.stage import Stage

_HELD: Final = 100
_HELD_SECONDS: Final = 60.0


async def kill_a_worker(stage: Stage) -> None:
    """SIGKILL; another is started in its place."""
    await stage.kill(stage.any_worker(), "a worker is killed")
    await stage.site.start_worker()


async def freeze_a_worker(stage: Stage) -> None:
    """SIGSTOP for longer than its lease, then SIGCONT: it comes back in the belief that it still has its runs."""
    victim = stage.any_worker()
    with stage.fault("a worker is stopped, and comes back", victim) as fault:
        victim.send(signal.SIGSTOP)
        try:
            fault.held = await stage.held_by(victim)
            await asyncio.sleep(2 * stage.lease_seconds)
            await stage.last(2)
        finally:
            victim.send(signal.SIGCONT)


async def kill_one_with_a_hundred_in_hand(stage: Stage) -> None:
    """A worker gets a queue for itself, takes a hundred runs that last, and is killed; two others may take over."""
    victim = await stage.site.start_worker(queues="held", concurrency=_HELD)
    for _ in range(_HELD):
        stage.order("hold")
    await _until_held(stage, victim.pid)
    for _ in range(2):
        await stage.site.start_worker(queues="default,held", concurrency=2 * _HELD)
    await stage.kill(victim, f"a worker with {_HELD} runs in hand is killed")
    await asyncio.sleep(stage.lease_seconds)
    (stage.site.folder / "released").touch()


async def _until_held(stage: Stage, pid: int) -> None:
    async with asyncio.timeout(_HELD_SECONDS):
        while len([noted for noted in executions(stage.site.folder) if noted.pid == pid]) < _HELD:
            await asyncio.sleep(0.1)
