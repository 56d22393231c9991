"""Foliot: a durable, multi-tenant scheduler and job queue for applications, people and agents."""

from foliot.domain.errors import (
    CancelRun,
    Conflict,
    FoliotError,
    InvalidParents,
    InvalidPayload,
    InvalidRequest,
    KeyConflict,
    LeaseLost,
    NotFound,
    ParentEnded,
    PermanentError,
    ResultTimeout,
    RetryLater,
    RevisionConflict,
    RunCancelled,
    RunFailed,
    Unavailable,
    UnknownJobType,
    UnknownParent,
)
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import Overlap
from foliot.domain.priority import Priority
from foliot.domain.retry import ErrorRule, RetryPolicy, Verdict
from foliot.domain.run import Run
from foliot.domain.schedule import CatchUp, Coalesce, Previewed, Skip
from foliot.domain.states import RunState
from foliot.domain.unique import By, Unique, Until, Window
from foliot.engine.context import Context
from foliot.ports.parents import ParentResult
from foliot.sdk.app import App
from foliot.sdk.client import Client
from foliot.sdk.graph import Graph, chain, group
from foliot.sdk.handle import Handle
from foliot.sdk.schedules import preview
from foliot.service.changes import Change
from foliot.service.watchers import ChangeFilter
from foliot.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "App",
    "By",
    "CancelRun",
    "CatchUp",
    "Change",
    "ChangeFilter",
    "Client",
    "Coalesce",
    "Conflict",
    "Context",
    "ErrorRule",
    "Event",
    "FoliotError",
    "Graph",
    "Handle",
    "InvalidParents",
    "InvalidPayload",
    "InvalidRequest",
    "Job",
    "Join",
    "KeyConflict",
    "LeaseLost",
    "NotFound",
    "Overlap",
    "ParentEnded",
    "ParentResult",
    "PermanentError",
    "Previewed",
    "Priority",
    "ResultTimeout",
    "RetryLater",
    "RetryPolicy",
    "RevisionConflict",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunState",
    "Settings",
    "Skip",
    "Unavailable",
    "Unique",
    "UnknownJobType",
    "UnknownParent",
    "Until",
    "Verdict",
    "WaitFor",
    "Window",
    "chain",
    "group",
    "preview",
]
