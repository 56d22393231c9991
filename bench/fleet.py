"""Processes that are measured: started together, watched, and always stopped."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Self

from bench.board import PLACES, Board, Figure, Phase, wait_until
from bench.child import Role, live
from bench.options import BenchError
from bench.processes import resident_mb

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0


class Fleet:
    """Each process plays a role. What they log goes to the file `log`."""

    def __init__(self, log: Path) -> None:
        self.board = Board()
        self._log = log
        self._processes: list[BaseProcess] = []
        self._workers: list[BaseProcess] = []
        self._killed: set[int] = set()

    def start(self, role: Role, *arguments: Any, is_worker: bool = False) -> int:
        """Start a process; its place on the board. The memory of workers is of interest."""
        place = len(self._processes)
        if place >= PLACES:
            raise BenchError(f"A fleet has {PLACES} processes at most.")
        process = multiprocessing.get_context("spawn").Process(
            target=live, args=(self._log, role, self.board, place, arguments), daemon=True
        )
        process.start()
        self._processes.append(process)
        if is_worker:
            self._workers.append(process)
        return place

    def get_ready(self) -> None:
        """Return when all are ready to begin."""
        self.wait(lambda: self.board.total(Figure.READY) >= len(self._processes), _START_SECONDS, "become ready")

    def go(self) -> None:
        """Let all begin at once."""
        self.get_ready()
        self.board.phase = Phase.GO

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until something comes true, or raise."""
        if not wait_until(condition, seconds, self._check):
            raise BenchError(f"The processes did not {what} within {seconds:.0f} s. {self._last_words()}")

    def sleep(self, seconds: float) -> None:
        """Wait so long, or raise if a process ends meanwhile."""
        wait_until(lambda: False, seconds, self._check)

    def pid(self, place: int) -> int:
        """The process at a place."""
        return self._processes[place].pid or 0

    def kill(self, place: int) -> float:
        """SIGKILL; when it was, by the wall clock."""
        self._killed.add(place)
        self._processes[place].kill()
        return time.time()

    @property
    def worker_rss_mb(self) -> float | None:
        """The memory of the largest worker."""
        return max(filter(None, (resident_mb(process.pid) for process in self._workers)), default=None)

    @property
    def warnings(self) -> list[str]:
        """What the processes have logged."""
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    def stop(self) -> None:
        """Let all end; kill those that do not."""
        self.board.phase = Phase.STOP
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()

    def _check(self) -> None:
        for place, process in enumerate(self._processes):
            may_end = place in self._killed or (process.exitcode == 0 and self.board.phase >= Phase.CEASE)
            if process.exitcode is not None and not may_end:
                raise BenchError(f"A process ended with exit code {process.exitcode}. {self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(["The processes logged:", *self.warnings[-30:]])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for process in self._processes:
                process.kill()
        self.stop()
