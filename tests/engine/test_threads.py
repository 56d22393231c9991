"""Threads for plain handlers."""

import asyncio
import gc
import threading
import time

import pytest

from foliot.engine.threads import HandlerExit, Threads
from tests.engine.house import until


@pytest.fixture
def threads() -> Threads:
    return Threads(lambda: None)


def _name() -> bytes:
    return threading.current_thread().name.encode() + str(threading.get_ident()).encode()


async def test_a_call_runs_in_another_thread(threads: Threads) -> None:
    assert await threads.start(_name) != _name()


async def test_an_idle_thread_is_used_again(threads: Threads) -> None:
    names = set()
    for _ in range(20):
        names.add(await threads.start(_name))
        await until(lambda: _idle(threads), lambda idle: idle == 1)
    assert len(names) == 1


async def _idle(threads: Threads) -> int:
    return threads._idle


async def test_as_many_calls_run_at_once_as_are_started(threads: Threads) -> None:
    barrier = threading.Barrier(30, timeout=20)

    def meet() -> bytes:
        barrier.wait()
        return b"met"

    assert await asyncio.gather(*(threads.start(meet) for _ in range(30))) == [b"met"] * 30


async def test_an_error_comes_through_as_it_is(threads: Threads) -> None:
    def fall() -> bytes:
        raise KeyError("which")

    with pytest.raises(KeyError, match="which"):
        await threads.start(fall)


@pytest.mark.parametrize(
    "error", [SystemExit(3), StopIteration(), KeyboardInterrupt(), asyncio.CancelledError()], ids=repr
)
async def test_what_a_future_cannot_hold_comes_through_wrapped(threads: Threads, error: BaseException) -> None:
    def leave() -> bytes:
        raise error

    with pytest.raises(HandlerExit, match=type(error).__name__):
        await threads.start(leave)
    assert await threads.start(_name)


async def test_a_call_that_nobody_waits_for_is_counted_until_it_ends() -> None:
    returned = threading.Event()
    threads, go = Threads(returned.set), threading.Event()

    def wait() -> bytes:
        go.wait(20)
        return b""

    future = threads.start(wait)
    future.cancel()
    await asyncio.sleep(0)
    assert threads.abandoned == 1
    assert not returned.is_set()
    go.set()

    async def abandoned() -> int:
        return threads.abandoned

    await until(abandoned, lambda count: count == 0)
    assert returned.is_set()


def test_a_call_that_outlives_its_event_loop_harms_nobody() -> None:
    go = threading.Event()

    def wait() -> bytes:
        go.wait(20)
        return b""

    async def leave() -> None:
        Threads(lambda: None).start(wait).cancel()

    asyncio.run(leave())
    go.set()
    time.sleep(0.05)
    gc.collect()
