"""An exit in a task that a handler started must not end the worker: asyncio lets `SystemExit` through to the loop."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from foliot.engine.threads import HandlerExit

in_handler: Final[ContextVar[bool]] = ContextVar("foliot_in_handler", default=False)
"""Set in the context of an attempt; the tasks that its handler starts inherit it."""


@contextmanager
def contained_handlers() -> Iterator[None]:
    """While the block lasts, an exit in a task of a handler is an ordinary error of that task."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> Any:
        if in_handler.get():
            work = _Contained(work)
        return asyncio.Task(work, loop=loop, **options) if before is None else before(loop, work, **options)

    loop.set_task_factory(make)
    try:
        yield
    finally:
        if loop.get_task_factory() is make:  # another worker of this loop may have put its own on top
            loop.set_task_factory(before)


class _Contained(Coroutine[Any, Any, Any]):
    """A coroutine whose exits are errors. It adds no frame of its own, so that one that never starts is closed."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._work = work

    def send(self, value: Any) -> Any:
        try:
            return self._work.send(value)
        except (SystemExit, KeyboardInterrupt) as error:
            raise HandlerExit(f"{type(error).__name__}: {error}") from error

    def throw(self, *error: Any) -> Any:
        try:
            return self._work.throw(*error)
        except (SystemExit, KeyboardInterrupt) as exit_:
            raise HandlerExit(f"{type(exit_).__name__}: {exit_}") from exit_

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Any:
        return self._work.__await__()
