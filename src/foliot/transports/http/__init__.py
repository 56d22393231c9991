"""The HTTP API."""

from foliot.transports.http.app import Api, build_app

__all__ = ["Api", "build_app"]
