"""Who may do what: keys, roles, tenants."""

import httpx2
import pytest

from foliot.transports.http.app import ENDPOINTS
from foliot.transports.http.endpoint import Endpoint
from tests.http.conftest import House

SOMEWHERE = "01a2046f-3f91-739b-82ce-6f447f4dba8c"
GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.needs_key]
OF_ONE_TENANT = [endpoint for endpoint in GUARDED if endpoint.operation_id != "show_metrics"]
OPEN = [endpoint for endpoint in ENDPOINTS if not endpoint.needs_key]
ABOUT_ONE = [endpoint for endpoint in ENDPOINTS if any(place.endswith("_id") for place in endpoint.places)]
BODIES = {
    "/v1/jobs": {"type": "any"},
    "/v1/jobs:batch": {"jobs": []},
    "/v1/jobs/{job_id}": {"queue": "slow"},
    "/v1/jobs/{job_id}/backfill": {"from": "2026-01-01T00:00:00Z"},
    "/v1/calendars/{name}": {"dates": []},
    "/v1/schedules:preview": {"schedule": {"kind": "every", "seconds": 60}},
    "/v1/keys": {"name": "new", "role": "viewer"},
    "/v1/dead-letters:replay": {},
    "/v1/dead-letters:discard": {},
    "/v1/worker/types": {"types": [{"name": "mine"}]},
    "/v1/worker/lease": {"worker": "gopher", "types": ["mine"]},
    "/v1/worker/heartbeat": {"runs": []},
    "/v1/worker/progress": {"notes": []},
    "/v1/worker/finish": {"outcomes": []},
}
QUERIES = {"/v1/watch": {"run_id": SOMEWHERE}}
"""So that it ends."""

ONLY_LOOKS = {"preview_schedule"}
NEEDS_ADMIN = {"list_keys", "create_key", "revoke_key"}


def name_of(endpoint: Endpoint) -> str:
    return endpoint.operation_id


async def call(client: httpx2.AsyncClient, endpoint: Endpoint, identifier: str = SOMEWHERE) -> httpx2.Response:
    path = endpoint.path
    for place in endpoint.places:
        path = path.replace("{" + place + "}", identifier)
    return await client.request(
        endpoint.method, path, json=BODIES.get(endpoint.path), params=QUERIES.get(endpoint.path)
    )


def test_only_health_needs_no_key() -> None:
    assert {endpoint.path for endpoint in OPEN} == {"/healthz", "/readyz"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs", "/docs/page.js", "/docs/page.css"])
async def test_health_and_documentation_are_open_to_all(house: House, path: str) -> None:
    async with house.anyone() as anyone:
        assert (await anyone.get(path)).status_code == 200


@pytest.mark.parametrize("endpoint", OF_ONE_TENANT, ids=name_of)
async def test_nothing_else_is(house: House, endpoint: Endpoint) -> None:
    async with house.anyone() as anyone:
        answer = await call(anyone, endpoint)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "authorization",
    [b"", b"Bearer", b"Bearer ", b"Bearer nonsense", b"Bearer fol_", b"Bearer fol_0_0", b"Basic Zm86YmFy", b"\xff\x80"],
)
async def test_a_key_that_is_none_opens_nothing(house: House, authorization: bytes) -> None:
    async with house.anyone() as anyone:
        answer = await anyone.get("/v1/me", headers=[(b"authorization", authorization)])
    assert answer.status_code == 401


