"""How a process of ours ends: by a signal, and without waiting for what does not let go."""

import asyncio
import os
import signal
from typing import Final

_LAST_STEPS_SECONDS: Final = 1.0


async def leave() -> None:
    """End what is left in the event loop. A handler that swallows its cancellation must not keep the process up."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left and (await asyncio.wait(left, timeout=_LAST_STEPS_SECONDS))[1]:
        os._exit(0)  # all is written and closed; a second cancellation would not be heeded either


def stop_signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Set by the first and by the second SIGTERM or SIGINT. A third ends the process at once, as it does any other."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def heed() -> None:
        if not stop.is_set():
            stop.set()
            return
        hurry.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heed)
    return stop, hurry
