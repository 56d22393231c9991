"""A worker for Foliot in plain Python, without Foliot and without any package: the worker protocol over HTTP.

Copy it and write your handlers at the end, or import it. It leases runs, does them in threads, renews their leases,
ends them in batches, heeds cancellations and timeouts, and hands back what is left when it is told to stop.

    FOLIOT_URL=http://127.0.0.1:8080 FOLIOT_API_KEY=fol_… python foliot_worker.py
"""

import json
import os
import queue
import random
import signal
import socket
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

Handler = Callable[["Run"], Any]


class Stopped(Exception):
    """The attempt is to stop: it was cancelled, took too long, or lost its lease."""


class Refused(Exception):
    """The server refused a request for good: to send it again would change nothing."""


class Run:
    """A run in hand."""

    def __init__(self, worker: "Worker", leased: dict[str, Any]) -> None:
        self.id: str = leased["run_id"]
        self.lease: int = leased["lease"]
        self.type: str = leased["type"]
        self.payload: Any = leased["payload"]
        self.attempt: int = leased["attempt"]
        self.parents: list[dict[str, Any]] = leased["parents"]
        self.ends_at = time.monotonic() + leased["timeout_seconds"]
        self.stopped: str | None = None  # "cancelled", "timed_out", "lost" or "handed_back"
        self._worker = worker

    @property
    def hold(self) -> dict[str, Any]:
        """How all that is said of it names it: with its fencing token."""
        return {"run_id": self.id, "lease": self.lease}

    def check(self) -> None:
        """Call this now and then in work that takes long. Raises `Stopped` if it is to stop."""
        if self.stopped is None and time.monotonic() > self.ends_at:
            self.stopped = "timed_out"
        if self.stopped is not None:
            raise Stopped(self.stopped)

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far it is, from 0 to 1."""
        self._worker.say(self.hold | {"fraction": fraction, "message": message})

    def log(self, message: str, **fields: Any) -> None:
        """Leave a line on the run's event log."""
        self._worker.say(self.hold | {"message": message, "fields": fields})


