"""Job types to try a new installation with, from any client."""

import asyncio
from typing import Any, Final

from foliot.domain.policy import Policy
from foliot.engine.context import Context
from foliot.engine.handler import Handler, handler_of


async def echo(message: Any = None) -> Any:
    """Return the message."""
    return message


async def sleep(context: Context, seconds: float) -> None:
    """Do nothing for so many seconds, telling how far it is."""
    for tenth in range(10):
        context.progress(tenth / 10)
        await asyncio.sleep(seconds / 10)


HANDLERS: Final[tuple[Handler, ...]] = (
    handler_of(echo, name="foliot.echo"),
    handler_of(sleep, name="foliot.sleep", policy=Policy(timeout_seconds=3600.0)),
)
