"""Jobs, types and policies: constructed valid or refused, naming the member at fault."""

import msgspec
import pytest

from foliot.domain.errors import InvalidPayload, InvalidPolicy, PayloadTooLarge
from foliot.domain.job import LARGEST_PAYLOAD_BYTES, check_size
from foliot.domain.job_type import JobType
from foliot.domain.policy import LONGEST_NAME, LONGEST_TIMEOUT_SECONDS, Overrides, Policy, check_name
from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.retry import RetryPolicy


@pytest.mark.parametrize("payload", [b"{}", b"null", b"[1, 2]", '"ü"'.encode(), b" 1 ", b"[" * 500 + b"]" * 500])
def test_json_is_a_payload(payload: bytes) -> None:
    JobType(name="any").decode(payload)


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"{} {}", b"nan", b"'a'", b"\xff", b'"\xff"', b"{1: 2}", b"[" * 100_000]
)
def test_what_is_not_json_is_no_payload(payload: bytes) -> None:
    with pytest.raises(InvalidPayload, match="not JSON") as refused:
        JobType(name="any").decode(payload)
    assert refused.value.field == "payload"


def test_a_payload_may_be_so_large_and_no_larger() -> None:
    check_size(b"x" * LARGEST_PAYLOAD_BYTES)
    with pytest.raises(PayloadTooLarge, match="262,145 bytes, 262,144 are allowed"):
        check_size(b"x" * (LARGEST_PAYLOAD_BYTES + 1))


@pytest.mark.parametrize("name", ["a", "näh maschine", "☃", "x" * LONGEST_NAME, "a.b-c/d:e"])
def test_a_printable_name_is_fine(name: str) -> None:
    check_name(name, "queue")


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a\x00", "\u200b", "x" * (LONGEST_NAME + 1), "\ud800"])
def test_a_blank_long_or_unprintable_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        check_name(name, "queue")
    assert refused.value.field == "queue"


@pytest.mark.parametrize("seconds", [0.001, 300, LONGEST_TIMEOUT_SECONDS])
def test_a_timeout_of_up_to_a_week_is_fine(seconds: float) -> None:
    Policy(timeout_seconds=seconds).checked()
    Overrides(timeout_seconds=seconds).checked()


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_TIMEOUT_SECONDS + 1, float("nan"), float("inf")])
def test_any_other_timeout_is_refused(seconds: float) -> None:
    for policy in (Policy(timeout_seconds=seconds), Overrides(timeout_seconds=seconds)):
        with pytest.raises(InvalidPolicy) as refused:
            policy.checked()
        assert refused.value.field == "timeout_seconds"


def test_a_policy_is_checked_down_to_its_retries() -> None:
    broken = RetryPolicy(max_attempts=0)
    for policy in (Policy(retry=broken), Overrides(retry=broken)):
        with pytest.raises(InvalidPolicy) as refused:
            policy.checked()
        assert refused.value.field == "retry.max_attempts"
    with pytest.raises(InvalidPolicy):
        Policy(queue=" ").checked()


@pytest.mark.parametrize("name", ["", "a b", "a\tb"])
def test_a_job_type_has_a_name_without_white_space(name: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        JobType(name=name).checked()
    assert refused.value.field == "type"


class Mail(msgspec.Struct, forbid_unknown_fields=True):
    to: str
    copies: int = 1


def test_a_payload_is_decoded_into_the_arguments_of_its_type() -> None:
    mail = JobType(name="mail", arguments=Mail)
    assert mail.checked() is mail
    assert mail.decode(b'{"to": "ada"}') == mail.decode('{"to": "ada"}') == Mail("ada")


@pytest.mark.parametrize("payload", [b"{}", b'{"to": 1}', b'{"to": "ada", "cc": "bob"}', b"[]", b"{", b"\xff"])
def test_a_payload_that_does_not_fit_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidPayload, match=r"arguments of mail|not JSON"):
        JobType(name="mail", arguments=Mail).decode(payload)


def test_priorities_have_names_and_growing_weights() -> None:
    assert [priority.label for priority in Priority] == ["critical", "high", "default", "low"]
    assert [WEIGHTS[priority] for priority in Priority] == sorted(WEIGHTS.values(), reverse=True)
