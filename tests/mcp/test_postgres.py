"""The same door on the other store."""

from foliot.settings import Settings
from foliot.wiring import open_system
from tests.http.conftest import House
from tests.mcp.house import entered


async def test_the_tools_on_postgres(database_url: str) -> None:
    system = await open_system(Settings(database_url=database_url))
    try:
        house = House(system)
        await house.open()
        async with entered(house) as foliot:
            made = await foliot("task_create", type="any", payload={"a": "b"}, at="2020-01-01T00:00:00Z")
            assert not (await foliot("task_create", type="any", payload={"a": "b"}, at="2020-01-01T00:00:00Z"))[
                "created"
            ]
            [run] = await house.begin()
            await house.succeed(run, {"c": 1})
            assert (await foliot("task_wait", run_id=made["run_id"]))["result"] == {"c": 1}
            series = await foliot("task_create", type="greet", cron="0 8 * * *", timezone="Europe/Berlin")
            await foliot("task_update", job_id=series["job_id"], cron="0 9 * * *", timezone="Europe/Berlin")
            assert (await foliot("task_run_now", job_id=series["job_id"]))["state"] == "queued"
            assert len((await foliot("task_list", limit=1))["items"]) == 1
            for name, arguments in (("task_list", {"type": "\x00"}), ("dead_list", {"queue": "\x00"})):
                assert "INVALID_POLICY" in await foliot.refused(name, **arguments)
            await foliot.raw("task_create", type="any", payload={"\x00": "\x00"}, key="\x00")
            await foliot.raw("types_list", name="\x00", cursor="\x00")
            await foliot("task_cancel", job_id=series["job_id"])
            assert {event["type"] for event in (await foliot("task_events", job_id=series["job_id"]))["items"]} == {
                "job.created", "job.updated", "job.cancelled"
            }  # fmt: skip
    finally:
        await system.close()
