"""Clients of other makes: `buf curl` (Go), grpclib (Python on h2) and grpc-js (JavaScript)."""

import asyncio
import base64
import fcntl
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import grpclib.client
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from foliot.transports.grpc.generated.scheduler.v1 import job_pb2, scheduler_pb2, status_pb2
from tests.grpc.client import SERVICE
from tests.grpc.conftest import House

PROTO: Final = Path(__file__).parents[2] / "proto"
NODE: Final = Path(__file__).parent / "node"
UNKNOWN: Final = "3b241101-e2bb-4255-8caf-4136c566a962"


async def run(*command: str | Path, cwd: Path | None = None) -> tuple[int, str, str]:
    """The exit code of a program, and what it said."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(60):
        said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


class BufCurl:
    """`buf curl`, by reflection or by the files."""

    def __init__(self, house: House, key: str | None, *schema: str | Path) -> None:
        self._url = f"http://{house.target}"
        self._options = ["--protocol", "grpc", "--http2-prior-knowledge", *schema]
        if key is not None:
            self._options += ["-H", f"Authorization: Bearer {key}"]

    async def __call__(self, rpc: str, **request: Any) -> list[dict[str, Any]]:
        """The responses."""
        code, said, complained = await self._curl("-d", json.dumps(request), f"{self._url}/{SERVICE.full_name}/{rpc}")
        assert code == 0, complained
        decoder, rest, found = json.JSONDecoder(), said.strip(), []
        while rest:
            message, end = decoder.raw_decode(rest)
            found.append(message)
            rest = rest[end:].strip()
        return found

    async def refused(self, rpc: str, **request: Any) -> tuple[int, dict[str, Any]]:
        """The code and the error of a call that is refused."""
        code, _, complained = await self._curl("-d", json.dumps(request), f"{self._url}/{SERVICE.full_name}/{rpc}")
        assert code % 8 == 0
        return code // 8, json.loads(complained)

    async def methods(self) -> list[str]:
        """What reflection tells."""
        code, said, complained = await self._curl("--list-methods", self._url)
        assert code == 0, complained
        return said.split()

    async def _curl(self, *arguments: str) -> tuple[int, str, str]:
        return await run(Path(sys.executable).with_name("buf"), "curl", *self._options, *arguments)


async def test_reflection_tells_all_methods(house: House) -> None:
    methods = await BufCurl(house, None).methods()
    assert {f"{SERVICE.full_name}/{method.name}" for method in SERVICE.methods} <= {*methods}
    assert "grpc.health.v1.Health/Check" in methods


@pytest.mark.parametrize("schema", [(), ("--reflect=false", "--schema", PROTO)], ids=["reflection", "files"])
async def test_buf_curl_does_it_all(house: House, schema: tuple[str | Path, ...]) -> None:
    curl = BufCurl(house, house.keys["acme", "operator"], *schema)
    async with house.working():
        [receipt] = await curl("SubmitJob", job={"type": "any", "priority": "PRIORITY_HIGH", "payloadJson": "[1]"})
        events = await curl("WatchJob", jobId=receipt["jobId"])
        assert [event["state"] for event in events][-1] == "JOB_STATE_SUCCEEDED"
        [later] = await curl("SubmitJob", job={"type": "any", "delay": "3600s"})
        [cancelled] = await curl("CancelJob", jobId=later["jobId"])
        assert cancelled["cancelled"] is True
        assert (await curl("WatchJob", jobId=later["jobId"]))[-1]["state"] == "JOB_STATE_CANCELLED"
        [page] = await curl("ListJobs", pageSize=1)
        [rest] = await curl("ListJobs", pageSize=1, pageToken=page["nextPageToken"])
        assert [page["jobs"][0]["jobId"], rest["jobs"][0]["jobId"]] == [later["jobId"], receipt["jobId"]]
        [streamed] = await curl("SubmitJobs", jobs=[{"type": "any"}] * 3)
        assert streamed["created"] == "3"
    code, error = await curl.refused("SubmitJob", job={"type": "nobody's"})
    assert (code, error["code"]) == (3, "invalid_argument")
    details = {detail["type"]: base64.b64decode(detail["value"] + "==") for detail in error["details"]}
    assert ErrorInfo.FromString(details["google.rpc.ErrorInfo"]).reason == "unknown_job_type"
    assert BadRequest.FromString(details["google.rpc.BadRequest"]).field_violations[0].field == "job.type"
    assert (await curl.refused("GetJob", jobId=UNKNOWN))[0] == 5
    assert (await BufCurl(house, None, *schema).refused("ListJobs"))[0] == 16


async def test_grpclib_does_it_all(house: House) -> None:
    host, _, port = house.target.partition(":")
    channel = grpclib.client.Channel(host, int(port))
    metadata = {"authorization": f"Bearer {house.keys['acme', 'operator']}"}

    async def call(rpc: str, request: Any = None, sent: dict[str, str] = metadata, **fields: Any) -> Any:
        method = SERVICE.methods_by_name[rpc]
        kinds: dict[tuple[bool, bool], Any] = {
            (False, False): grpclib.client.UnaryUnaryMethod,
            (False, True): grpclib.client.UnaryStreamMethod,
            (True, False): grpclib.client.StreamUnaryMethod,
        }
        sends, gets = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        made = kinds[method.client_streaming, method.server_streaming](
            channel, f"/{SERVICE.full_name}/{rpc}", sends, gets
        )
        return await made(request or sends(**fields), metadata=sent)

    async with house.working():
        job_id = (await call("SubmitJob", job=job_pb2.Job(type="any", priority=job_pb2.PRIORITY_HIGH))).job_id
        assert (await call("WatchJob", job_id=job_id))[-1].state == status_pb2.JOB_STATE_SUCCEEDED
        later = job_pb2.Job(type="any")
        later.delay.seconds = 3600
        later_id = (await call("SubmitJob", job=later)).job_id
        assert (await call("CancelJob", job_id=later_id)).cancelled
        assert (await call("WatchJob", job_id=later_id))[-1].state == status_pb2.JOB_STATE_CANCELLED
        streamed = await call("SubmitJobs", [scheduler_pb2.SubmitJobsRequest(jobs=[later] * n) for n in (1, 2, 3)])
        assert streamed.created == 6
        seen, token = 0, ""
        while True:
            page = await call("ListJobs", page_size=3, page_token=token)
            seen += len(page.jobs)
            if not (token := page.next_page_token):
                break
        assert seen == 8
    with pytest.raises(GRPCError) as invalid:
        await call("SubmitJob", job=job_pb2.Job())
    assert invalid.value.status is Status.INVALID_ARGUMENT
    assert [type(detail).__name__ for detail in invalid.value.details or ()] == ["ErrorInfo", "BadRequest"]
    for sent, status in ((metadata, Status.NOT_FOUND), ({}, Status.UNAUTHENTICATED)):
        with pytest.raises(GRPCError) as told:
            await call("GetJob", job_id=UNKNOWN, sent=sent)
        assert told.value.status is status
    channel.close()


@pytest.fixture(scope="session")
def grpc_js() -> Path:
    """A folder in which grpc-js is installed, kept in the virtual environment; without node or npm one skips."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not there")
    folder = Path(sys.prefix) / "grpc-js"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests of other processes want the same
        if not _is_installed(folder):
            asyncio.run(_install(folder))
    return folder


