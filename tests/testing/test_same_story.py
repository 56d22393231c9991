"""Of one seed there is one story, to the last id; and with another seed it is another."""

import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from foliot.testing import World, virtual_time
from tests.testing.jobs import app, beget, plod, recover, sleep, stumble, tick

ROOT = Path(__file__).parents[2]


async def _live(world: World) -> list[str]:
    await app.submit(tick.options(every=1800))
    for _ in range(20):
        await app.submit(stumble.options(every=3600 * 5))
    await app.submit_many([recover.call(attempts=3) for _ in range(5)])
    await app.submit(beget.options(every=7200), 3)
    await app.submit(plod, 0.01)
    asleep = [await app.submit(sleep, 10_000) for _ in range(10)]
    await world.clock.advance(hours=1)
    for handle in asleep[::2]:
        await handle.cancel()
    await world.clock.advance(days=2)
    system = await app.system()
    story = []
    for run in await world.runs():
        story.append(repr(run))
        story += [repr(event) for event in await system.services.runs.events(system.identity, run.id)]
    return story


def tell(seed: int) -> list[str]:
    with virtual_time(app, seed=seed) as world:
        return world.run(_live(world))


@cache
def told(seed: int) -> list[str]:
    """What was told the first time."""
    return tell(seed)


def test_two_runs_of_a_seed_are_the_same_to_the_last_id() -> None:
    first, second = told(7), tell(7)
    assert len(first) > 1_000
    assert first == second


def test_another_seed_is_another_story() -> None:
    assert told(7) != tell(8)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_tells_the_same(hash_seed: str) -> None:
    expected = hashlib.sha256("\n".join(told(7)).encode()).hexdigest()
    answer = subprocess.run(
        [sys.executable, "-m", "tests.testing.test_same_story", "7"], cwd=ROOT, check=True, capture_output=True,
        text=True, env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    ).stdout  # fmt: skip
    assert answer.split()[-1] == expected


if __name__ == "__main__":
    print(hashlib.sha256("\n".join(tell(int(sys.argv[1]))).encode()).hexdigest())
