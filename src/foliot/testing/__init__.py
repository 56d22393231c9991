"""Testing an app: in memory, on a virtual clock, so that a year of its schedules takes seconds."""

from foliot.testing.clock import VirtualClock
from foliot.testing.fixture import fixture
from foliot.testing.world import START, TimeStandsStill, World, in_virtual_time, virtual_time

__all__ = ["START", "TimeStandsStill", "VirtualClock", "World", "fixture", "in_virtual_time", "virtual_time"]
