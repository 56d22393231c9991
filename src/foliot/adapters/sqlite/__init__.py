"""The store on the standard library's sqlite3: one file, or one database in memory."""

from foliot.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
