"""`foliot up --grpc-port`: gRPC beside HTTP in one process, from its start to its stop."""

import asyncio
from pathlib import Path

import grpc
import msgspec

from chaos.processes import start
from foliot.transports.grpc.generated.scheduler.v1 import status_pb2
from tests.grpc.client import Client, every, refused


async def test_one_process_serves_both(tmp_path: Path) -> None:
    settings = {"database_url": f"sqlite:///{tmp_path}/foliot.db", "port": 0}
    process = await start("up", "--grpc-port", "0", settings=settings, folder=tmp_path, log=tmp_path / "log")
    try:
        await process.until_logged("ready")
        target = (await process.until_logged("gRPC"))["address"]
        async with Client(target, (tmp_path / "key").read_text().strip()) as client:
            job = {"type": "foliot.echo", "payload_json": '{"message": "hello"}'}
            job_id = (await client.call("SubmitJob", {"job": job})).job_id
            async with asyncio.timeout(20):
                events = await every(client.call("WatchJob", {"job_id": job_id}))
            assert events[-1].state == status_pb2.JOB_STATE_SUCCEEDED
            result = (await client.call("GetJob", {"job_id": job_id})).result_json
            assert msgspec.json.decode(result) == "hello"
            waiting = await client.call("SubmitJob", {"job": job | {"delay": {"seconds": 3600}}})
            watching = client.call("WatchJob", {"job_id": waiting.job_id})
            await watching.read()
            process.terminate()
            async with asyncio.timeout(20):
                assert (await refused(watching)).code is grpc.StatusCode.UNAVAILABLE
                assert await process.ended(20) == 0
    finally:
        await process.kill()
