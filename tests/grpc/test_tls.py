"""TLS, and client certificates."""

from pathlib import Path

import grpc
import pytest

from foliot.domain.errors import InvalidSettings
from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from tests.grpc.certificates import Authority, Pair
from tests.grpc.client import Client, refused
from tests.grpc.conftest import House


def settings(server: Pair, client_ca: Path | None = None) -> Settings:
    return Settings(
        grpc_certificate=str(server.certificate),
        grpc_key=str(server.key),
        grpc_client_ca=None if client_ca is None else str(client_ca),
    ).checked()


def trusting(authority: Authority, own: Pair | None = None) -> grpc.ChannelCredentials:
    if own is None:
        return grpc.ssl_channel_credentials(authority.file.read_bytes())
    return grpc.ssl_channel_credentials(authority.file.read_bytes(), own.key.read_bytes(), own.certificate.read_bytes())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


async def test_a_call_is_made_over_tls(house: House, authority: Authority) -> None:
    async with house.serving(settings(authority.issue("server"))) as target:
        async with Client(target, house.keys["acme", "viewer"], trusting(authority)) as client:
            assert (await client.call("ListJobs")).jobs == []
        async with Client(target, house.keys["acme", "viewer"]) as plain:
            assert (await refused(plain.call("ListJobs", timeout=5))).code is grpc.StatusCode.UNAVAILABLE


async def test_a_server_that_one_does_not_trust_is_not_called(
    house: House, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    async with (
        house.serving(settings(authority.issue("server"))) as target,
        Client(target, house.keys["acme", "viewer"], trusting(other)) as client,
    ):
        assert (await refused(client.call("ListJobs", timeout=5))).code is grpc.StatusCode.UNAVAILABLE


async def test_a_client_must_have_a_certificate_where_that_is_asked_for(
    house: House, authority: Authority, tmp_path: Path
) -> None:
    strangers = Authority(tmp_path, "strangers")
    key = house.keys["acme", "viewer"]
    async with house.serving(settings(authority.issue("server"), authority.file)) as target:
        async with Client(target, key, trusting(authority, authority.issue("client"))) as client:
            assert (await client.call("ListJobs")).jobs == []
        async with Client(target, None, trusting(authority, authority.issue("keyless"))) as keyless:
            assert (await refused(keyless.call("ListJobs"))).code is grpc.StatusCode.UNAUTHENTICATED
        for own in (None, strangers.issue("stranger")):
            async with Client(target, key, trusting(authority, own)) as client:
                assert (await refused(client.call("ListJobs", timeout=5))).code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("content", [None, b"nonsense"])
async def test_a_file_that_cannot_be_used_is_told(
    house: House, authority: Authority, tmp_path: Path, content: bytes | None
) -> None:
    pair = authority.issue("server")
    bad = tmp_path / "bad.pem"
    if content is not None:
        bad.write_bytes(content)
    for broken in (pair._replace(key=bad), pair._replace(certificate=bad)):
        with pytest.raises(InvalidSettings, match=r"FOLIOT_GRPC_\w+='.*bad\.pem'"):
            await GrpcServer(house.services, settings(broken)).start(0)


async def test_a_key_of_another_certificate_is_told(house: House, authority: Authority) -> None:
    mixed = authority.issue("server")._replace(key=authority.issue("other").key)
    with pytest.raises(InvalidSettings, match="certificate"):
        await GrpcServer(house.services, settings(mixed)).start(0)


@pytest.mark.parametrize(
    "half", [{"grpc_certificate": "a"}, {"grpc_key": "a"}, {"grpc_client_ca": "a"}, {"grpc_port": 70_000}]
)
def test_half_a_configuration_is_refused(half: dict[str, object]) -> None:
    with pytest.raises(InvalidSettings, match="FOLIOT_GRPC_"):
        Settings(**half).checked()  # type: ignore[arg-type]  # each by its name
