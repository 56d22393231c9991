"""What is in proto/ is sound, and what was generated of it says the same."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from foliot.transports.grpc.generated.foliot.worker.v1 import worker_pb2
from foliot.transports.grpc.generated.scheduler.v1 import (
    calendar_pb2,
    event_pb2,
    graph_pb2,
    job_pb2,
    job_type_pb2,
    key_pb2,
    occurrence_pb2,
    policy_pb2,
    run_pb2,
    schedule_pb2,
    scheduler_pb2,
    status_pb2,
    unique_pb2,
)

PROTO: Final = Path(__file__).parents[2] / "proto"
GENERATED: Final = (
    calendar_pb2, event_pb2, graph_pb2, job_pb2, job_type_pb2, key_pb2, occurrence_pb2, policy_pb2, run_pb2,
    schedule_pb2, scheduler_pb2, status_pb2, unique_pb2, worker_pb2,
)  # fmt: skip


def buf(*arguments: str) -> bytes:
    """What the compiler says in proto/."""
    done = subprocess.run(
        [Path(sys.executable).with_name("buf"), *arguments], check=False, cwd=PROTO, capture_output=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout


@pytest.mark.parametrize("check", [("lint",), ("format", "--diff", "--exit-code")])
def test_the_files_are_clean(check: tuple[str, ...]) -> None:
    assert buf(*check) == b""


def test_what_is_generated_is_what_the_files_say() -> None:
    """Held against another compiler than the one that generates: `./dev proto` mends it."""
    said = FileDescriptorSet.FromString(buf("build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "-"))
    files = {file.name: _plain(file) for file in said.file if not file.name.startswith("google/")}
    generated = {}
    for module in GENERATED:
        made = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(made)
        generated[made.name] = _plain(made)
    assert generated.keys() == files.keys()
    for name, file in files.items():
        assert generated[name] == file, f"{name} has changed; run ./dev proto"


def _plain(file: FileDescriptorProto) -> FileDescriptorProto:
    """Without the names in JSON, which follow from the others and which only one of the compilers writes down."""
    messages = list(file.message_type)
    for message in messages:
        messages += message.nested_type
        for field in message.field:
            field.ClearField("json_name")
    return file
