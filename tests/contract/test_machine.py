"""Random deeds, held against the plain model."""

import faulthandler

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contract.machine import StoreMachine
from tests.contract.stores import STORES, Kind, Places

LONGEST_SHRINKING_SECONDS = 400
"""Hypothesis takes up to five minutes to make a failure small, and it is worth it."""


@pytest.mark.parametrize("kind", STORES, ids=str)
def test_a_store_does_what_the_model_does(kind: Kind, places: Places) -> None:
    faulthandler.dump_traceback_later(LONGEST_SHRINKING_SECONDS, exit=True)  # instead of pytest's, which is shorter
    machine = type("StoreMachine", (StoreMachine,), {"kind": kind, "places": staticmethod(places)})
    health = [HealthCheck.too_slow]
    examples = max(1, int(settings().max_examples * kind.examples))
    effort = settings(
        max_examples=examples, stateful_step_count=40, report_multiple_bugs=False, suppress_health_check=health
    )
    run_state_machine_as_test(machine, settings=effort)
