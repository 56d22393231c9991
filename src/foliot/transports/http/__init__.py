"""The HTTP API."""

from foliot.transports.http.app import build_app
from foliot.transports.http.streams import end_streams

__all__ = ["build_app", "end_streams"]
