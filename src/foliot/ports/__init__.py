"""What the inside needs from the outside. Everything that is stored goes in and comes out in batches."""

from foliot.ports.access import AccessStore
from foliot.ports.broker import Broker, HintBroker
from foliot.ports.claiming import ClaimRequest, Gap, RunRef, Waiting
from foliot.ports.editing import NOT_EDITED, Edit, Edited, Retiming
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
    Laid,
    Lapsed,
    Live,
    Plan,
    PlannedRun,
    Promoted,
    Pulse,
    ZonedJob,
)
from foliot.ports.reading import JobFilter, Occurrence, QueueDepth, ReadStore, RunFilter, Standing, Stats
from foliot.ports.signals import Clock, Subscription, Topic, Wakeup
from foliot.ports.store import Store
from foliot.ports.submitting import (
    Added,
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
    "NOT_EDITED",
    "AccessStore",
    "Account",
    "Added",
    "Broker",
    "CancelRequest",
    "Cancelled",
    "ClaimRequest",
    "Clock",
    "Discard",
    "DueJob",
    "Edit",
    "Edited",
    "EngineStore",
    "Expired",
    "ExtraRun",
    "Finished",
    "Gap",
    "Held",
    "HintBroker",
    "JobFilter",
    "Laid",
    "Lapsed",
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
    "Retiming",
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
    "ZonedJob",
]
