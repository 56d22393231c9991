"""`./dev chaos` in short: every scenario breaks something under load, and every promise is kept."""

import pytest

from chaos.drill import Plan, drill
from chaos.scenarios import SCENARIOS
from servers.account import memory, scratch

LENIENCE_SECONDS = 30.0
"""How soon all is well again is for `./dev chaos` to tell; here it only has to be so on a machine that is busy."""

# One needs the default lease, and with it more time than there is; what the others do is part of those that follow.
ELSEWHERE = ("worker_sigkill_100_default", "worker_sigkill", "repeated_kills")
BY_REDIS = ("worker_sigstop", "postgres_restart")
DRILLS = [
    (name, broker)
    for name, scenario in SCENARIOS.items() if name not in ELSEWHERE
    for broker in (scenario.brokers if name == "all_at_once" else
                   scenario.brokers[-1:] if name in BY_REDIS else scenario.brokers[:1])
]  # fmt: skip


@pytest.mark.parametrize(("name", "broker"), DRILLS, ids=map("-".join, DRILLS))
async def test_nothing_is_lost_doubled_or_untold(name: str, broker: str) -> None:
    plan = Plan(scenario=name, broker=broker, seconds=3, rate=40, workers=2, seed=len(name), lease_seconds=1)
    with scratch(memory()) as folder:
        report = await drill(plan, folder)
    told = "\n".join(
        [f"`./dev chaos --scenario {name} --broker {broker} --seed {plan.seed}` is much like:", *report.told]
    )
    assert not report.violations, told
    assert report.accepted > plan.rate, told
    assert report.recovery < LENIENCE_SECONDS, told
