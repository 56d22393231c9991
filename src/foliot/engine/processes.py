"""Child processes for handlers that must be killable: stuck, untrusted, or busy with the processor."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from foliot.domain.ending import Raised
from foliot.domain.run import Cause, Claimed, Failure
from foliot.engine.handler import Handler
from foliot.ports.parents import ParentResult

_FRAME_HEADER_BYTES: Final = 4


class Errand(msgspec.Struct, array_like=True):
    """What a child is to do. `main` is the path of the script, for functions that live in `__main__`."""

    module: str
    name: str
    main: str | None
    claimed: Claimed
    parents: Sequence[ParentResult]


class Said(msgspec.Struct, array_like=True, tag=True):
    """A child's handler reports something."""

    message: str
    fraction: float | None
    fields: dict[str, Any] | None


class Done(msgspec.Struct, array_like=True, tag=True):
    """A child's handler returned this JSON."""

    result: bytes


class Broke(msgspec.Struct, array_like=True, tag=True):
    """A child's handler raised."""

    raised: Raised


Answer = Said | Done | Broke
_answers = msgspec.msgpack.Decoder(Answer)
_errands = msgspec.msgpack.Encoder()


class RaisedInChild(Exception):
    """A handler's exception, told by its child process; or the child's own end."""

    def __init__(self, raised: Raised) -> None:
        super().__init__(raised.failure.message)
        self.raised = raised


class Processes:
    """Children that wait for errands, at most `most` at once; each does one at a time, and one that is killed or dies
    is replaced when the next errand comes."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._idle: list[asyncio.subprocess.Process] = []
        self.ending = 0
        """How many idle children are just being ended."""

    async def run(
        self,
        handler: Handler,
        claimed: Claimed,
        parents: Sequence[ParentResult],
        starts: Callable[[], None],
        say: Callable[[Said], None],
    ) -> bytes:
        """What the handler returns, as JSON. Cancelling this kills the child. `starts` is called when there is one.

        Raises:
            RaisedInChild: the handler raised, or its process died.
        """
        async with self._free:
            child = self._one_alive() or await _start()
            try:
                starts()
                result = await _do(child, _errand(handler, claimed, parents), say)
            except RaisedInChild:
                await self._put_back(child)
                raise
            except BaseException:
                await _kill(child)
                raise
            await self._put_back(child)
            return result

    def _one_alive(self) -> asyncio.subprocess.Process | None:
        while self._idle:
            if (child := self._idle.pop()).returncode is None:
                return child
        return None

    async def close(self) -> None:
        """End the children that wait; busy ones end with the calls that are cancelled."""
        idle, self._idle = self._idle, []
        self.ending = len(idle)
        try:
            for child in idle:
                await _kill(child)
        finally:
            self.ending = 0

    async def _put_back(self, child: asyncio.subprocess.Process) -> None:
        if child.returncode is None and not (child.stdout and child.stdout.at_eof()):
            self._idle.append(child)
        else:
            await _kill(child)


def _errand(handler: Handler, claimed: Claimed, parents: Sequence[ParentResult]) -> Errand:
    function = handler.function
    main = getattr(sys.modules["__main__"], "__file__", None) if function.__module__ == "__main__" else None
    return Errand(function.__module__, function.__qualname__, main, claimed, parents)


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foliot.engine.child", json.dumps([sys.path, sys.argv]),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in a terminal is for the worker, which lets its handlers finish
    )  # fmt: skip


async def _do(child: asyncio.subprocess.Process, errand: Errand, say: Callable[[Said], None]) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise AssertionError("a child has pipes")
    frame = _errands.encode(errand)
    try:
        child.stdin.write(len(frame).to_bytes(_FRAME_HEADER_BYTES, "big") + frame)
        await child.stdin.drain()
        while True:
            size = int.from_bytes(await child.stdout.readexactly(_FRAME_HEADER_BYTES), "big")
            match _answers.decode(await child.stdout.readexactly(size)):
                case Said() as said:
                    say(said)
                case Done(result):
                    return result
                case Broke(raised):
                    raise RaisedInChild(raised)
    except (asyncio.IncompleteReadError, ConnectionError):
        code = await child.wait()
        failure = Failure("process_died", f"The handler's process ended by itself, with exit code {code}.")
        raise RaisedInChild(Raised(failure, cause=Cause.CRASHED)) from None


async def _kill(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        if sys.platform == "win32":
            child.kill()
        else:  # with whatever the handler has started itself
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    await asyncio.shield(child.wait())
