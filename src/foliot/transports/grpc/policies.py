"""Policies, to and from their messages: retries, what was missed, what overlaps."""

from foliot.domain.policy import Overlap
from foliot.domain.retry import ErrorRule, RetryPolicy, Verdict
from foliot.domain.schedule import CatchUp, Coalesce, MisfirePolicy, Skip
from foliot.transports.grpc.generated.scheduler.v1 import policy_pb2 as pb
from foliot.transports.grpc.times import seconds, seconds_of
from foliot.transports.grpc.words import BACKOFFS, JITTERS, VERDICTS, Words

OVERLAPS = Words(pb.Overlap, "OVERLAP_", Overlap)


def retry_of(given: pb.RetryPolicy) -> RetryPolicy:
    """The policy that a message stands for.

    Raises:
        InvalidRequest: a field cannot be read.
    """
    usual = RetryPolicy()
    return RetryPolicy(
        max_attempts=given.max_attempts if given.HasField("max_attempts") else usual.max_attempts,
        backoff=BACKOFFS.said(given.backoff, "retry.backoff") or usual.backoff,
        base_seconds=seconds_of(given.base, "retry.base") if given.HasField("base") else usual.base_seconds,
        factor=given.factor if given.HasField("factor") else usual.factor,
        cap_seconds=seconds_of(given.cap, "retry.cap") if given.HasField("cap") else usual.cap_seconds,
        jitter=JITTERS.said(given.jitter, "retry.jitter") or usual.jitter,
        rules=tuple(
            ErrorRule(rule.error, VERDICTS.said(rule.verdict, "retry.rules.verdict") or Verdict.RETRYABLE)
            for rule in given.rules
        ),
    )


def retry_message(policy: RetryPolicy | None) -> pb.RetryPolicy | None:
    """The policy as a message; an absent one stays absent."""
    if policy is None:
        return None
    return pb.RetryPolicy(
        max_attempts=policy.max_attempts,
        backoff=BACKOFFS.number(policy.backoff),
        base=seconds(policy.base_seconds),
        factor=policy.factor,
        cap=seconds(policy.cap_seconds),
        jitter=JITTERS.number(policy.jitter),
        rules=[pb.ErrorRule(error=rule.error, verdict=VERDICTS.number(rule.verdict)) for rule in policy.rules],
    )


def misfire_of(given: pb.Misfire) -> MisfirePolicy | None:
    """The policy that a message stands for; None if it says nothing.

    Raises:
        InvalidTime: a length is absurd.
    """
    match given.WhichOneof("policy"):
        case "coalesce":
            return Coalesce()
        case "skip":
            skip, usual = given.skip, Skip()
            grace = seconds_of(skip.grace, "misfire.skip.grace") if skip.HasField("grace") else usual.grace_seconds
            return Skip(grace_seconds=grace)
        case "catch_up":
            return _catch_up(given.catch_up)
    return None


def _catch_up(given: pb.Misfire.CatchUp) -> CatchUp:
    usual, at = CatchUp(), "misfire.catch_up"
    return CatchUp(
        limit=given.limit if given.HasField("limit") else usual.limit,
        stagger_seconds=(
            seconds_of(given.stagger, f"{at}.stagger") if given.HasField("stagger") else usual.stagger_seconds
        ),
        grace_seconds=seconds_of(given.grace, f"{at}.grace") if given.HasField("grace") else usual.grace_seconds,
    )


def misfire_message(policy: MisfirePolicy | None) -> pb.Misfire | None:
    """The policy as a message; an absent one stays absent."""
    match policy:
        case None:
            return None
        case Coalesce():
            return pb.Misfire(coalesce=pb.Misfire.Coalesce())
        case Skip():
            return pb.Misfire(skip=pb.Misfire.Skip(grace=seconds(policy.grace_seconds)))
        case CatchUp():
            stagger, grace = seconds(policy.stagger_seconds), seconds(policy.grace_seconds)
            return pb.Misfire(catch_up=pb.Misfire.CatchUp(limit=policy.limit, stagger=stagger, grace=grace))
