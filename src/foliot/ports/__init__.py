"""What the inside needs from the outside. Everything that is stored goes in and comes out in batches."""

from foliot.ports.access import AccessStore
from foliot.ports.broker import Broker, HintBroker
from foliot.ports.claiming import ClaimRequest, Gap, RunRef, Waiting
from foliot.ports.meter import Meter
from foliot.ports.moved import Moved
from foliot.ports.moving import (
    MOST_LIVE,
    Account,
    DueJob,
    EngineStore,
    Expired,
    Finished,
    Held,
    InHand,
    Laid,
    Live,
    Plan,
    PlannedRun,
    Promoted,
    Pulse,
    Wanted,
)
from foliot.ports.reading import JobFilter, Occurrence, QueueDepth, ReadStore, RunFilter, Standing, Stats
from foliot.ports.signals import Clock, Subscription, Topic, Wakeup
from foliot.ports.store import Store
from foliot.ports.submitting import (
    Cancelled,
    CancelRequest,
    Discard,
    ExtraRun,
    Replay,
    Steering,
    Submission,
    SubmitStore,
    Submitted,
)

__all__ = [
    "MOST_LIVE",
    "AccessStore",
    "Account",
    "Broker",
    "CancelRequest",
    "Cancelled",
    "ClaimRequest",
    "Clock",
    "Discard",
    "DueJob",
    "EngineStore",
    "Expired",
    "ExtraRun",
    "Finished",
    "Gap",
    "Held",
    "HintBroker",
    "InHand",
    "JobFilter",
    "Laid",
    "Live",
    "Meter",
    "Moved",
    "Occurrence",
    "Plan",
    "PlannedRun",
    "Promoted",
    "Pulse",
    "QueueDepth",
    "ReadStore",
    "Replay",
    "RunFilter",
    "RunRef",
    "Standing",
    "Stats",
    "Steering",
    "Store",
    "Submission",
    "SubmitStore",
    "Submitted",
    "Subscription",
    "Topic",
    "Waiting",
    "Wakeup",
    "Wanted",
]
