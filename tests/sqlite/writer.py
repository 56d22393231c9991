"""A process that writes as fast as it can and says what was acknowledged, to be killed by test_crashes."""

import asyncio
import sys
from pathlib import Path

from foliot.adapters.sqlite import SqliteStore
from foliot.ports import Store
from tests.contract import builders as build

_WRITERS = 4


async def write(store: Store) -> None:
    while True:
        batch = [build.submission(payload=b'"' + b"x" * 500 + b'"') for _ in range(10)]
        for answer in await store.submit(batch):
            print("stored", answer.job_id, flush=True)
        claimed = await store.claim(build.wish(limit=5))
        finished = await store.finish([build.succeeded(run, result=b'"done"') for run in claimed])
        for run in claimed:
            assert run.run_id not in finished.lost
            print("finished", run.run_id, flush=True)


async def main(path: Path) -> None:
    store = SqliteStore(path)
    await store.migrate(build.NOW)
    await asyncio.gather(*(write(store) for _ in range(_WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
