"""Jobs that wait for others, from Python: `after=`, chains, groups, and what a handler learns of its parents."""

import asyncio

import pytest

import foliot
from foliot import App, Context, InvalidParents, ParentEnded, RunState, UnknownParent
from foliot.engine.handler import Execution
from foliot.ports import JobFilter
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import PATIENCE, until_state


async def test_a_child_gets_the_results_of_its_parents_in_their_order(app: App) -> None:
    @app.job()
    async def number(n: int) -> int:
        return n

    @app.job()
    async def add(ctx: Context) -> list[tuple[int, str | None]]:
        return [(parent.result, parent.state) for parent in ctx.parents]

    async with app, app.working():
        parents = [await app.submit(number, n) for n in (3, 1, 2)]
        child = await app.submit(add.options(after=parents))
        assert await child.result(PATIENCE) == [(n, "succeeded") for n in (3, 1, 2)]


@pytest.mark.parametrize("execution", EXECUTIONS)
async def test_a_handler_learns_of_its_parents_wherever_it_runs(app: App, execution: Execution) -> None:
    @app.job()
    async def number(n: int) -> int:
        return n

    add = declare(app, "add_up", execution)
    async with app, app.working():
        parents = [await app.submit(number, n) for n in (3, 1, 2)]
        child = await app.submit(add.options(after=parents), 10)
        assert await child.result(PATIENCE) == 16


async def test_a_chain_runs_one_after_the_other(app: App) -> None:
    @app.job()
    async def begin() -> list[str]:
        return ["begin"]

    @app.job()
    async def go_on(ctx: Context, word: str) -> list[str]:
        [parent] = ctx.parents
        return [*parent.result, word]

    async with app, app.working():
        handles = await app.submit_graph(foliot.chain(begin.call(), go_on.call("middle"), go_on.call("end")))
        assert await handles[-1].result(PATIENCE) == ["begin", "middle", "end"]


async def test_a_group_in_a_chain_fans_out_and_in(app: App) -> None:
    @app.job()
    async def begin() -> int:
        return 1

    @app.job()
    async def times(ctx: Context, factor: int) -> int:
        [parent] = ctx.parents
        return int(parent.result) * factor

    @app.job()
    async def total(ctx: Context) -> int:
        return sum(parent.result for parent in ctx.parents)

    async with app, app.working():
        middle = foliot.group(*(foliot.chain(times.call(n), times.call(10)) for n in (1, 2, 3)))
        handles = await app.submit_graph(foliot.chain(begin.call(), middle, total.call()))
        assert len(handles) == 8
        assert await handles[-1].result(PATIENCE) == 60


async def test_what_comes_after_a_failure_is_skipped_and_what_waits_for_one_runs(app: App) -> None:
    @app.job(retry=1)
    async def fail() -> None:
        raise ValueError("no")

    @app.job()
    async def rest(ctx: Context) -> list[str | None]:
        return [parent.state for parent in ctx.parents]

    async with app, app.working():
        head, after, rescue, last = await app.submit_graph(
            foliot.chain(
                fail.call(),
                foliot.group(rest.call(), rest.options(wait_for="failed").call()),
                rest.options(wait_for="finished").call(),
            )
        )
        assert await last.result(PATIENCE) == ["skipped", "succeeded"]
        assert await rescue.result(PATIENCE) == ["failed"]
        await until_state(after, RunState.SKIPPED)
        with pytest.raises(foliot.RunCancelled):
            await after.result(PATIENCE)
        told = [event.type for event in await after.events()]
        assert told == ["run.created", "run.ruled_out", "run.skipped"]
        assert await head.status() is RunState.FAILED


async def test_any_one_of_several_may_be_enough(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        late = await app.submit(rest.options(delay=3600))
        soon = await app.submit(rest)
        child = await app.submit(rest.options(after=[late, soon], join="any"))
        assert await child.status() is RunState.BLOCKED
        async with app.working():
            await child.result(PATIENCE)
        assert await late.status() is RunState.PENDING


async def test_the_story_of_a_child_tells_who_freed_it(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app, app.working():
        head, child = await app.submit_graph(foliot.chain(rest.call(), rest.call()))
        await child.result(PATIENCE)
        events = await child.events()
        assert [event.type for event in events] == [
            "run.created", "run.unblocked", "run.queued", "run.started", "run.succeeded",
        ]  # fmt: skip
        assert events[1].data["parent"] == head.job_id
        lateness = (await child.run()).lateness
        assert lateness is not None
        assert lateness.total_seconds() < PATIENCE


async def test_cancelling_the_head_of_a_chain_cancels_the_rest(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        handles = await app.submit_graph(foliot.chain(*(rest.call() for _ in range(4))))
        await handles[0].cancel()
        assert [await handle.status() for handle in handles] == [RunState.CANCELLED] * 4


async def test_a_bad_graph_is_refused_whole(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        every = await app.submit(rest.options(every=60))
        after_a_stranger = rest.options(after=["01890000-0000-7000-8000-000000000000"])
        with pytest.raises(UnknownParent, match="no job 0189"):
            await app.submit_graph(foliot.group(rest.call(), after_a_stranger.call()))
        with pytest.raises(InvalidParents, match="do not go together"):
            await app.submit_graph(foliot.chain(rest.call(), rest.options(after=[every]).call()))
        with pytest.raises(InvalidParents, match="recurs"):
            await app.submit(rest.options(every=60, after=[every]))
        system = await app.system()
        assert len(await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 10)) == 1


async def test_a_parent_that_is_over_counts_or_is_refused(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    async with app:
        gone = await app.submit(rest)
        await gone.cancel()
        with pytest.raises(ParentEnded, match="cancelled already"):
            await app.submit(rest.options(after=[gone]))
        child = await app.submit(rest.options(after=[gone.job_id], wait_for="cancelled"))
        assert await child.status() is RunState.QUEUED


def test_words_that_nobody_knows_are_refused(app: App) -> None:
    @app.job()
    async def rest() -> None: ...

    with pytest.raises(InvalidParents, match="succeeded, failed, cancelled, finished"):
        rest.options(after=["x"], wait_for="done")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(InvalidParents, match="all, any"):
        rest.options(after=["x"], join="some")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(InvalidParents, match="at least one step"):
        foliot.chain()


async def test_the_blocking_twin_submits_graphs(app: App) -> None:
    @app.job()
    def rest() -> None: ...

    def work() -> list[RunState]:
        head, *others = app.blocking.submit_graph(foliot.chain(rest.call(), rest.call()))
        child = app.blocking.submit(rest.options(after=[head]))
        return [handle.status() for handle in (head, *others, child)]

    async with app:
        assert await asyncio.to_thread(work) == [RunState.QUEUED, RunState.BLOCKED, RunState.BLOCKED]
