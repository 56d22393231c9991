"""`./dev demo`: Foliot for real. It starts the server, submits work from Python, HTTP and the shell, and checks it all.

Ends with a line `demo ok: …` and exit code 0, or with what went wrong and exit code 1.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
APPLICATION = "examples.demo_app:app"
FOLIOT = (sys.executable, "-m", "foliot")
START_SECONDS = 20.0
OUTCOME_SECONDS = 20.0

console = Console(width=max(Console().width, 110))


class DemoFailed(Exception):
    """Something did not turn out as it should."""


def main() -> int:
    """Run the demo; the exit code."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="foliot-demo-") as folder:
        log = Path(folder) / "foliot.log"
        try:
            with serving(Path(folder), log) as server:
                told = asyncio.run(demonstrate(server))
        except DemoFailed as failure:
            print(f"demo failed: {failure}")
            if log.exists():
                print(f"The server's last words:\n{log.read_text()[-2000:]}")
            return 1
    print(f"demo ok: {told}, in {time.monotonic() - begun:.1f} s")
    return 0


# -- the server, and the three doors


class Server:
    """A running `foliot up`, and how to reach it."""

    def __init__(self, url: str, key: str, environment: dict[str, str]) -> None:
        self.url = url
        self.key = key
        self.environment = environment

    def http(self, method: str, path: str, body: Any = None) -> Any:
        """Call the HTTP API."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise DemoFailed(f"{method} {path} was answered {error.code}: {error.read().decode()}") from None

    def shell(self, *arguments: str) -> Any:
        """Run the command line with --json."""
        ran = subprocess.run(
            [*FOLIOT, *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if ran.returncode:
            raise DemoFailed(f"foliot {' '.join(arguments)} ended with {ran.returncode}: {ran.stderr}")
        return json.loads(ran.stdout)


@contextmanager
def serving(folder: Path, log: Path) -> Iterator[Server]:
    """`foliot up` with the demo's application, on a free port, until the end of the block."""
    port = free_port()
    environment = os.environ | {"FOLIOT_DATABASE_URL": f"sqlite:///{folder}/foliot.db", "FOLIOT_PORT": str(port)}
    os.environ["FOLIOT_DATABASE_URL"] = environment["FOLIOT_DATABASE_URL"]
    url = f"http://127.0.0.1:{port}"
    print(f"foliot up {APPLICATION}   (all in one process, {environment['FOLIOT_DATABASE_URL']})\n", flush=True)
    with log.open("w") as sink:
        process = subprocess.Popen([*FOLIOT, "up", APPLICATION], env=environment, cwd=ROOT, stderr=sink)
        try:
            wait_until_ready(process, url)
            yield Server(url, (folder / "key").read_text().strip(), environment)
            process.send_signal(signal.SIGTERM)
            if (code := process.wait(timeout=20)) != 0:
                raise DemoFailed(f"on SIGTERM the server ended with exit code {code}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    """Return when the server can serve."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoFailed(f"the server ended at once, with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise DemoFailed(f"the server was not ready within {START_SECONDS:.0f} s")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# -- the work


async def demonstrate(server: Server) -> str:
    """Submit five jobs through three doors, wait for them, show and check what happened."""
    sys.path.insert(0, str(ROOT))
    from examples.demo_app import app, flaky, greet

    async with app:
        immediate = (await app.submit(greet, "Ada")).run_id
        twice = (await app.submit(flaky, failures=2)).run_id
    delayed = server.http("POST", "/v1/jobs", {"type": "remind", "payload": {"text": "stand up"}, "delay_seconds": 2})[
        "run_id"
    ]
    buried = server.http("POST", "/v1/jobs", {"type": "hopeless", "payload": {"order": 7}})["run_id"]
    stopped = server.shell("job", "submit", "launch", "--payload", '{"seconds": 60}', "--in", "30s")["run_id"]
    server.shell("job", "cancel", stopped)

    expected = {
        immediate: ("from Python: an immediate job", "succeeded", 1),
        twice: ("from Python: a job that fails twice, then succeeds", "succeeded", 3),
        delayed: ("over HTTP: a job due in two seconds", "succeeded", 1),
        buried: ("over HTTP: a job that fails for good", "failed", 1),
        stopped: ("from the shell: a job that is cancelled in time", "cancelled", 0),
    }
    for run_id, (title, state, attempts) in expected.items():
        run = await ended(server, run_id)
        events = server.http("GET", f"/v1/runs/{run_id}/events")["items"]
        show(title, run, events)
        expect(run["state"] == state, f"{title}: it is {run['state']}, not {state}")
        expect(run["attempt"] == attempts, f"{title}: it took {run['attempt']} attempts, not {attempts}")

    late = server.http("GET", f"/v1/runs/{delayed}")
    expect(late["started_at"] >= late["due_at"], "the delayed job started before its time")
    dead = [letter["id"] for letter in server.http("GET", "/v1/dead-letters")["items"]]
    expect(dead == [buried], f"the dead letters are {dead}, not just the job that failed for good")
    return f"{len(expected)} jobs through 3 doors, every state and attempt as expected, 1 dead letter, clean stop"


async def ended(server: Server, run_id: str | None) -> Any:
    """The run, once it is over."""
    deadline = time.monotonic() + OUTCOME_SECONDS
    while (run := server.http("GET", f"/v1/runs/{run_id}"))["finished_at"] is None:
        if time.monotonic() > deadline:
            raise DemoFailed(f"run {run_id} was not over within {OUTCOME_SECONDS:.0f} s: {run}")
        await asyncio.sleep(0.05)
    return run


def show(title: str, run: Any, events: list[Any]) -> None:
    """Print a run's timeline."""
    table = Table(title=f"{title} [dim]({run['type']} {run['id']})[/dim]", title_justify="left")
    table.add_column("time (UTC)", width=12)
    table.add_column("event", width=22)
    table.add_column("what", width=64, overflow="fold")
    for event in events:
        table.add_row(event["at"][11:23], event["type"], told(event["data"]))
    outcome = run["state"] + (f", result {json.dumps(run['result'])}" if run["state"] == "succeeded" else "")
    table.add_section()
    table.add_row("", "", f"[bold]{outcome}[/bold]")
    console.print(table, highlight=False)
    console.print()


def told(data: dict[str, Any]) -> str:
    """An event's data in a few words."""
    words = []
    for name, value in data.items():
        if name == "error":
            words.append(value["message"])
        elif name.endswith("_at"):
            words.append(f"{name.removesuffix('_at')} {value[11:23]}")
        elif name not in ("worker", "lease"):
            words.append(f"{name} {value}")
    return ", ".join(words)


def expect(holds: bool, otherwise: str) -> None:
    """Fail unless it holds."""
    if not holds:
        raise DemoFailed(otherwise)


if __name__ == "__main__":
    sys.exit(main())
