"""What a submitted call may look like, and what its handler gets."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import pytest

from foliot import App, Conflict, Context, InvalidPayload, Priority, RetryPolicy
from foliot.domain.errors import InvalidPolicy, PayloadTooLarge
from foliot.ports import JobFilter
from tests.engine.house import PATIENCE


class Colour(Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Address(msgspec.Struct):
    """Where someone lives."""

    street: str
    number: int = 1


@dataclass
class Order:
    """What someone wants."""

    items: list[str]
    to: Address


async def _stored(app: App) -> int:
    system = await app.system()
    return len(await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 100))


async def test_arguments_arrive_as_the_types_they_are_annotated_with(app: App) -> None:
    got: list[Any] = []

    @app.job()
    async def keep(
        order: Order,
        colour: Colour,
        when: datetime,
        day: date,
        wait: timedelta,
        price: Decimal,
        who: UUID,
        tags: set[str],
    ) -> None:
        got.append((order, colour, when, day, wait, price, who, tags))

    given = (
        Order(["pen"], Address("Main St", 7)), Colour.BLUE, datetime(2026, 5, 1, 8, tzinfo=UTC), date(2026, 5, 2),
        timedelta(minutes=3), Decimal("1.10"), UUID(int=7), {"a", "b"},
    )  # fmt: skip
    async with app, app.working():
        await (await app.submit(keep, *given)).result(PATIENCE)
    assert got == [given]


async def test_arguments_may_be_passed_by_position_and_by_name(app: App) -> None:
    @app.job()
    async def tell(a: int, b: int, c: int = 3) -> list[int]:
        return [a, b, c]

    async with app, app.working():
        handles = [
            await app.submit(tell, 1, 2),
            await app.submit(tell, 1, b=5),
            await app.submit(tell, c=7, b=5, a=4),
            await app.submit(tell, 1, 2, 9),
        ]
        assert [await handle.result(PATIENCE) for handle in handles] == [[1, 2, 3], [1, 5, 3], [4, 5, 7], [1, 2, 9]]


async def test_a_mutable_default_is_made_anew_for_each_run(app: App) -> None:
    @app.job()
    async def grow(into: list[int] = []) -> list[int]:  # noqa: B006, that it is shared is what is tried here
        into.append(1)
        return into

    async with app, app.working():
        handles = await app.submit_many([grow.call(), grow.call()])
        assert [await handle.result(PATIENCE) for handle in handles] == [[1], [1]]


async def test_keyword_only_arguments_are_passed_by_name(app: App) -> None:
    @app.job()
    async def tell(a: int, *, b: int, c: str = "c") -> list[object]:
        return [a, b, c]

    async with app, app.working():
        assert await (await app.submit(tell, 1, b=2)).result(PATIENCE) == [1, 2, "c"]
        with pytest.raises(InvalidPayload, match="by position"):
            await app.submit(tell, 1, 2)  # type: ignore[call-overload]  # that is what is tried


async def test_positional_only_arguments_are_passed(app: App) -> None:
    @app.job()
    async def tell(a: int, /, b: int) -> list[int]:
        return [a, b]

    async with app, app.working():
        assert await (await app.submit(tell, 1, b=2)).result(PATIENCE) == [1, 2]


async def test_a_context_comes_first_and_is_no_part_of_the_payload(app: App) -> None:
    @app.job(queue="default")
    async def tell(ctx: Context, a: int, *, b: int) -> list[object]:
        return [ctx.run_id, ctx.type, ctx.queue, ctx.attempt, ctx.max_attempts, a, b]

    async with app, app.working():
        handle = await app.submit(tell, 1, b=2)
        assert await handle.result(PATIENCE) == [handle.run_id, "tell", "default", 1, 3, 1, 2]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        (("one",), {}),
        ((1,), {"colour": "red"}),
        ((1, 2), {}),
        ((1,), {"a": 2}),
        ((1.5,), {}),
        ((None,), {}),
        ((object(),), {}),
        (("\udc80",), {}),
    ],
    ids=["missing", "wrong", "unknown", "too-many", "twice", "float", "null", "no-json", "surrogate"],
)
async def test_arguments_that_do_not_fit_are_refused_at_submit(
    app: App, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    @app.job()
    async def double(a: int) -> int:
        return 2 * a

    async with app:
        with pytest.raises(InvalidPayload) as refused:
            await app.submit(double, *args, **kwargs)
        assert refused.value.field == "payload"
        assert await _stored(app) == 0


async def test_a_nested_argument_that_does_not_fit_is_named(app: App) -> None:
    @app.job()
    async def send(order: Order) -> None: ...

    async with app:
        with pytest.raises(InvalidPayload, match=r"order\.to\.number"):
            await app.submit(send, {"items": [], "to": {"street": "x", "number": "y"}})  # type: ignore[call-overload]  # tried


async def test_an_endless_argument_is_refused(app: App) -> None:
    @app.job()
    async def take(value: Any) -> None: ...

    endless: list[Any] = []
    endless.append(endless)
    async with app:
        with pytest.raises(InvalidPayload):
            await app.submit(take, endless)


async def test_a_payload_over_the_limit_is_refused(app: App) -> None:
    @app.job()
    async def take(text: str) -> None: ...

    async with app:
        with pytest.raises(PayloadTooLarge):
            await app.submit(take, "x" * app.settings.largest_payload_bytes)
        assert await _stored(app) == 0


async def test_a_job_function_is_still_a_function(app: App) -> None:
    @app.job()
    async def double(a: int) -> int:
        """Twice as much."""
        return 2 * a

    assert await double(4) == 8
    assert (double.name, double.__doc__) == ("double", "Twice as much.")


class TestDeclaring:
    """What a function must be to become a job type."""

    def test_a_name_is_taken_once(self, app: App) -> None:
        @app.job("mail")
        async def one() -> None: ...

        with pytest.raises(Conflict, match="mail"):

            @app.job("mail")
            async def other() -> None: ...

    def test_variable_arguments_are_refused(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="name each argument"):

            @app.job()
            async def one(*numbers: int) -> None: ...

    def test_a_context_that_is_not_first_is_refused(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="must be its first argument"):

            @app.job()
            async def one(a: int, ctx: Context) -> None: ...

    def test_a_context_that_must_be_named_is_refused(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="must be its first argument"):

            @app.job()
            async def one(*, ctx: Context) -> None: ...

    def test_an_argument_without_a_json_form_is_refused(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="cannot be read from JSON"):

            @app.job()
            async def one(loop: asyncio.AbstractEventLoop) -> None: ...

    def test_a_coroutine_function_does_not_run_in_a_thread(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="coroutine function"):

            @app.job(execution="thread")
            async def one() -> None: ...

    def test_a_plain_function_does_not_run_on_the_loop(self, app: App) -> None:
        with pytest.raises(InvalidPolicy, match="plain function"):

            @app.job(execution="async")
            def one() -> None: ...

    @pytest.mark.parametrize(
        "policy",
        [{"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}, {"retry": 0}, {"retry": -1}, {"queue": ""},
         {"retry": RetryPolicy(base_seconds=-1)}, {"name": "two words"}, {"name": "x" * 201}],
        ids=str,
    )  # fmt: skip
    def test_a_policy_out_of_range_is_refused(self, app: App, policy: dict[str, Any]) -> None:
        with pytest.raises(InvalidPolicy):

            @app.job(**policy)
            async def one() -> None: ...

    async def test_the_policy_of_the_type_is_that_of_its_jobs(self, app: App) -> None:
        @app.job("mail", queue="slow", priority=Priority.LOW, timeout=timedelta(minutes=2), retry=7)
        async def one() -> None: ...

        async with app:
            handle = await app.submit(one)
            run = await handle.run()
        assert (run.type, run.queue, run.priority, run.max_attempts) == ("mail", "slow", Priority.LOW, 7)
        assert one.handler.job_type.policy.timeout_seconds == 120
