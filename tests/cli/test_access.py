"""`foliot tenant`, `foliot key`, `foliot type`, and in whose name a command acts."""

import pytest

from tests.cli.conftest import Shell


def test_a_tenant_is_created_once(foliot: Shell) -> None:
    tenant = foliot.json("tenant", "create", "acme")
    assert tenant["name"] == "acme"
    assert foliot.json("tenant", "list")["items"][-1] == tenant
    said = foliot("tenant", "create", "acme", "--json")
    assert (said.code, said.error["code"], said.error["field"]) == (4, "conflict", "name")


def test_tenants_are_listed_for_people(foliot: Shell) -> None:
    tenant = foliot.json("tenant", "create", "acme")
    assert foliot("tenant", "list").out.splitlines()[2].split()[:2] == [tenant["id"], "acme"]


def test_a_key_is_shown_once_and_its_hash_never(foliot: Shell) -> None:
    created = foliot.json("key", "create", "ci", "--role", "viewer")
    assert created["key"].startswith(f"fol_{created['prefix']}_")
    assert (created["role"], created["revoked_at"]) == ("viewer", None)
    [listed] = foliot.json("key", "list")["items"]
    assert listed == {name: value for name, value in created.items() if name != "key"}
    assert "hash" not in listed


def test_people_are_told_to_keep_the_key(foliot: Shell) -> None:
    said = foliot("key", "create", "ci")
    assert said.out.splitlines()[0].startswith("key   fol_")
    assert "cannot be shown again" in said.err
    assert "…" in foliot("key", "list").out


def test_a_revoked_key_opens_nothing(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    key = foliot.json("key", "create", "ci")
    assert foliot.json("key", "revoke", key["id"]) == {"id": key["id"], "revoked": True}
    monkeypatch.setenv("FOLIOT_API_KEY", key["key"])
    said = foliot("run", "list", "--json")
    assert (said.code, said.error["code"]) == (5, "unauthenticated")


def test_an_unknown_key_is_not_found(foliot: Shell) -> None:
    assert foliot("key", "revoke", "nonsense").code == 3


@pytest.mark.parametrize("role", ["owner", "king"])
def test_a_key_has_one_of_three_roles(foliot: Shell, role: str) -> None:
    said = foliot("key", "create", "ci", "--role", role)
    assert said.code == 2
    assert "viewer" in said.err


def test_a_command_acts_for_the_key_of_the_environment(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLIOT_API_KEY", foliot.json("key", "create", "ci", "--role", "viewer")["key"])
    assert foliot("run", "list").code == 0
    said = foliot("job", "submit", "greet", "--json")
    assert (said.code, said.error["code"]) == (5, "forbidden")


def test_a_named_tenant_is_acted_in_as_its_admin(foliot: Shell) -> None:
    foliot.json("tenant", "create", "acme")
    theirs = foliot.submit("--tenant", "acme")
    key = foliot.json("--tenant", "acme", "key", "create", "ci", "--role", "admin")
    assert [run["id"] for run in foliot.json("run", "list", "--tenant=acme")["items"]] == [theirs]
    assert [listed["id"] for listed in foliot.json("key", "list", "--tenant", "acme")["items"]] == [key["id"]]


def test_another_tenants_run_is_not_found(foliot: Shell) -> None:
    foliot.json("tenant", "create", "acme")
    theirs = foliot.submit("--tenant", "acme")
    for verb in ("show", "watch", "cancel", "retry", "events"):
        assert foliot("run", verb, theirs).code == 3


def test_an_unknown_tenant_is_not_found(foliot: Shell) -> None:
    said = foliot("run", "list", "--tenant", "nobody")
    assert said.code == 3
    assert "foliot tenant list" in said.err


def test_types_are_listed(foliot: Shell) -> None:
    greet, build = foliot.json("type", "list")["items"]
    assert (greet["name"], greet["description"], greet["retry"]["max_attempts"]) == ("greet", "Says hello.", 2)
    assert (build["name"], build["queue"], build["priority"]) == ("report.build", "slow", "low")
    assert "Says hello." in foliot("type", "list").out
