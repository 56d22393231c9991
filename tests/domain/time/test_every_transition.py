"""Wherever clocks are set, what a schedule gives is what a walk through the minutes finds.

By default on one or two transitions of each kind and a seeded sample of the rest; on all of 1970 to 2037 with
`HYPOTHESIS_PROFILE=thorough`.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from foliot.domain.schedule import Cron, Fold, Gap, RRule, Schedule
from tests.domain.time.transitions import Transition, kinds, transitions
from tests.domain.time.walk import Walk, cron_matcher

SAMPLED = 50
NAMED = (
    "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Africa/Casablanca", "America/Havana",
    "America/Asuncion",
)  # fmt: skip
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

policies = [(gap, fold) for gap in get_args(Gap) for fold in get_args(Fold)]


@cache
def chosen() -> tuple[Transition, ...]:
    if os.environ.get("HYPOTHESIS_PROFILE") == "thorough":
        return transitions()
    named = [each for each in transitions() if each.zone in NAMED and each.at.year in {1993, 2011, 2026}]
    rest = random.Random(1970).sample(transitions(), SAMPLED)
    return tuple(dict.fromkeys([*kinds(), *named, *rest]))


class Scene:
    """A transition, the walk around it, and wall times worth asking for: in the gap or fold, at its ends, beside it."""

    def __init__(self, transition: Transition) -> None:
        self.zone = transition.zone
        self.transition = transition
        margin = transition.size + 2 * HOUR
        self.start, self.end = transition.at - margin, transition.at + margin
        odd = transition.before.seconds % 60 or transition.after.seconds % 60
        step = timedelta(seconds=30) if odd else MINUTE
        self.walk = Walk(ZoneInfo(transition.zone), self.start - HOUR, self.end + HOUR, step)
        low, high = sorted(
            (transition.at + offset).replace(tzinfo=None, second=0) for offset in (transition.before, transition.after)
        )
        middle = low + (high - low) // 2 // MINUTE * MINUTE
        self.walls = (low - MINUTE, low, middle, high - MINUTE, high, high + 20 * MINUTE)

    def within(self, instants: list[datetime]) -> list[datetime]:
        return [at for at in instants if self.start <= at <= self.end]

    def given(self, schedule: Schedule) -> list[datetime]:
        found = takewhile(lambda each: each.at <= self.end, schedule.occurrences(self.start))
        return [planned.at for planned in found]

    def check(self, schedule: Schedule, expected: list[datetime]) -> None:
        given = self.given(schedule)
        assert given == self.within(expected), (self.transition, schedule)
        for planned, following in pairwise(given):
            assert schedule.after(planned, 1) == following, (self.transition, schedule)


@cache
def scenes() -> tuple[Scene, ...]:
    return tuple(Scene(each) for each in chosen())


def fixed_lines(scene: Scene) -> Iterator[tuple[str, Callable[[datetime], bool]]]:
    for wall in scene.walls:
        yield f"{wall.minute} {wall.hour} * * *", cron_matcher([wall.minute], [wall.hour])
    hours = {wall.hour for wall in scene.walls}
    yield f"0,15,45 {','.join(map(str, sorted(hours)))} * * *", cron_matcher([0, 15, 45], hours)


def wildcard_lines(scene: Scene) -> Iterator[tuple[str, Callable[[datetime], bool]]]:
    middle = scene.walls[2]
    yield "*/20 * * * *", cron_matcher([0, 20, 40], range(24))
    yield f"*/10 {middle.hour} * * *", cron_matcher(range(0, 60, 10), [middle.hour])
    yield f"{middle.minute} * * * *", cron_matcher([middle.minute], range(24))
    yield f"{middle.minute} */2 * * *", cron_matcher([middle.minute], range(0, 24, 2))


def test_a_cron_line_with_fixed_times_runs_once_for_each_at_the_first_valid_minute() -> None:
    for scene in scenes():
        for line, wanted in fixed_lines(scene):
            scene.check(Cron(line, scene.zone), scene.walk.resolved(wanted, "next_valid", "first"))


def test_a_cron_line_with_a_wildcard_runs_as_time_elapses() -> None:
    for scene in scenes():
        for line, wanted in wildcard_lines(scene):
            scene.check(Cron(line, scene.zone), scene.walk.elapsed(wanted))


@pytest.mark.parametrize(("gap", "fold"), policies)
def test_a_cron_line_follows_the_policies_that_it_is_given(gap: Gap, fold: Fold) -> None:
    for scene in scenes():
        middle = scene.walls[2]
        line, wanted = f"{middle.minute},5 {middle.hour} * * *", cron_matcher([middle.minute, 5], [middle.hour])
        scene.check(Cron(line, scene.zone, gap=gap, fold=fold), scene.walk.resolved(wanted, gap, fold))


@pytest.mark.parametrize(("gap", "fold"), policies)
@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "FREQ=MONTHLY;BYMONTHDAY={}"])
def test_a_rule_by_the_calendar_follows_its_policies(rule: str, gap: Gap, fold: Fold) -> None:
    everyday = ",".join(map(str, range(1, 32)))
    for scene in scenes():
        wall = scene.walls[2]
        schedule = RRule(rule.format(everyday), scene.zone, wall - timedelta(days=9), gap=gap, fold=fold)
        scene.check(schedule, scene.walk.resolved(cron_matcher([wall.minute], [wall.hour]), gap, fold))


@pytest.mark.parametrize(("rule", "step"), [("FREQ=HOURLY", HOUR), ("FREQ=MINUTELY;INTERVAL=25", 25 * MINUTE)])
def test_a_rule_below_a_day_counts_elapsed_time(rule: str, step: timedelta) -> None:
    for scene in scenes():
        wall = (scene.start - 7 * HOUR).astimezone(ZoneInfo(scene.zone)).replace(tzinfo=None, fold=0)
        schedule = RRule(rule, scene.zone, wall)
        first = schedule.first(scene.start - 24 * HOUR)
        scene.check(schedule, [first + step * place for place in range((scene.end - first) // step + 1)])


def test_a_rule_of_minutes_within_hours_is_what_the_clocks_show() -> None:
    for scene in scenes():
        middle = scene.walls[2]
        start = datetime.combine(middle.date() - timedelta(days=2), datetime.min.time())
        rule = f"FREQ=HOURLY;BYMINUTE=0,{middle.minute},50;BYHOUR={middle.hour},{(middle.hour + 1) % 24}"
        wanted = cron_matcher([0, middle.minute, 50], [middle.hour, (middle.hour + 1) % 24])
        scene.check(RRule(rule, scene.zone, start), scene.walk.elapsed(wanted))
