"""The broker on Redis Streams: hints of queued runs, rebuilt from the store whenever they are lost."""

from foliot.adapters.redis.broker import RedisBroker

__all__ = ["RedisBroker"]
