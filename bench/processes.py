"""`foliot …` as processes, and what a process uses."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.options import BenchError
from foliot import Settings
from servers.server import leashed

_ROOT: Final = Path(__file__).parents[1]
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 30.0


class Process:
    """A running `foliot …`."""

    def __init__(self, inner: subprocess.Popen[bytes], log: Path) -> None:
        self._inner = inner
        self._log = log
        self.pid = inner.pid

    def until_ready(self) -> None:
        """Wait until it says that it is."""
        deadline = time.monotonic() + _START_SECONDS
        while '"ready"' not in self._log.read_text():
            if time.monotonic() > deadline or self._inner.poll() is not None:
                raise BenchError(f"`foliot` did not start. It said:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    @property
    def port(self) -> int:
        """Where its API listens."""
        return self._port("http://127.0.0.1:")

    @property
    def grpc_port(self) -> int:
        """Where it listens to gRPC."""
        return self._port('"address":"127.0.0.1:')

    def _port(self, before: str) -> int:
        found = re.search(rf"{re.escape(before)}(\d+)", self._log.read_text().replace('": "', '":"'))
        if found is None:
            raise BenchError("`foliot` has no API.")
        return int(found[1])


@contextmanager
def foliot(folder: Path, settings: Settings, *command: str) -> Iterator[Process]:
    """`foliot COMMAND` with these settings, working in `folder`, for as long as the block lasts."""
    log = folder / f"{'-'.join(command).replace(':', '-')}-{time.monotonic_ns()}.log"
    with log.open("wb") as sink:
        inner = subprocess.Popen(
            leashed([sys.executable, "-m", "foliot", *command], signal.SIGTERM), cwd=folder,
            env=_environment(settings), stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
        try:
            process = Process(inner, log)
            process.until_ready()
            yield process
        finally:
            _stop(inner)


def _environment(settings: Settings) -> Mapping[str, str]:
    """Nothing of the caller's own settings, and all of these that are not the defaults."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FOLIOT_")}
    usual = msgspec.structs.asdict(Settings())
    for name, value in msgspec.structs.asdict(settings).items():
        if value != usual[name]:
            ours[f"FOLIOT_{name.upper()}"] = str(value)
    return ours | {"FOLIOT_LOG_FORMAT": "json", "FOLIOT_LOG_LEVEL": "info", "PYTHONPATH": str(_ROOT)}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def resident_mb(pid: int | None) -> float | None:
    """The memory of a process that is in use; None where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else None


def cpu_seconds(pid: int) -> float | None:
    """The processor time that a process has used; None where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
