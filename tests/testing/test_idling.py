"""What is idle costs next to nothing, in virtual time as in real time."""

from foliot.testing import World, in_virtual_time
from foliot.testing.loop import VirtualLoop
from tests.testing.jobs import app, tick


@in_virtual_time(app)
async def test_a_year_without_work_is_over_in_a_few_thousand_turns(world: World) -> None:
    await app.submit(tick.options(delay=86_400 * 400))
    loop = world._loop
    assert isinstance(loop, VirtualLoop)
    turns = 0
    turn = loop._selecting._turn

    def count(*args: object) -> object:
        nonlocal turns
        turns += 1
        return turn(*args)  # type: ignore[arg-type]  # as they came

    loop._selecting._turn = count  # type: ignore[assignment]  # it answers what `turn` answers
    await world.clock.advance(days=365)
    assert turns < 20_000
