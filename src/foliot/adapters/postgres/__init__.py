"""The store on PostgreSQL, by asyncpg: for a fleet."""

from foliot.adapters.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
