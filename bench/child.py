"""The life of one process of a fleet."""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TextIO

import structlog
import uvloop

from bench.board import Board

Role = Callable[..., Coroutine[Any, Any, None]]
"""Takes the board, the process's place on it, and what else `Fleet.start` is given."""


def live(log: Path, role: Role, board: Board, place: int, arguments: tuple[Any, ...]) -> None:
    """Play a role to its end. Ctrl-C goes to all processes of a terminal; whoever started this one will stop it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with log.open("a", buffering=1) as sink:
        log_to(sink)
        try:
            uvloop.run(_leashed(role(board, place, *arguments)))
        except Exception:
            traceback.print_exc(file=sink)
            sys.exit(1)


def log_to(sink: TextIO) -> None:
    """Let Foliot say there what it has to warn of."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sink),
    )


async def _leashed(role: Coroutine[Any, Any, None]) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, os._exit, 1)  # it has died
    await role
