"""Tenants and the API keys that open them."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import msgspec

from foliot.domain.identity import Identity, Role

_SCHEME: Final = "fol"


class Tenant(msgspec.Struct, frozen=True):
    """An isolation unit. Its name is unique."""

    id: str
    name: str
    created_at: datetime


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a key: everything but the secret, of which only the hash is kept."""

    id: str
    tenant_id: str
    name: str
    role: Role
    prefix: str
    hash: str
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def identity(self) -> Identity:
        """Who acts with this key: its name stands for the user."""
        return Identity(self.tenant_id, self.name, self.role)

    def opens(self, secret: str) -> bool:
        """Whether this is the key's secret, in constant time, and the key still holds."""
        return self.revoked_at is None and hmac.compare_digest(self.hash, hash_secret(secret))


def new_secret() -> tuple[str, str, str]:
    """A fresh key: the text to show once, its public prefix, and its secret part (192 random bits)."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(24)
    return f"{_SCHEME}_{prefix}_{secret}", prefix, secret


def split_key(text: str) -> tuple[str, str] | None:
    """The prefix and the secret of a key as a caller presents it, or None if it has not the form of one."""
    scheme, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    return (prefix, secret) if text.isascii() and scheme == _SCHEME and prefix and secret else None


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. A secret of 192 random bits needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
