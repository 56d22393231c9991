"""Those who submit: over HTTP, and with the SDK. Each says what it was told, and never makes it better than it was."""

import asyncio
import contextlib
import re
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from chaos.application import Application
from chaos.orders import Order
from foliot import FoliotError

_ANSWER_SECONDS: Final = 20.0
_TRIES: Final = 60
_PAUSE_SECONDS: Final = 0.25
_KEPT_SECONDS: Final = 2.0
"""Less than a server keeps an idle connection: no request shall meet its end."""


class Fate(StrEnum):
    """What became of a submit. `refused` is an answer too: the job was not stored. `broken`: that should not happen."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    WITHHELD = "withheld"
    BROKEN = "broken"


class Answer(msgspec.Struct, frozen=True):
    """What the submitter of a job knows: its run, if it was accepted; else why not."""

    fate: Fate
    run_id: str | None = None
    why: str = ""


class Client(Protocol):
    """Submits some jobs in one request."""

    async def submit(self, orders: Sequence[Order]) -> list[Answer]: ...


class SdkClient:
    """By the SDK, in this process: one job a call, or many in one transaction."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def submit(self, orders: Sequence[Order]) -> list[Answer]:
        types = self._application.types
        calls = [types[o.type].options(delay=o.delay_seconds).call(o.number) for o in orders]
        try:
            handles = await self._application.app.submit_many(calls)
        except FoliotError as error:
            return [Answer(Fate.REFUSED, why=error.code)] * len(orders)
        except Exception as error:  # what an SDK must not raise; the judge tells of it
            return [Answer(Fate.BROKEN, why=f"SDK: {type(error).__name__}: {error}")] * len(orders)
        return [Answer(Fate.ACCEPTED, handle.run_id) for handle in handles]


class HttpClient:
    """By requests for one job each, over connections that are kept."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def submit(self, orders: Sequence[Order]) -> list[Answer]:
        return [await self._submit(order, key=None) for order in orders]

    async def submit_until_answered(self, orders: Sequence[Order]) -> list[Answer]:
        """With a submission key, again and again until it is accepted: it is one job all the same."""
        return [await self._insist(order) for order in orders]

    def close(self) -> None:
        """Close what is kept."""
        while self._idle:
            self._idle.pop()[2].close()

    async def _insist(self, order: Order) -> Answer:
        answer = Answer(Fate.UNANSWERED)
        for _ in range(_TRIES):
            answer = await self._submit(order, key=f"order-{order.number}")
            if answer.fate is Fate.ACCEPTED:
                return answer
            await asyncio.sleep(_PAUSE_SECONDS)
        return answer

    async def _submit(self, order: Order, key: str | None) -> Answer:
        job: dict[str, object] = {"type": order.type, "payload": {"number": order.number}, "key": key}
        if order.delay_seconds is not None:
            job["delay_seconds"] = order.delay_seconds
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                status, body = await self._post(b"/v1/jobs", msgspec.json.encode(job))
        except (OSError, EOFError, TimeoutError) as error:
            return Answer(Fate.UNANSWERED, why=type(error).__name__)
        if status in (200, 201):
            return Answer(Fate.ACCEPTED, body["run_id"])
        return Answer(Fate.REFUSED if status == 503 else Fate.BROKEN, why=f"HTTP {status}: {body['detail']}")

    async def _post(self, path: bytes, body: bytes) -> tuple[int, Any]:
        reader, writer = await self._connection()
        try:
            writer.write(
                b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (path, self._key.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            text = await reader.readexactly(int(length[1]) if length else 0)
        except BaseException:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            raise
        self._idle.append((time.monotonic(), reader, writer))
        return int(head.split(b" ", 2)[1]), msgspec.json.decode(text)

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < _KEPT_SECONDS:
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)
