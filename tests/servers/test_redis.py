"""A Redis of our own."""

from collections.abc import Iterator

import pytest
import redis

from servers.account import scratch
from servers.redis import Redis
from tests.engine.house import until_gone


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that a test may kill."""
    with scratch() as folder, Redis(folder) as server:
        yield server


def test_it_forgets_everything_when_flushed(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as client:
        client.set("word", "kept")
        assert client.get("word") == "kept"
        redis_server.flush()
        assert client.get("word") is None


def test_a_killed_one_comes_back_at_the_same_place_and_empty(own_redis: Redis) -> None:
    url = own_redis.url
    with redis.Redis.from_url(url) as client:
        client.set("word", "lost")
        own_redis.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        own_redis.start()
        assert own_redis.url == url
        assert client.dbsize() == 0


def test_a_paused_one_answers_when_it_is_resumed(own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url, socket_timeout=0.2, retry=None) as client:
        client.ping()
        own_redis.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        own_redis.resume()
        assert client.ping()


async def test_stopping_leaves_no_process(own_redis: Redis) -> None:
    pid = own_redis.pid
    own_redis.stop()
    await until_gone(pid)
