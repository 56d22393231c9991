"""Who asks: the explicit first argument of every service method."""

from enum import StrEnum
from typing import Final

import msgspec

from foliot.domain.errors import Forbidden


class Role(StrEnum):
    """What an identity may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"


_RANK: Final = {role: rank for rank, role in enumerate(Role)}


class Identity(msgspec.Struct, frozen=True):
    """A caller: its tenant, who it is within it, and its role. `owner` is the system itself, above all tenants."""

    tenant_id: str
    user_id: str
    role: Role

    def has(self, role: Role) -> bool:
        """Whether this identity may do what `role` may."""
        return _RANK[self.role] >= _RANK[role]

    def require(self, role: Role) -> None:
        """Refuse whoever ranks below `role`.

        Raises:
            Forbidden: this identity's role is lower.
        """
        if not self.has(role):
            raise Forbidden(f"This needs the role {role}; this key has {self.role}. Use a key with that role.")
