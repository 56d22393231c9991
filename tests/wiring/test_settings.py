"""The one place where the environment is read."""

from pathlib import Path

import pytest

from foliot.domain.errors import InvalidSettings
from foliot.settings import Settings


def test_what_is_not_set_has_its_default() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"FOLIOT_PORT": " ", "OTHER": "1"}) == Settings()


def test_each_member_is_set_by_the_variable_of_its_name() -> None:
    settings = Settings.from_environment(
        {"FOLIOT_PORT": "1", "FOLIOT_LEASE_SECONDS": "2.5", "FOLIOT_QUEUES": " a, b ,,", "FOLIOT_API_KEY": "fol_a_b"}
    )
    assert (settings.port, settings.lease_seconds, settings.api_key) == (1, 2.5, "fol_a_b")
    assert settings.queue_names == ("a", "b")
    assert Settings.from_environment({"FOLIOT_MCP_HOSTS": "a.example, b.example"}).mcp_host_names == (
        "a.example",
        "b.example",
    )


def test_overrides_win_unless_they_are_none() -> None:
    settings = Settings.from_environment({"FOLIOT_PORT": "1", "FOLIOT_HOST": "h"}, port=2, host=None)
    assert (settings.port, settings.host) == (2, "h")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"), ("PORT", "70000"), ("PORT", "-1"), ("CONCURRENCY", "0"), ("PROCESSES", "0"),
        ("LEASE_SECONDS", "0.1"), ("LEASE_SECONDS", "nan"), ("GRACE_SECONDS", "-1"), ("RETENTION_DAYS", "0"),
        ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "yaml"), ("SQLITE_SYNCHRONOUS", "off"),
        ("DATABASE_URL", "mysql://x"), ("DATABASE_URL", "sqlite:///"), ("DATABASE_URL", "foliot.db"),
        ("LARGEST_PAYLOAD_BYTES", "1"), ("DATABASE_POOLER", "session"), ("DATABASE_CONNECTIONS", "0"),
        ("TIMEZONE", "Berlin"), ("MCP_TOOL_NAMES", "shouted"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"FOLIOT_{name}") as refused:
        Settings.from_environment({f"FOLIOT_{name}": value})
    assert refused.value.field == f"FOLIOT_{name}"


def test_the_url_names_a_relative_or_an_absolute_file_or_memory() -> None:
    assert Settings(database_url="sqlite:///a/b.db").sqlite_path() == Path("a/b.db")
    assert Settings(database_url="sqlite:////a/b.db").sqlite_path() == Path("/a/b.db")
    assert Settings(database_url="sqlite://:memory:").sqlite_path() is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://ada:s3cret@db:5432/foliot", "postgresql://ada:***@db:5432/foliot"),
        ("postgresql://db/foliot?user=ada&password=s3cret&sslmode=require",
         "postgresql://db/foliot?user=ada&password=***&sslmode=require"),
        ("postgresql://ada@db/foliot", "postgresql://ada@db/foliot"),
        ("sqlite:///a.db", "sqlite:///a.db"),
    ],
)  # fmt: skip
def test_a_password_is_never_told(url: str, told: str) -> None:
    assert Settings(database_url=url).database_told == told
    assert Settings(redis_url="redis://:s3cret@cache:6379/0").redis_told == "redis://:***@cache:6379/0"


def test_the_key_of_a_server_is_kept_in_the_working_directory() -> None:
    assert Settings(database_url="postgresql://db/foliot").key_file() == Path(".foliot/postgres.key")
    assert Settings(database_url="sqlite:///a/b.db").key_file() == Path("a/key")
    assert Settings(database_url="sqlite://:memory:").key_file() is None
