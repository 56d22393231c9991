"""TLS: the server's certificate, and whose client certificates are asked for."""

from pathlib import Path

import grpc

from foliot.domain.errors import InvalidSettings
from foliot.settings import Settings


def credentials_of(settings: Settings) -> grpc.ServerCredentials | None:
    """What the settings ask for: None for plain text.

    Raises:
        InvalidSettings: a file cannot be read.
    """
    if settings.grpc_certificate is None or settings.grpc_key is None:
        return None
    pair = (_read(settings.grpc_key, "grpc_key"), _read(settings.grpc_certificate, "grpc_certificate"))
    if settings.grpc_client_ca is None:
        return grpc.ssl_server_credentials([pair])
    roots = _read(settings.grpc_client_ca, "grpc_client_ca")
    return grpc.ssl_server_credentials([pair], root_certificates=roots, require_client_auth=True)


def _read(path: str, name: str) -> bytes:
    variable = f"FOLIOT_{name.upper()}"
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise InvalidSettings(f"{variable}={path!r} cannot be read ({error.strerror}).", variable) from None
    if b"-----BEGIN " not in text:
        raise InvalidSettings(f"{variable}={path!r} is not in PEM.", variable)
    return text
