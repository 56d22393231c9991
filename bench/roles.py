"""What the processes of a fleet do, through the public SDK: submit, work, or both."""

import asyncio
import time
from typing import Final

import msgspec

from bench.application import Application
from bench.board import Board, Figure, Phase
from foliot import Settings

BULK: Final = 500
_AHEAD: Final = 5_000
_PRODUCERS: Final = 4
_TICK_SECONDS: Final = 0.005
_MOST_SINGLE_PER_SECOND: Final = 200
_MOST_UNDER_WAY: Final = 64
_LARGEST_BULK: Final = 2_000
_BACKLOG_SECONDS: Final = 10


class Load(msgspec.Struct, frozen=True):
    """How much is submitted: `per_second`, or as much as can be with some 5,000 ahead of the workers if None.

    One of `every` runs is timed.
    """

    per_second: float | None = None
    every: int = 16


async def work(board: Board, place: int, settings: Settings, load: Load) -> None:
    """A worker."""
    async with Application(settings, board, place, load.every) as application:
        await _ready(board, place)
        async with application.app.working():
            await board.until(Phase.STOP)


async def produce(board: Board, place: int, settings: Settings, load: Load) -> None:
    """A process that submits."""
    async with Application(settings, board, place) as application:
        await _ready(board, place)
        await _submit(application, board, load)


async def do_both(board: Board, place: int, settings: Settings, load: Load) -> None:
    """One process that submits and works, in one event loop."""
    async with Application(settings, board, place, load.every) as application:
        await _ready(board, place)
        async with application.app.working():
            await _submit(application, board, load)
            await board.until(Phase.STOP)


async def _ready(board: Board, place: int) -> None:
    board.add(place, Figure.READY)
    await board.until(Phase.GO)


async def _submit(application: Application, board: Board, load: Load) -> None:
    if load.per_second is None:
        await asyncio.gather(*(_submit_all_one_can(application, board) for _ in range(_PRODUCERS)))
    else:
        await _submit_evenly(application, board, load.per_second)


async def _submit_all_one_can(application: Application, board: Board) -> None:
    while board.phase < Phase.CEASE:
        if board.total(Figure.SENT) - board.total(Figure.STARTED) > _AHEAD:
            await asyncio.sleep(0.001)
        else:
            await application.submit(BULK)


async def _submit_evenly(application: Application, board: Board, per_second: float) -> None:
    """Submit what is due by the clock, whether or not earlier submits have been answered.

    Only when 64 submits are under way, or ten seconds' worth of jobs wait, does it hold back; the rate that is achieved
    is then lower than the one that was asked for.
    """
    tick = 1 / per_second if per_second <= _MOST_SINGLE_PER_SECOND else _TICK_SECONDS
    most_waiting = max(_AHEAD, per_second * _BACKLOG_SECONDS)
    asked, begun = 0, time.perf_counter()
    under_way = set[asyncio.Task[None]]()
    async with asyncio.TaskGroup() as group:
        while board.phase < Phase.CEASE:
            due = min(int((time.perf_counter() - begun) * per_second) - asked, _LARGEST_BULK)
            waiting = board.total(Figure.SENT) - board.total(Figure.STORED)
            if due > 0 and len(under_way) < _MOST_UNDER_WAY and waiting < most_waiting:
                asked += due
                task = group.create_task(application.submit(due))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            next_tick = (int((time.perf_counter() - begun) / tick) + 1) * tick
            await asyncio.sleep(begun + next_tick - time.perf_counter())
