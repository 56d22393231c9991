"""Offering jobs at a steady rate, whatever happens, and remembering what was answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Final

import msgspec

from chaos.clients import Answer, Fate, HttpClient, SdkClient
from chaos.orders import Order, order

_TICK_SECONDS: Final = 0.01
_MOST_UNDER_WAY: Final = 1_000
_LARGEST_CALL: Final = 20
_LAST_ANSWERS_SECONDS: Final = 40.0

Submit = Callable[[Sequence[Order]], Awaitable[list[Answer]]]


class Receipt(msgspec.Struct):
    """What is known of an order by whoever made it."""

    order: Order
    sent_at: float
    way: str
    answer: Answer = Answer(Fate.UNANSWERED)


class Load:
    """Half of the jobs go over HTTP, of which half are insisted on; the others by the SDK, some of them many at once.

    Who gets no answer does not slow the others down; only when very many wait, orders are withheld.
    """

    def __init__(self, rate: float, random: Random, http: HttpClient, sdk: SdkClient | None) -> None:
        self.receipts: list[Receipt] = []
        self._rate = rate
        self._random = random
        self._ways: dict[str, tuple[Submit, int, int]] = {
            "http": (http.submit, 1, 25),
            "http, with a key": (http.submit_until_answered, 1, 25),
        }
        if sdk is not None:
            self._ways |= {"sdk": (sdk.submit, 1, 25), "sdk, many": (sdk.submit, _LARGEST_CALL, 2)}
        self._stop = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._under_way = 0

    async def run(self) -> None:
        """Offer until `stop` is called; then wait for the answers that are still to come, for a while."""
        begun = time.monotonic()
        offered = 0
        while not self._stop.is_set():
            await asyncio.sleep(_TICK_SECONDS)
            due = int((time.monotonic() - begun) * self._rate)
            while offered < due:
                offered += self._offer(due - offered)
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=_LAST_ANSWERS_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def stop(self) -> None:
        """Offer no more."""
        self._stop.set()

    def offer_one(self, made: Callable[[int], Order]) -> None:
        """Offer an order beside the mix, made for its number."""
        self._send([made(len(self.receipts))], "http, with a key")

    def _offer(self, most: int) -> int:
        """Offer one call's worth of jobs; how many."""
        names = list(self._ways)
        [way] = self._random.choices(names, [self._ways[name][2] for name in names])
        count = min(most, self._ways[way][1])
        start = len(self.receipts)
        self._send([order(number, self._random) for number in range(start, start + count)], way)
        return count

    def _send(self, orders: Sequence[Order], way: str) -> None:
        receipts = [Receipt(one, time.time(), way) for one in orders]
        self.receipts += receipts
        if self._under_way >= _MOST_UNDER_WAY:
            for receipt in receipts:
                receipt.answer = Answer(Fate.WITHHELD)
            return
        self._under_way += len(orders)
        task = asyncio.create_task(self._submit(receipts, self._ways[way][0]), name="submit")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _submit(self, receipts: Sequence[Receipt], submit: Submit) -> None:
        try:
            answers = await submit([receipt.order for receipt in receipts])
        finally:
            self._under_way -= len(receipts)
        for receipt, answer in zip(receipts, answers, strict=True):
            receipt.answer = answer
