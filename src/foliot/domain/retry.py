"""What follows a failed attempt: the policy is data, the decision a pure function of it and one random number."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final, Literal

import msgspec

from foliot.domain.errors import InvalidPolicy

MOST_ATTEMPTS: Final = 100
LONGEST_DELAY_SECONDS: Final = 7 * 24 * 3600.0


class Verdict(StrEnum):
    """How an error is to be taken."""

    RETRYABLE = "retryable"
    PERMANENT = "permanent"
    CANCELLED = "cancelled"


class ErrorRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exceptions of the class named `error` (bare or dotted), or of a subclass, get this verdict."""

    error: str
    verdict: Verdict


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a run is tried and how long it waits in between.

    The n-th retry waits `base_seconds` (fixed), `n * base_seconds` (linear) or `base_seconds * factor ** (n - 1)`
    (exponential), at most `cap_seconds`. With full jitter, the default, the wait is drawn evenly from zero to that,
    which spreads a herd best (Brooker, "Exponential backoff and jitter", 2015).
    The first rule that fits an exception decides; without one it is retryable.
    """

    max_attempts: int = 3
    backoff: Literal["fixed", "linear", "exponential"] = "exponential"
    base_seconds: float = 1.0
    factor: float = 2.0
    cap_seconds: float = 300.0
    jitter: Literal["full", "none"] = "full"
    rules: tuple[ErrorRule, ...] = ()

    def checked(self) -> "RetryPolicy":
        """This policy, if it can be followed.

        Raises:
            InvalidPolicy: naming the member that is out of range.
        """
        if not 1 <= self.max_attempts <= MOST_ATTEMPTS:
            raise InvalidPolicy(f"max_attempts must be from 1 to {MOST_ATTEMPTS}.", "retry.max_attempts")
        for name in ("base_seconds", "cap_seconds"):
            if not 0 <= getattr(self, name) <= LONGEST_DELAY_SECONDS:
                raise InvalidPolicy(f"{name} must be from 0 to {LONGEST_DELAY_SECONDS:.0f} (a week).", f"retry.{name}")
        if not 1 <= self.factor <= 100:
            raise InvalidPolicy("factor must be from 1 to 100.", "retry.factor")
        return self

    def delay(self, attempt: int, draw: float) -> timedelta:
        """How long to wait after the `attempt`-th try (from 1) failed; `draw` is random in [0, 1)."""
        match self.backoff:
            case "fixed":
                seconds = self.base_seconds
            case "linear":
                seconds = self.base_seconds * attempt
            case "exponential":
                # The exponent is bounded so that no attempt number can overflow the float.
                seconds = self.base_seconds * self.factor ** min(attempt - 1, 64)
        seconds = min(seconds, self.cap_seconds)
        return timedelta(seconds=seconds * draw if self.jitter == "full" else seconds)

    def verdict(self, lineage: Sequence[str]) -> Verdict:
        """How to take an exception whose classes, from its own up to the root, have these dotted names."""
        for rule in self.rules:
            if any(rule.error in (name, name.rpartition(".")[2]) for name in lineage):
                return rule.verdict
        return Verdict.RETRYABLE
