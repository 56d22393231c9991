"""How a worker trades a little of its time for larger batches."""

import msgspec


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. With all of them zero a worker claims whatever it can at every instant."""

    gather: float = 0.002
    """After a slot became free where there was none: slots that become free together are filled together."""
    pause: float = 0.004
    """Between two claims of which the first took all there was: what comes in between is claimed together. It is as
    long as a claim takes, or longer, so that a busy machine claims more at a time."""
    whole_look: float = 0.25
    """Between two looks at all that is queued; see `Horizon`."""