async def test_a_right_prefix_with_a_wrong_secret_opens_nothing(house: House) -> None:
    key = house.keys["acme", "admin"]
    async with house.anyone({"authorization": f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}"}) as anyone:
        assert (await anyone.get("/v1/me")).status_code == 401


async def test_the_scheme_may_be_written_in_any_case(house: House) -> None:
    async with house.anyone({"authorization": f"bearer {house.keys['acme', 'viewer']}"}) as client:
        assert (await client.get("/v1/me")).json()["role"] == "viewer"


async def test_who_am_i(client: httpx2.AsyncClient) -> None:
    me = (await client.get("/v1/me")).json()
    assert (me["user_id"], me["role"]) == ("acme-operator", "operator")


# -- roles


@pytest.mark.parametrize("endpoint", OF_ONE_TENANT, ids=name_of)
async def test_a_viewer_may_look_and_nothing_more(house: House, endpoint: Endpoint) -> None:
    async with house.client("viewer") as viewer:
        answer = await call(viewer, endpoint)
    looks = endpoint.method == "GET" or endpoint.operation_id in ONLY_LOOKS
    refused = not looks or endpoint.operation_id in NEEDS_ADMIN
    assert (answer.status_code == 403) is refused, answer.text
    if refused:
        assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize("endpoint", OF_ONE_TENANT, ids=name_of)
async def test_an_operator_may_do_all_but_manage_keys(house: House, endpoint: Endpoint) -> None:
    async with house.client("operator") as operator:
        answer = await call(operator, endpoint)
    assert (answer.status_code == 403) is (endpoint.operation_id in NEEDS_ADMIN), answer.text


# -- tenants


@pytest.mark.parametrize("endpoint", ABOUT_ONE, ids=name_of)
async def test_another_tenants_id_is_not_found(house: House, endpoint: Endpoint) -> None:
    run_id = await house.dead_letter("acme")
    async with house.client("admin", "acme") as owner:
        key_id = (await owner.get("/v1/keys")).json()["items"][0]["id"]
        identifier = key_id if endpoint.places == ("key_id",) else run_id
        async with house.client("admin", "globex") as stranger:
            theirs = await call(stranger, endpoint, identifier)
            nobodys = await call(stranger, endpoint, SOMEWHERE)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["detail"].replace(identifier, SOMEWHERE) == nobodys.json()["detail"]
        assert (await owner.get("/v1/dead-letters")).json()["items"][0]["id"] == run_id


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/runs", "/v1/dead-letters"])
async def test_listings_end_at_the_tenant(house: House, path: str) -> None:
    run_id = await house.dead_letter("acme")
    async with house.client("admin", "globex") as stranger:
        assert (await stranger.get(path)).json()["items"] == []
        assert (await stranger.get("/v1/runs", params={"job_id": run_id})).status_code == 404


@pytest.mark.parametrize("endpoint", ABOUT_ONE, ids=name_of)
@pytest.mark.parametrize("identifier", ["7", "nonsense", SOMEWHERE.upper(), "a%2Fb", "%00", "é", "x" * 3000])
async def test_what_is_no_id_is_not_found(house: House, endpoint: Endpoint, identifier: str) -> None:
    async with house.client("admin") as admin:
        answer = await call(admin, endpoint, identifier)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


# -- managing keys


async def test_a_new_key_is_shown_once_and_opens_until_it_is_revoked(house: House) -> None:
    async with house.client("admin") as admin:
        answer = await admin.post("/v1/keys", json={"name": "ci", "role": "operator"})
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        made = answer.json()
        listed = await admin.get("/v1/keys")
        assert made["key"] not in listed.text
        assert [key["name"] for key in listed.json()["items"]][-1] == "ci"
        async with house.anyone({"authorization": f"Bearer {made['key']}"}) as newcomer:
            assert (await newcomer.get("/v1/me")).json()["user_id"] == "ci"
            assert (await admin.delete(f"/v1/keys/{made['id']}")).status_code == 204
            assert (await newcomer.get("/v1/me")).status_code == 401
        assert (await admin.get("/v1/keys")).json()["items"][-1]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "role": "owner"}, "role"),
        ({"name": "x"}, "role"),
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "a\u0000", "role": "viewer"}, "name"),
        ({"name": "x", "role": "viewer", "tenant_id": SOMEWHERE}, "tenant_id"),
    ],
)
async def test_a_key_that_cannot_be_made_is_refused(house: House, body: dict[str, str], field: str) -> None:
    async with house.client("admin") as admin:
        answer = await admin.post("/v1/keys", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