def _is_installed(folder: Path) -> bool:
    made, wanted = folder / "installed.json", NODE / "package.json"
    return made.exists() and made.read_bytes() == wanted.read_bytes()


async def _install(folder: Path) -> None:
    shutil.copy(NODE / "package.json", folder / "package.json")
    code, _, complained = await run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", cwd=folder)
    if code:
        pytest.skip(f"npm cannot install grpc-js: {complained[-200:]}")
    shutil.copy(NODE / "package.json", folder / "installed.json")


async def test_grpc_js_does_it_all(house: House, grpc_js: Path) -> None:
    async with house.working():
        code, said, complained = await run(
            "node", NODE / "client.mjs", PROTO, house.target, house.keys["acme", "operator"], cwd=grpc_js
        )
    assert code == 0, complained
    seen = json.loads(said)
    assert seen["watched"][-1] == seen["state"] == "JOB_STATE_SUCCEEDED"
    assert (seen["result"], seen["cancelled"], seen["ended"]) == ('"done"', True, "JOB_STATE_CANCELLED")
    assert (seen["streamed"], seen["listed"]) == (6, [3, 3, 2])
    assert {name: told["code"] for name, told in seen["refused"].items()} == {
        "invalid": "INVALID_ARGUMENT", "unknown": "NOT_FOUND", "anybody": "UNAUTHENTICATED"
    }  # fmt: skip
    assert all(told["hasStatus"] for told in seen["refused"].values())
