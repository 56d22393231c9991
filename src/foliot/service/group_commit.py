"""Turning concurrency into batches: callers that ask at the same time are written in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupCommit(Generic[Item, Answer]):
    """Gathers items while a write is under way and writes them all in the next one.

    Nobody waits on a timer: the first caller's items are written at the end of the present turn of the event loop,
    and the longer writes take, the larger the batches become.

    Args:
        write: stores a batch and answers in its order. When it raises, all callers of the batch get the error.
        largest: the most items in one write.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], largest: int) -> None:
        self._write = write
        self._largest = largest
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[Sequence[Answer]]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def ask(self, items: Sequence[Item]) -> Sequence[Answer]:
        """The answers to these items, once they are stored. They are all in one write."""
        answer: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, answer))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="group-commit")
        return await answer

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                group = self._next_group()
                batch = [item for items, _ in group for item in items]
                try:
                    answers = await self._write(batch)
                except Exception as error:  # every caller of the batch is to know
                    for _, answer in group:
                        if not answer.done():
                            answer.set_exception(error)
                    continue
                start = 0
                for items, answer in group:
                    if not answer.done():
                        answer.set_result(answers[start : start + len(items)])
                    start += len(items)
        finally:
            self._writer = None

    def _next_group(self) -> list[tuple[Sequence[Item], asyncio.Future[Sequence[Answer]]]]:
        size = taken = 0
        for items, _ in self._waiting:
            if taken and size + len(items) > self._largest:
                break
            size += len(items)
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group
