"""Random deeds, held against the plain model."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contract.machine import StoreMachine
from tests.contract.stores import STORES, Kind


@pytest.mark.parametrize("kind", STORES, ids=str)
def test_a_store_does_what_the_model_does(kind: Kind) -> None:
    machine = type("StoreMachine", (StoreMachine,), {"kind": kind})
    effort = settings(stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(machine, settings=effort)  # type: ignore[no-untyped-call] # Hypothesis has no types here
