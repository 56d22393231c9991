"""Several processes on one file, nobody leading."""

import asyncio
import signal
import urllib.request
from collections import Counter

from foliot import RunState
from tests.crash.application import work
from tests.crash.processes import Site, check_stories, until_over
from tests.engine.house import PATIENCE

UP = ("up", "tests.crash.application:app", "--port", "0")


async def test_several_workers_run_each_run_once(site: Site) -> None:
    async with site.app() as app:
        await asyncio.gather(*(site.work(concurrency=20) for _ in range(3)))
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        handles = []
        for start in range(0, 900, 100):
            calls = [work.call(str(site.folder), number) for number in range(start, start + 100)]
            handles += await app.submit_many(calls)
        await until_over(app, within=PATIENCE)
        assert [await handle.status() for handle in handles] == [RunState.SUCCEEDED] * 900
        assert set(Counter(execution.number for execution in site.executions).values()) == {1}
        assert len({execution.pid for execution in site.executions}) > 1
        await check_stories(handles[::20])


async def test_up_may_be_started_twice_at_once_on_a_new_file(site: Site) -> None:
    one, other = await asyncio.gather(site.start(*UP), site.start(*UP))
    urls = [(await process.until_logged("API"))["url"] for process in (one, other)]
    await asyncio.gather(one.until_logged("ready"), other.until_logged("ready"))
    assert urls[0] != urls[1]
    key = (site.folder / "key").read_text().strip()
    for url in urls:
        assert await asyncio.to_thread(_get, f"{url}/readyz", None) == 200
        assert await asyncio.to_thread(_get, f"{url}/v1/jobs", key) == 200

    async with site.app() as app:
        await (await app.system()).services.catalogue.register([work.handler.job_type])
        handles = await app.submit_many([work.call(str(site.folder), number) for number in range(200)])
        await until_over(app, within=PATIENCE)
        assert [await handle.status() for handle in handles] == [RunState.SUCCEEDED] * 200
    assert set(Counter(execution.number for execution in site.executions).values()) == {1}

    for process in (one, other):
        process.send(signal.SIGTERM)
    assert [await process.ended(within=PATIENCE) for process in (one, other)] == [0, 0]


def _get(url: str, key: str | None) -> int:
    request = urllib.request.Request(url, headers={} if key is None else {"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()
        return int(answer.status)
