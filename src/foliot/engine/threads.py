"""Threads for plain handlers. Nobody can stop a thread, so they are daemons: a stuck one cannot hold up a shutdown."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

_IDLE_SECONDS: Final = 10.0


class Threads:
    """Starts a thread when none is idle; one that has had nothing to do for a while goes away.

    How many there are at once is up to the caller: the worker has no more runs in hand than slots.

    Args:
        returned: called when a call that nobody waited for any more has ended after all.
    """

    def __init__(self, returned: Callable[[], None]) -> None:
        self._returned = returned
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._abandoned = 0

    @property
    def abandoned(self) -> int:
        """How many calls still run although nobody waits for them any more."""
        return self._abandoned

    def start(self, call: Callable[[], bytes]) -> "asyncio.Future[bytes]":
        """Run `call` in a thread; the future has what it returns or raises. Cancelling the future stops nothing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()

        future.add_done_callback(self._count_abandoned)

        def settle(result: bytes, error: Exception | None) -> None:
            if future.cancelled():
                self._abandoned -= 1
                self._returned()
            elif error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        def run() -> None:
            result, error = b"", None
            try:
                result = call()
            except BaseException as raised:  # `sys.exit()` in a handler must not end the thread unheard
                error = _carried(raised)
            with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody is there to hear of it
                loop.call_soon_threadsafe(settle, result, error)

        with self._lock:
            self._calls.put(run)
            if self._idle:
                self._idle -= 1
                return future
        threading.Thread(target=self._serve, name="foliot-handler", daemon=True).start()
        return future

    def _count_abandoned(self, future: "asyncio.Future[bytes]") -> None:
        self._abandoned += future.cancelled()

    def _serve(self) -> None:
        while True:
            try:
                run = self._calls.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._calls.empty():
                        self._idle -= 1
                        return
                    continue
            run()
            with self._lock:
                self._idle += 1


class HandlerExit(Exception):
    """A handler called `sys.exit()`, or raised something else that is meant to end a program."""


def _carried(error: BaseException) -> Exception:
    """What a future can hold: it refuses exceptions such as StopIteration and SystemExit."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    carried = HandlerExit(f"{type(error).__name__}: {error}")
    carried.__cause__ = error
    return carried
