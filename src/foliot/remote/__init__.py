"""The use cases, asked of a server over HTTP: the other side of `transports.http`."""

from foliot.remote.link import Link
from foliot.remote.retrying import Retrying
from foliot.remote.services import RemoteServices, identity_over

__all__ = ["Link", "RemoteServices", "Retrying", "identity_over"]
