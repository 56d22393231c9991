"""Workers in other languages, as processes of their own: the examples, killed, stopped, and told to cancel."""

import asyncio
import shutil
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from servers.server import leashed
from tests.crash.processes import LEASE_SECONDS, ROOT, Site
from tests.engine.house import until

EXAMPLES: Final = ROOT / "examples" / "workers"
NODE: Final = shutil.which("node")
LANGUAGES: Final = {
    "python": [sys.executable, "-I", str(EXAMPLES / "foliot_worker.py")],
    "javascript": [NODE or "node", str(EXAMPLES / "foliot_worker.mjs")],
}
languages: Final = pytest.mark.parametrize(
    "language",
    ["python", pytest.param("javascript", marks=pytest.mark.skipif(NODE is None, reason="there is no Node.js here"))],
)


class Outside:
    """A server, and workers that know nothing of it but its address and a key."""

    def __init__(self, site: Site, url: str, key: str) -> None:
        self.site = site
        self._url = url
        self._key = key
        self._workers: list[asyncio.subprocess.Process] = []

    async def work(self, language: str, *, grace: float = 10, slots: int = 8) -> asyncio.subprocess.Process:
        """Start a worker, and wait until its types are known."""
        environment = {"FOLIOT_URL": self._url, "FOLIOT_API_KEY": self._key, "GRACE_SECONDS": str(grace)}
        environment["SLOTS"] = str(slots)
        with (self.site.folder / f"worker-{len(self._workers)}").open("wb") as output:
            worker = await asyncio.create_subprocess_exec(
                *leashed(LANGUAGES[language], signal.SIGKILL), env=environment, stdout=output, stderr=output,
            )  # fmt: skip
        self._workers.append(worker)
        await until(self._types, lambda names: "wait" in names)
        return worker

    async def _types(self) -> list[str]:
        return [kind["name"] for kind in (await self.ask("GET", "/v1/types"))["items"]]

    async def submit(self, kind: str, payloads: Sequence[Any]) -> list[str]:
        """The runs of new jobs, all of one type."""
        jobs = [{"type": kind, "payload": payload} for payload in payloads]
        receipt = await self.ask("POST", "/v1/jobs:batch", {"jobs": jobs})
        return [item["run_id"] for item in receipt["items"]]

    async def run(self, run_id: str) -> Any:
        """How a run stands."""
        return await self.ask("GET", f"/v1/runs/{run_id}")

    async def states(self, run_ids: Sequence[str]) -> list[str]:
        """The states of runs."""
        return [(await self.run(run_id))["state"] for run_id in run_ids]

    async def until_all(self, run_ids: Sequence[str], state: str) -> None:
        """Wait until all runs are in that state."""
        await until(lambda: self.states(run_ids), lambda seen: set(seen) == {state})

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers."""
        request = urllib.request.Request(
            self._url + path,
            None if body is None else msgspec.json.encode(body),
            {"authorization": f"Bearer {self._key}", "content-type": "application/json"},
            method=method,
        )

        def answer() -> bytes:
            with urllib.request.urlopen(request, timeout=30) as response:
                read: bytes = response.read()
                return read

        return msgspec.json.decode(await asyncio.to_thread(answer))

    async def clear(self) -> None:
        """Kill what still works."""
        for worker in self._workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()


@pytest.fixture
async def outside(site: Site) -> AsyncIterator[Outside]:
    """A server in a place of its own."""
    server = await site.start("up", "--port", "0")
    url = (await server.until_logged("API"))["url"]
    await server.until_logged("ready")
    made = Outside(site, url, (site.folder / "key").read_text().strip())
    yield made
    await made.clear()


@languages
async def test_a_worker_in_another_language_does_its_jobs(outside: Outside, language: str) -> None:
    await outside.work(language)
    runs = await outside.submit("count.words", [{"text": "one two " * n} for n in range(30)])
    await outside.until_all(runs, "succeeded")
    last = await outside.run(runs[-1])
    assert (last["result"], last["progress"]["message"]) == ({"words": 58}, "58 words")


@languages
async def test_what_goes_wrong_in_it_is_told(outside: Outside, language: str) -> None:
    await outside.work(language)
    [run_id] = await outside.submit("count.words", [{"text": 3}])
    await until(lambda: outside.states([run_id]), lambda seen: seen in (["retrying"], ["failed"]))
    [attempt, *_] = (await outside.ask("GET", f"/v1/runs/{run_id}/attempts"))["items"]
    assert attempt["error"]["type"] in ("AttributeError", "TypeError")
    assert "foliot_worker" in attempt["error"]["trace"]


@languages
async def test_a_killed_worker_s_runs_go_on_elsewhere(outside: Outside, tmp_path: Path, language: str) -> None:
    killed = await outside.work(language)
    path = tmp_path / "come"
    runs = await outside.submit("wait", [{"path": str(path)}] * 5)
    await outside.until_all(runs, "running")
    killed.kill()
    await killed.wait()
    path.touch()
    await outside.work("python")
    await outside.until_all(runs, "succeeded")
    for run_id in runs:
        told = [event["type"] for event in (await outside.ask("GET", f"/v1/runs/{run_id}/events"))["items"]]
        assert told.count("run.lease_lost") == 1, told
        assert (await outside.run(run_id))["attempt"] == 2


@languages
async def test_a_worker_that_is_frozen_past_its_lease_ends_nothing(
    outside: Outside, tmp_path: Path, language: str
) -> None:
    frozen = await outside.work(language, slots=1)  # and so it does not wait for another run meanwhile
    path = tmp_path / "come"
    [run_id] = await outside.submit("wait", [{"path": str(path)}])
    await outside.until_all([run_id], "running")
    first = (await outside.run(run_id))["worker"]
    frozen.send_signal(signal.SIGSTOP)
    await outside.work("python")
    await until(lambda: outside.run(run_id), lambda run: run["attempt"] == 2)
    path.touch()
    frozen.send_signal(signal.SIGCONT)
    await outside.until_all([run_id], "succeeded")
    await asyncio.sleep(LEASE_SECONDS / 2)  # the first has had its say by now
    run = await outside.run(run_id)
    assert run["result"] == run["worker"] != first


@languages
async def test_a_cancellation_reaches_it(outside: Outside, language: str) -> None:
    await outside.work(language)
    [run_id] = await outside.submit("wait", [{}])
    await outside.until_all([run_id], "running")
    await outside.ask("POST", f"/v1/runs/{run_id}/cancel")
    await outside.until_all([run_id], "cancelled")
    told = [event["type"] for event in (await outside.ask("GET", f"/v1/runs/{run_id}/events"))["items"]]
    assert "run.lease_lost" not in told


@languages
async def test_one_that_is_told_to_stop_hands_back_what_is_left(outside: Outside, language: str) -> None:
    worker = await outside.work(language, grace=0.2)
    [run_id] = await outside.submit("wait", [{}])
    await outside.until_all([run_id], "running")
    worker.terminate()
    async with asyncio.timeout(30):
        assert await worker.wait() == 0
    run = await outside.run(run_id)
    assert (run["state"], run["attempt"]) == ("queued", 0)
