"""gRPC: the services of proto/ over the use cases, with health and reflection."""

from foliot.transports.grpc.server import GrpcServer

__all__ = ["GrpcServer"]
