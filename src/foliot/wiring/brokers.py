"""Which broker the settings name."""

import os
import socket
from secrets import token_hex

from foliot.adapters.local.broker import StoreBroker
from foliot.ports import Clock, HintBroker, Store, Wakeup
from foliot.settings import Settings


def broker_for(settings: Settings, store: Store, wakeup: Wakeup, clock: Clock) -> StoreBroker | HintBroker:
    """Redis, if the settings name one; else the store itself.

    Raises:
        InvalidSettings: the URL of Redis cannot be used.
    """
    if settings.redis_url is None:
        return StoreBroker(store, wakeup)
    from foliot.adapters.redis import RedisBroker

    consumer = f"{socket.gethostname()}-{os.getpid()}-{token_hex(4)}"
    return RedisBroker(settings.redis_url, settings.redis_prefix, consumer, store, wakeup, clock)
