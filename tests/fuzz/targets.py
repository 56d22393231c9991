"""What atheris tries, in a process of its own each: `python -m tests.fuzz.targets NAME`, with options of libFuzzer."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import atheris  # type: ignore[import-untyped]  # installed by whoever runs this

with atheris.instrument_imports(include=["foliot"]):
    import grpc

    from foliot.domain.errors import FoliotError
    from foliot.domain.schedule import Cron, RRule
    from foliot.domain.time.exclusion import dates_of_icalendar
    from foliot.settings import Settings
    from foliot.transports.http.app import ENDPOINTS
    from foliot.wiring import open_system
    from tests.grpc.client import SERVICE, Client
    from tests.grpc.conftest import House as GrpcHouse
    from tests.http.conftest import House as HttpHouse

SLOWEST_SECONDS: Final = 5
_NOW: Final = datetime(2026, 5, 1, tzinfo=UTC)
_FAULTS: Final = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
_SEEDS: Final = {
    "time": [b"\0*/5 8-17 * * mon-fri", b"\1FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", b"\2BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"],
    "http": [b'\0{"type":"any","schedule":{"kind":"every","seconds":60},"parents":[{"alias":"a"}]}', b"\1{}"],
    "grpc": [b"\0\n\x05\n\x03any"],
}

Try = Callable[[bytes], Awaitable[None]]


async def _time() -> Try:
    async def attempt(data: bytes) -> None:
        text = data[1:].decode(errors="replace")
        try:
            match data[0] % 3:
                case 0:
                    schedule: Cron | RRule = Cron(text, timezone="Europe/Berlin").checked()
                case 1:
                    schedule = RRule(text, start=datetime(2026, 1, 1, 9), timezone="America/Havana").checked()  # noqa: DTZ001
                case _:
                    dates_of_icalendar(text, _NOW.date(), _NOW.replace(year=2030).date())
                    return
            walked = zip(schedule.occurrences(_NOW), range(20), strict=False)
            instants = [planned.at for planned, _ in walked]
            assert instants == sorted(set(instants)), "not strictly increasing"
        except FoliotError:
            pass

    return attempt


async def _http() -> Try:
    house = HttpHouse(await open_system(Settings(database_url="sqlite://:memory:")))
    await house.open()
    endpoints = [each for each in ENDPOINTS if "watch" not in each.operation_id and "lease" not in each.operation_id]
    headers = [
        (b"authorization", f"Bearer {house.keys['acme', 'admin']}".encode()), (b"content-type", b"application/json"),
    ]  # fmt: skip

    async def attempt(data: bytes) -> None:
        endpoint = endpoints[data[0] % len(endpoints)]
        path = endpoint.path
        for place in endpoint.places:
            path = path.replace(f"{{{place}}}", "01890000-0000-7000-8000-000000000001")
        query, body = (data[1:], b"") if endpoint.method == "GET" else (b"", data[1:])
        scope = {
            "type": "http", "method": endpoint.method, "path": path, "query_string": query, "headers": headers,
            "root_path": "",
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await house.app(scope, receive, send)
        assert sent[0]["status"] < 500, (endpoint.operation_id, sent)

    return attempt


async def _grpc() -> Try:
    house = GrpcHouse(await open_system(Settings(database_url="sqlite://:memory:")))
    await house.open()
    client = Client(await house.serving().__aenter__(), house.keys["acme", "admin"])
    rpcs = [each for each in SERVICE.methods if not each.server_streaming]

    async def attempt(data: bytes) -> None:
        rpc = rpcs[data[0] % len(rpcs)]
        code = grpc.StatusCode.OK
        try:
            await client.call(rpc.name, [data[1:]] if rpc.client_streaming else data[1:])
        except grpc.aio.AioRpcError as error:
            code = error.code()
        assert code not in _FAULTS, (rpc.name, code)

    return attempt


_TARGETS: Final[dict[str, Callable[[], Awaitable[Try]]]] = {"time": _time, "http": _http, "grpc": _grpc}


def fuzz(name: str, options: Sequence[str]) -> None:
    """Try one target, as libFuzzer's options say. Ends the process."""
    loop = asyncio.new_event_loop()
    attempt = loop.run_until_complete(_TARGETS[name]())

    def one(data: bytes) -> None:
        if data:
            loop.run_until_complete(asyncio.wait_for(attempt(data), SLOWEST_SECONDS))

    for seed in _SEEDS[name]:
        one(seed)
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[1], sys.argv[2:])
