"""What is sent again, when, and that nothing is stored twice for that."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import httpx2
import msgspec
import pytest

from foliot import NotFound, RetryPolicy, RunFailed, Unavailable
from foliot.domain.debounce import Debounce
from foliot.domain.errors import FoliotError, InvalidDebounce, InvalidPayload, InvalidRequest
from foliot.domain.page import PageRequest
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import Overlap, Overrides
from foliot.domain.priority import Priority
from foliot.domain.schedule import Every, Skip
from foliot.domain.unique import By, Unique
from foliot.ports import JobFilter
from foliot.remote import Link, RemoteServices, Retrying, identity_over
from foliot.remote.problems import Problem
from foliot.remote.shapes import RunShape, job_document
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.jobs import Ticket
from foliot.transports.http.reading import Shaped
from foliot.transports.http.submission import NewJob
from tests.client.conftest import Server

Answer = Callable[[httpx2.Request], httpx2.Response]
AT_ONCE = Retrying(times=3, longest_wait=0.02, first_seconds=0.001)


class Losing(httpx2.AsyncHTTPTransport):
    """A network that does what it is told with the first answers, which the server has given already."""

    def __init__(self, *faults: Exception | int) -> None:
        super().__init__()
        self.faults = list(faults)
        self.sent: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        answer = await super().handle_async_request(request)
        if not self.faults:
            return answer
        await answer.aread()
        await answer.aclose()
        match self.faults.pop(0):
            case int() as status:
                return httpx2.Response(status, content=b"<html>a proxy</html>")
            case fault:
                raise fault


@pytest.mark.parametrize("fault", [httpx2.ReadError("reset"), httpx2.ReadTimeout("slow"), 502, 504])
async def test_a_submit_whose_answer_is_lost_is_stored_once(server: Server, fault: Exception | int) -> None:
    network = Losing(fault, fault)
    link = Link(server.url, await server.key(), retrying=AT_ONCE, transport=network)
    services, identity = RemoteServices.over(link), server.system.identity
    ticket = await services.jobs.submit(identity, JobRequest(type="nothing"))
    network.faults.append(fault)
    tickets = await services.jobs.submit_many(identity, [JobRequest(type="nothing", key=key) for key in ("a", None)])
    await link.close()
    assert ticket.created
    assert [isinstance(one, Ticket) and one.created for one in tickets] == [False, True], "the key is known by now"
    assert len(network.sent) == 5
    stored = await server.system.services.jobs.page(identity, JobFilter(), PageRequest())
    assert len(stored.items) == 3


async def test_what_may_not_be_done_twice_is_not_sent_twice(server: Server) -> None:
    network = Losing(httpx2.ReadError("reset"))
    link = Link(server.url, await server.key(), retrying=AT_ONCE, transport=network)
    services, identity = RemoteServices.over(link), server.system.identity
    job = await server.system.services.jobs.submit(identity, JobRequest(type="nothing", schedule=Every(seconds=3600)))
    with pytest.raises(Unavailable):
        await services.jobs.run_now(identity, job.job_id)
    await link.close()
    assert len(network.sent) == 1


async def test_what_is_debounced_needs_a_key_that_means_something(server: Server) -> None:
    link = Link(server.url, await server.key())
    debounced = JobRequest(type="nothing", debounce=Debounce(quiet_seconds=5))
    with pytest.raises(InvalidDebounce):
        await RemoteServices.over(link).jobs.submit(server.system.identity, debounced)
    await link.close()


async def test_without_retries_no_keys_are_made(server: Server) -> None:
    network = Losing()
    link = Link(server.url, await server.key(), retrying=Retrying(times=0), transport=network)
    await RemoteServices.over(link).jobs.submit(server.system.identity, JobRequest(type="nothing"))
    await link.close()
    assert b'"key"' not in network.sent[0].content


def _answering(*answers: tuple[int, dict[str, str], object]) -> tuple[Link, list[httpx2.Request]]:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        status, headers, body = answers[min(len(asked), len(answers)) - 1]
        return httpx2.Response(status, headers=headers, content=msgspec.json.encode(body))

    return Link("http://x/", "fol_a_b", retrying=AT_ONCE, transport=httpx2.MockTransport(answer)), asked


BUSY = {"status": 503, "code": "unavailable", "detail": "Locked."}
ME = {"tenant_id": "t", "user_id": "u", "role": "viewer"}


async def test_it_sends_again_when_the_server_says_so() -> None:
    link, asked = _answering((503, {"retry-after": "0"}, BUSY), (200, {}, ME))
    assert (await identity_over(link)).tenant_id == "t"
    assert len(asked) == 2


def test_pauses_grow_and_heed_what_the_server_asks_for() -> None:
    retrying, random = Retrying(times=3, longest_wait=5), Random(1)
    for tried, most in ((1, 0.1), (2, 0.2), (3, 0.4)):
        assert 0 <= (retrying.pause(tried, None, random) or 0) <= most
        assert 2 <= (retrying.pause(tried, 2, random) or 0) <= 2.1
    assert retrying.pause(4, None, random) is None
    assert retrying.pause(1, 6, random) is None


async def test_it_gives_up_after_so_many_tries() -> None:
    link, asked = _answering((503, {}, BUSY))
    with pytest.raises(Unavailable, match="Locked"):
        await identity_over(link)
    assert len(asked) == 1 + AT_ONCE.times


async def test_it_gives_up_where_the_server_asks_to_wait_too_long() -> None:
    link, asked = _answering((503, {"retry-after": "60"}, BUSY))
    with pytest.raises(Unavailable):
        await identity_over(link)
    assert len(asked) == 1


async def test_not_now_from_foliot_itself_is_sent_again_whatever_it_was() -> None:
    link, asked = _answering((503, {}, BUSY), (200, {}, None))
    await link.post("/v1/anything", type(None), is_safe=False)
    assert len(asked) == 2


async def test_what_has_to_change_is_not_sent_again() -> None:
    link, asked = _answering((400, {}, {"status": 400, "code": "invalid_payload", "detail": "No.", "field": "payload"}))
    with pytest.raises(InvalidPayload, match="No") as caught:
        await link.post("/v1/jobs", type(None), {}, is_safe=True)
    assert (caught.value.field, len(asked)) == ("payload", 1)


async def test_an_answer_of_another_kind_of_server_is_told_as_such() -> None:
    link, _ = _answering((200, {}, {"hello": "world"}))
    with pytest.raises(FoliotError, match="no Foliot server"):
        await identity_over(link)


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (Problem(status=404, code="not_found"), NotFound),
        (Problem(status=500, code="run_failed"), RunFailed),
        (Problem(status=404, code="of_a_newer_server"), NotFound),
        (Problem(status=418, code="of_a_newer_server"), InvalidRequest),
        (Problem(status=500, code="internal"), FoliotError),
        (Problem(status=500, code="retry_later"), FoliotError),
    ],
)
def test_a_code_is_the_error_that_it_was(problem: Problem, kind: type[FoliotError]) -> None:
    assert type(problem.error()) is kind


def test_all_that_can_be_asked_for_is_sent() -> None:
    request = JobRequest(
        type="t",
        payload=b'{"a":1}',
        schedule=Every(seconds=60),
        delay_seconds=5.0,
        queue="q",
        priority=Priority.LOW,
        overrides=Overrides(
            timeout_seconds=3.0, retry=RetryPolicy(max_attempts=7), misfire=Skip(), overlap=Overlap.QUEUE_ONE
        ),
        key="k",
        parents=[ParentRequest(alias="other", wait_for=WaitFor.FAILED)],
        join=Join.ANY,
        alias="this",
        expires_in_seconds=9.0,
        key_expires_in_seconds=8.0,
        repeat_key="r",
        unique=Unique(by=(By.TYPE,), period_seconds=9.0),
        debounce=Debounce(quiet_seconds=1.0, max_wait_seconds=2.0),
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )
    plain = JobRequest(type="t", parents=[])
    for field in JobRequest.__struct_fields__[1:]:
        assert getattr(request, field) != getattr(plain, field), f"give {field} a value here"
    for one in (request, plain):
        assert Shaped(NewJob).from_json(msgspec.json.encode(job_document(one))).request() == one


def test_a_payload_that_is_no_json_cannot_break_out_of_the_request() -> None:
    with pytest.raises(InvalidPayload):
        job_document(JobRequest(type="t", payload=b'1},{"type":"other"'))


def test_what_a_newer_server_tells_beside_is_passed_over() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"{}", type=RunShape)
    run = (
        b'{"id":"i","job_id":"i","type":"t","queue":"q","priority":"low","state":"queued","attempt":0,'
        b'"max_attempts":1,"due_at":"2030-01-01T00:00:00Z","created_at":"2030-01-01T00:00:00Z","of_tomorrow":[1]}'
    )
    assert msgspec.json.decode(run, type=RunShape).value("tenant").priority is Priority.LOW
