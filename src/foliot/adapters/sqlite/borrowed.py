"""Connections that belong to the application, in whose transactions we may write."""

import sqlite3

from foliot.domain.errors import Conflict, InvalidRequest


def borrowed(connection: object) -> sqlite3.Connection:
    """The connection, if we may write in the transaction that is open on it.

    Raises:
        InvalidRequest: it is no connection of sqlite3.
        Conflict: no transaction is open.
    """
    if not isinstance(connection, sqlite3.Connection):
        kind = f"{type(connection).__module__}.{type(connection).__qualname__}"
        raise InvalidRequest(f"A {kind} is no connection of sqlite3 to the store's file.", "connection")
    if not connection.in_transaction and connection.isolation_level is None:
        raise Conflict("No transaction is open on this connection; execute `begin immediate` first.")
    return connection
