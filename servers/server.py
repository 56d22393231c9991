"""A server as a child process: started, stopped, killed and frozen."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final, Self

from servers.account import as_account, give
from servers.programs import Programs, within_reach

_PATIENCE_SECONDS: Final = 60.0
_CERTAINLY_RANDOM: Final = random.SystemRandom()


class ServerError(RuntimeError):
    """A server does not do as told; the message has the end of its log."""


class Server(ABC):
    """A server on a loopback port that stays the same however often it is started.

    It dies with the thread that started it, so start it from one that lasts.
    """

    name: ClassVar[str]
    stop_signal: ClassVar = signal.SIGTERM
    kill_signal: ClassVar = signal.SIGKILL

    def __init__(self, folder: Path, find: Callable[[], Programs]) -> None:
        """`folder` is made if need be, and is the server's alone; `find` finds its programs."""
        self.folder = folder.resolve()
        self.port = free_port()
        self._find = find
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process; ServerError if it is not running."""
        if self._process is None:
            raise ServerError(f"{self.name} is not running.")
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers; ServerError if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        give(self.folder)
        programs = within_reach(self._find())
        command = self._prepare(programs.folder)
        libraries = {"LD_LIBRARY_PATH": ":".join(map(str, programs.libraries))} if programs.libraries else {}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                leashed(command, self.kill_signal), cwd=self.folder, env=os.environ | libraries,
                start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_account(),
            )  # fmt: skip
        try:
            self._wait(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop in order, if it runs."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it without warning, if it runs."""
        self._end(self.kill_signal)

    def restart(self, *, immediate: bool = False) -> None:
        """Stop in order, or kill, and start again."""
        if immediate:
            self.kill()
        else:
            self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze: it answers nobody, and no connection is closed."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw."""
        self._send(signal.SIGCONT)

    @abstractmethod
    def _prepare(self, programs: Path) -> Sequence[str | Path]:
        """Make what it needs in its folder; the command that starts it."""

    @abstractmethod
    def _answers(self) -> bool: ...

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not start. It said:\n{self._last_words()}")
            time.sleep(0.005)

    def _end(self, number: signal.Signals) -> None:
        if (process := self._process) is None:
            return
        process.send_signal(number)
        self.resume()
        self._process = None
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServerError(f"{self.name} did not stop. It said:\n{self._last_words()}") from None

    def _send(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        with suppress(OSError):
            for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                os.kill(int(child), number)

    def _last_words(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-20:])


def free_port() -> int:
    """A loopback port that nobody listens on.

    It is below those that the kernel gives to clients. Otherwise one that dials a stopped server again and again could
    be given the server's own port, reach itself, and keep the server from coming back.
    """
    while True:
        port = _CERTAINLY_RANDOM.randrange(10_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def leashed(command: Sequence[str | Path], number: signal.Signals) -> list[str | Path]:
    """The command, made to get this signal when its parent dies, where that can be had (Linux with util-linux)."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or Path(setpriv).resolve().name != "setpriv":
        return list(command)
    return [setpriv, "--pdeathsig", number.name.removeprefix("SIG"), *command]
