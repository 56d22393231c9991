"""Retry policies: waits stay in their bounds, and rules go by the classes of the exception."""

from datetime import timedelta
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidPolicy
from foliot.domain.retry import LONGEST_DELAY_SECONDS, ErrorRule, RetryPolicy, Verdict

attempts = st.integers(1, 100)
draws = st.floats(0, 1, exclude_max=True)
policies = st.builds(
    RetryPolicy,
    backoff=st.sampled_from(["fixed", "linear", "exponential"]),
    base_seconds=st.floats(0, LONGEST_DELAY_SECONDS),
    factor=st.floats(1, 100),
    cap_seconds=st.floats(0, LONGEST_DELAY_SECONDS),
    jitter=st.sampled_from(["full", "none"]),
)
CAP = RetryPolicy().cap_seconds


@given(policies, attempts, draws)
def test_a_wait_is_never_negative_nor_over_its_cap(policy: RetryPolicy, attempt: int, draw: float) -> None:
    policy.checked()
    wait = policy.delay(attempt, draw)
    assert timedelta(0) <= wait <= timedelta(seconds=policy.cap_seconds)


@given(policies, attempts, draws)
def test_jitter_stays_within_the_wait_without_it(policy: RetryPolicy, attempt: int, draw: float) -> None:
    full, none = (msgspec.structs.replace(policy, jitter=jitter) for jitter in ("full", "none"))
    assert full.delay(attempt, draw) <= none.delay(attempt, draw)
    assert full.delay(attempt, 0.0) == timedelta(0)
    assert none.delay(attempt, draw) == none.delay(attempt, 0.0)


@given(policies, st.integers(1, 99))
def test_waits_without_jitter_never_get_shorter(policy: RetryPolicy, attempt: int) -> None:
    policy = msgspec.structs.replace(policy, jitter="none")
    assert policy.delay(attempt, 0.5) <= policy.delay(attempt + 1, 0.5)


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [("fixed", [2, 2, 2, 2, 2]), ("linear", [2, 4, 6, 8, 10]), ("exponential", [2, 6, 18, 54, 100])],
)
def test_waits_grow_as_the_policy_says(backoff: Literal["fixed", "linear", "exponential"], waits: list[int]) -> None:
    policy = RetryPolicy(backoff=backoff, base_seconds=2, factor=3, cap_seconds=100, jitter="none")
    assert [policy.delay(n, 0.9).total_seconds() for n in range(1, 6)] == waits


def test_full_jitter_draws_evenly_from_zero_to_the_wait() -> None:
    policy = RetryPolicy(backoff="fixed", base_seconds=100, cap_seconds=100)
    assert [policy.delay(1, draw).total_seconds() for draw in (0, 0.25, 0.999)] == [0, 25, 99.9]


def test_no_attempt_number_overflows() -> None:
    assert RetryPolicy(factor=100, jitter="none").delay(10**9, 0.5) == timedelta(seconds=CAP)


# -- rules

LINEAGE = ["shop.errors.CardDeclined", "shop.errors.PaymentError", "builtins.ValueError"]


@pytest.mark.parametrize(
    "name", ["CardDeclined", "shop.errors.CardDeclined", "PaymentError", "shop.errors.PaymentError", "ValueError"]
)
def test_a_rule_fits_a_class_and_its_subclasses_bare_or_dotted(name: str) -> None:
    policy = RetryPolicy(rules=(ErrorRule(name, Verdict.PERMANENT),))
    assert policy.verdict(LINEAGE) is Verdict.PERMANENT


@pytest.mark.parametrize("name", ["Declined", "errors.CardDeclined", "carddeclined", "KeyError", "shop.errors", ""])
def test_a_rule_fits_nothing_else(name: str) -> None:
    policy = RetryPolicy(rules=(ErrorRule(name, Verdict.PERMANENT),))
    assert policy.verdict(LINEAGE) is Verdict.RETRYABLE


def test_the_first_rule_that_fits_decides() -> None:
    rules = (
        ErrorRule("KeyError", Verdict.CANCELLED),
        ErrorRule("PaymentError", Verdict.RETRYABLE),
        ErrorRule("CardDeclined", Verdict.PERMANENT),
    )
    assert RetryPolicy(rules=rules).verdict(LINEAGE) is Verdict.RETRYABLE


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (RetryPolicy(max_attempts=0), "retry.max_attempts"),
        (RetryPolicy(max_attempts=101), "retry.max_attempts"),
        (RetryPolicy(base_seconds=-1), "retry.base_seconds"),
        (RetryPolicy(base_seconds=float("nan")), "retry.base_seconds"),
        (RetryPolicy(cap_seconds=LONGEST_DELAY_SECONDS + 1), "retry.cap_seconds"),
        (RetryPolicy(factor=0.5), "retry.factor"),
        (RetryPolicy(factor=float("inf")), "retry.factor"),
    ],
)
def test_a_policy_out_of_range_is_refused(policy: RetryPolicy, field: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        policy.checked()
    assert refused.value.field == field
