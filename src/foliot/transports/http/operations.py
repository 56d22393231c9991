"""For those who run it: liveness, readiness, metrics."""

from typing import Final, Literal

import msgspec

from foliot.domain.identity import Identity, Role
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint

PROMETHEUS_MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Health(msgspec.Struct, frozen=True):
    """All is well."""

    status: Literal["ok"] = "ok"


@endpoint("GET", "/healthz", "Is the process alive", tag="Operations")
async def show_health() -> Health:
    """Answers as long as the process serves requests. Needs no key."""
    return Health()


@endpoint("GET", "/readyz", "Can requests be served", tag="Operations", refuses=(503,))
async def show_readiness(services: Services) -> Health:
    """Answers 503 while the store cannot be read and written. Needs no key."""
    await services.ready()
    return Health()


@endpoint("GET", "/metrics", "Figures for Prometheus", tag="Operations", media_type=PROMETHEUS_MEDIA_TYPE)
async def show_metrics(services: Services, identity: Identity) -> bytes:
    """All figures in the Prometheus text format. Needs a key of any role."""
    identity.require(Role.VIEWER)
    return await services.metrics(identity)


ENDPOINTS: Final = (show_health, show_readiness, show_metrics)
