"""`foliot …` as real processes: started, stopped, frozen, killed, and what they log."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from servers.server import leashed

ROOT: Final = Path(__file__).parents[1]
_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.01


class ProcessError(RuntimeError):
    """A process does not do as told; the message has what it said."""


class Process:
    """A `foliot` process."""

    def __init__(self, inner: asyncio.subprocess.Process, log: Path) -> None:
        self._inner = inner
        self._log = log
        self.pid = inner.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; one that is frozen has not."""
        return self._inner.returncode is None

    @property
    def said(self) -> str:
        """All that it has said."""
        return self._log.read_text(errors="replace")

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = self.said.splitlines()
        return [msgspec.json.decode(line) for line in lines if line.startswith("{") and line.endswith("}")]

    async def until_logged(self, *events: str) -> dict[str, Any]:
        """The first of these lines, once it is there.

        Raises:
            ProcessError: the process has ended, or does not say it for a long time.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (found := [line for line in self.log if line.get("event") in events]):
            if not self.is_running or time.monotonic() > deadline:
                raise ProcessError(f"`foliot` has not logged any of {events}. It said:\n{self.said[-4000:]}")
            await asyncio.sleep(_LOOK_SECONDS)
        return found[0]

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it has not ended."""
        if self.is_running:
            self._inner.send_signal(number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send(signal.SIGTERM)

    async def ended(self, within: float) -> int:
        """Its exit code, once it has ended; TimeoutError if that takes longer."""
        async with asyncio.timeout(within):
            return await self._inner.wait()

    async def kill(self) -> None:
        """End it at once, if it has not ended."""
        self.send(signal.SIGKILL)
        await self._inner.wait()


async def start(*command: str, settings: Mapping[str, object], folder: Path, log: Path) -> Process:
    """Start `foliot COMMAND` with these settings and no others, in a folder. It dies with whoever starts it.

    Names that are no settings, such as `CHAOS_FOLDER`, are passed on as they are.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLIOT_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    for name, value in ({"log_format": "json"} | dict(settings)).items():
        environment[name if name.isupper() else f"FOLIOT_{name.upper()}"] = str(value)
    with log.open("wb") as output:
        inner = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "foliot", *command], signal.SIGKILL),
            cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    return Process(inner, log)