class Worker:
    """Does runs of the types that it has handlers for, so many at once."""

    def __init__(self, url: str, key: str, *, name: str | None = None, slots: int = 8, wait_seconds: float = 5) -> None:
        self.url = url.rstrip("/")
        self.key = key
        self.name = name or f"{socket.gethostname()}-{os.getpid()}"
        self.slots = slots
        self.wait_seconds = wait_seconds
        self.stopping = threading.Event()
        self.heartbeat_seconds = 5.0
        self._handlers: dict[str, Handler] = {}
        self._types: list[dict[str, Any]] = []
        self._in_hand: dict[str, Run] = {}
        self._free = threading.Semaphore(slots)
        self._outcomes: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._notes: list[dict[str, Any]] = []
        self._over = threading.Event()

    def job(self, name: str, **policy: Any) -> Callable[[Handler], Handler]:
        """Declare a handler; further arguments are members of the type: `queue`, `retry`, `arguments` …"""

        def declare(handler: Handler) -> Handler:
            self._handlers[name] = handler
            self._types.append({"name": name, **policy})
            return handler

        return declare

    def say(self, note: dict[str, Any]) -> None:
        """Keep a note, to be sent with the next heartbeat or outcome."""
        self._notes.append(note)

    # -- working

    def run(self, grace_seconds: float = 10) -> None:
        """Work until `stopping` is set; then finish what is in hand, or hand it back after the grace."""
        self._ask("types", {"types": self._types})
        helpers = [threading.Thread(target=each) for each in (self._renew, self._finish)]
        for helper in helpers:
            helper.start()
        try:
            while not self.stopping.is_set():
                self._lease()
        finally:
            self._drain(grace_seconds)
            self._over.set()
            self._outcomes.put(None)
            for helper in helpers:
                helper.join()

    def _lease(self) -> None:
        """Lease no more than can be begun at once: whoever leases and lets wait, keeps others from doing it.

        What is asked for is waited for, also when the worker is to stop: else what it hands back might be given to it
        again, unheard.
        """
        if not self._free.acquire(timeout=0.2):
            return
        free = 1
        while self._free.acquire(blocking=False):
            free += 1
        wish = {"worker": self.name, "types": list(self._handlers), "limit": free, "wait_seconds": self.wait_seconds}
        runs: list[dict[str, Any]] = []
        try:
            answer = self._ask("lease", wish, may_fail=True)
            runs = [] if answer is None else answer["runs"]
            self.heartbeat_seconds = self.heartbeat_seconds if answer is None else answer["heartbeat_seconds"]
        finally:
            if free > len(runs):
                self._free.release(free - len(runs))
        for leased in runs:
            run = Run(self, leased)
            self._in_hand[run.id] = run
            threading.Thread(target=self._do, args=(run,), daemon=True).start()

    def _do(self, run: Run) -> None:
        try:
            try:
                outcome = {"outcome": "succeeded", "result": self._handlers[run.type](run)}
                json.dumps(outcome, allow_nan=False)
            except Stopped:
                outcome = {"outcome": run.stopped}
            except Exception as error:
                outcome = {"outcome": "failed", "error": _told(error)}
            if run.stopped == "handed_back" and outcome["outcome"] != "succeeded":
                outcome = {"outcome": "handed_back"}
            self._end(run, outcome)
        finally:
            self._free.release()

    def _end(self, run: Run, outcome: dict[str, Any]) -> None:
        """Say it once: of a run that is lost nothing, of one that was handed back nothing more."""
        if self._in_hand.get(run.id) is run and run.stopped != "lost":
            self._outcomes.put(run.hold | outcome)

    def _drain(self, grace_seconds: float) -> None:
        """What is not done by the end of the grace goes back to the queue, and burns no attempt."""
        ends_at = time.monotonic() + grace_seconds
        while self._in_hand and time.monotonic() < ends_at:
            time.sleep(0.05)
        for run in list(self._in_hand.values()):
            run.stopped = run.stopped or "handed_back"
            self._end(run, {"outcome": "handed_back"})

    # -- telling

    def _renew(self) -> None:
        """Renew all leases in hand three times in their life, and hear what is lost or to be cancelled."""
        renewed_at = time.monotonic()
        while not self._over.wait(0.05):
            if time.monotonic() - renewed_at < self.heartbeat_seconds:  # of which the first lease tells
                continue
            renewed_at = time.monotonic()
            self._send_notes()
            runs = {(run.id, run.lease): run for run in list(self._in_hand.values())}
            answer = (
                self._ask("heartbeat", {"runs": [run.hold for run in runs.values()]}, may_fail=True) if runs else None
            )
            for item in [] if answer is None else answer["items"]:
                run = runs[item["run_id"], item["lease"]]
                if item["state"] == "lost":
                    run.stopped = "lost"
                    self._let_go(run)
                elif item["state"] == "cancelling":
                    run.stopped = run.stopped or "cancelled"

    def _finish(self) -> None:
        """End attempts, many in a call: all that ended while the last call was under way."""
        while (first := self._outcomes.get()) is not None:
            batch = [first]
            while len(batch) < 500 and not self._outcomes.empty():
                if (following := self._outcomes.get()) is None:
                    self._outcomes.put(None)
                    break
                batch.append(following)
            self._send_notes()
            once = {(outcome["run_id"], outcome["lease"]): outcome for outcome in reversed(batch)}
            for item in self._ended(list(once.values())):
                # A refused one is of no use any more: its lease is lost, and another does the run.
                run = self._in_hand.get(item["run_id"])
                if run is not None and run.lease == item["lease"]:
                    self._let_go(run)

    def _ended(self, outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What became of them. Where the server takes not all at once, it is asked of each."""
        try:
            items: list[dict[str, Any]] = self._ask("finish", {"outcomes": outcomes})["items"]
            return items
        except Refused as error:
            if len(outcomes) == 1:
                print(f"{error}; its lease will run out", flush=True)
                return outcomes
        return [item for outcome in outcomes for item in self._ended([outcome])]

    def _let_go(self, run: Run) -> None:
        if self._in_hand.get(run.id) is run:
            del self._in_hand[run.id]

    def _send_notes(self) -> None:
        notes, self._notes = self._notes, []
        if notes:
            self._ask("progress", {"notes": notes}, may_fail=True)

    def _ask(self, what: str, body: dict[str, Any], *, may_fail: bool = False) -> Any:
        """The answer. What fails for the moment is tried again, unless it `may_fail`: then None is the answer."""
        request = urllib.request.Request(
            f"{self.url}/v1/worker/{what}",
            json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {self.key}"},
        )
        for attempt in range(1_000):
            try:
                with urllib.request.urlopen(request, timeout=self.wait_seconds + 30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    raise Refused(f"{what}: {error.read().decode(errors='replace')}") from None
            except (OSError, ValueError):
                pass  # the server is away, or the answer was cut
            pause = random.uniform(0.1, min(5.0, 0.2 * 2 ** min(attempt, 10)))
            if may_fail:
                self._over.wait(min(pause, 1.0))
                return None
            time.sleep(pause)
        raise Refused(f"{what}: the server is away")


def _told(error: Exception) -> dict[str, str]:
    return {
        "message": str(error) or type(error).__name__,
        "type": type(error).__name__,
        "trace": traceback.format_exc()[-8000:],
    }


# -- your handlers


def main() -> None:
    """Work until SIGTERM or SIGINT."""
    slots = int(os.environ.get("SLOTS", "8"))
    worker = Worker(os.environ["FOLIOT_URL"], os.environ["FOLIOT_API_KEY"], slots=slots)

    @worker.job("count.words", arguments={"type": "object", "required": ["text"]})
    def count_words(run: Run) -> dict[str, int]:
        words = run.payload["text"].split()
        run.progress(1.0, f"{len(words)} words")
        return {"words": len(words)}

    @worker.job("wait", timeout_seconds=3600, retry={"max_attempts": 5})
    def wait(run: Run) -> str:
        """Waits for a file to appear, or for so many seconds."""
        run.log("begun", pid=os.getpid(), attempt=run.attempt)
        ends_at = time.monotonic() + run.payload.get("seconds", 600)
        while time.monotonic() < ends_at and not os.path.exists(run.payload.get("path", "")):  # noqa: PTH110, stdlib os
            run.check()
            time.sleep(0.02)
        return worker.name

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    worker.run(grace_seconds=float(os.environ.get("GRACE_SECONDS", "10")))


if __name__ == "__main__":
    main()
