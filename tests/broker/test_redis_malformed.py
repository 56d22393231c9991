"""An entry that cannot be read is set aside, and its neighbours go on."""

from typing import Any, Final

import pytest

from foliot.adapters.redis.entries import written
from foliot.ports import RunRef
from tests.broker.brokers import House, ids
from tests.broker.look import Look, stream
from tests.contract.builders import ACME, new_id, submission
from tests.engine.house import until

RUN = written([RunRef(ACME, new_id())])
GOOD = {"type": "mail.send", "at": "1777622400000000", "runs": RUN}
BAD: Final[dict[str, dict[Any, Any]]] = {
    "foreign": {"hello": "world"},
    "garbage": {b"\xff\x00\xfe": b"\x80\x81" * 40},
    "blank": {"": ""},
    "one field more": GOOD | {"more": "1"},
    "one field less": {"type": "mail.send", "runs": RUN},
    "no runs": GOOD | {"runs": ""},
    "half a run": GOOD | {"runs": RUN[:50]},
    "no ids": GOOD | {"runs": "x" * len(RUN)},
    "dashes in wrong places": GOOD | {"runs": RUN.replace("-", "", 1).replace(" ", "- ", 1)},
    "ids of another length": GOOD | {"runs": RUN.replace(" ", "", 1)[:36] + "a " + RUN[38:]},
    "bytes in an id": GOOD | {"runs": RUN.encode()[:-1] + b"\xff"},
    "no type": GOOD | {"type": "a b"},
    "no time": GOOD | {"at": "soon"},
    "many fields": {str(n): "x" * 10 for n in range(5_000)},
    "much": {"it": "x" * 1_000_000},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_its_neighbours_go_on(redis_house: House, look: Look, bad: dict[Any, Any]) -> None:
    process = await redis_house.process()
    published = await process.submit(submission())
    entry = look.put(bad)
    published += await process.submit(submission())
    assert ids(await process.gets(2, types=["mail.send"])) == ids(published)
    [aside] = look.malformed()
    assert (aside[b"stream"].decode(), aside[b"id"].decode()) == (stream(), entry)
    await process.hints.tidy()
    assert look.length() == 0


async def test_it_is_set_aside_when_it_wakes_a_worker(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    await process.gets_nothing()
    look.put(BAD["foreign"])
    look.put(BAD["no ids"])
    published = await process.submit(submission())
    assert ids(await process.gets(1)) == ids(published)
    await until(lambda: _aside(look), lambda aside: aside == 2)  # the listener may still be about it
    assert look.pending() <= 1


async def test_many_of_them_do_not_hide_a_run(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    for _ in range(1_500):
        look.put(BAD["foreign"])
    published = await process.submit(submission())
    assert ids(await process.gets(1, limit=3)) == ids(published)
    assert len(look.malformed()) == 1_000, "what is set aside is bounded"


async def test_what_is_kept_of_it_is_bounded(redis_house: House, look: Look) -> None:
    process = await redis_house.process()
    look.put(BAD["many fields"])
    look.put(BAD["much"])
    await process.gets_nothing()
    assert [sum(len(part) for pair in aside.items() for part in pair) < 3_000 for aside in look.malformed()] == [
        True
    ] * 2


async def test_a_stream_that_is_none_is_done_without(redis_house: House, look: Look) -> None:
    look.client.set(stream(), "not a stream")
    process = await redis_house.process()
    published = await process.submit(submission())
    assert ids(await process.gets(1)) == ids(published)


async def _aside(look: Look) -> int:
    return len(look.malformed())
