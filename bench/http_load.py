"""Single submits over HTTP, to a server in a process of its own, over kept-alive connections."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_START_SECONDS: Final = 20.0
_BODY: Final = b'{"type":"foliot.echo","payload":{"message":{"to":"someone@example.com","n":12345,"body":"xxxxxxxx"}}}'


@contextmanager
def api_server(folder: Path, synchronous: str) -> Iterator[tuple[int, str]]:
    """`foliot up`, which knows the type `foliot.echo`; its port and a key."""
    environment = os.environ | {
        "FOLIOT_DATABASE_URL": f"sqlite:///{folder}/http.db", "FOLIOT_PORT": "0", "FOLIOT_LOG_FORMAT": "json",
        "FOLIOT_SQLITE_SYNCHRONOUS": synchronous,
    }  # fmt: skip
    log = folder / "http.log"
    with log.open("w") as sink:
        server = subprocess.Popen([sys.executable, "-m", "foliot", "up"], env=environment, stderr=sink)
        try:
            yield _port(server, log), (folder / "key").read_text().strip()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        said = log.read_text()
        if '"ready"' in said and (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            return int(found[1])
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


async def submits_per_second(port: int, key: str, callers: int, seconds: float) -> tuple[float, list[float]]:
    """Jobs accepted per second from so many connections, each waiting for its answer; and how long each answer took."""
    stop, took = time.perf_counter() + seconds, list[float]()
    request = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    ).encode() + _BODY

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (asked := time.perf_counter()) < stop:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 201"):
                    raise RuntimeError(head.decode())
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                took.append(time.perf_counter() - asked)
        finally:
            writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(took) / (time.perf_counter() - begun), took
