"""Submission keys: who has them, who takes them over, and what debounced jobs become."""

import sqlite3
from collections.abc import Sequence

import msgspec

from foliot.adapters.keyring import Holder, Keyring
from foliot.adapters.sqlite import rows
from foliot.adapters.sqlite.following import append_events
from foliot.adapters.sqlite.statements import statement
from foliot.domain.instant import to_microseconds
from foliot.domain.ripple import Key
from foliot.domain.states import RunState
from foliot.ports import Submission

_holders = msgspec.json.Decoder(list[Holder])
_states = msgspec.json.Decoder(list[tuple[str, str, RunState]])


def take_keys(connection: sqlite3.Connection, keyed: Sequence[Submission]) -> Keyring:
    """Claim the keys of submissions."""
    keyring = Keyring(keyed)
    asked = _claims(keyring.claimants)
    connection.execute(statement("keys_expire"), asked | {"now": to_microseconds(keyed[0].job.created_at)})
    connection.execute(statement("keys_claim"), asked)
    keyring.know(_holders.decode(connection.execute(statement("keys_read"), asked).fetchone()[0]))
    keyring.learn(
        _live(connection, [*keyring.runs, *keyring.waiting]),
        {(tenant_id, job_id) for tenant_id, job_id in keyring.jobs if _recurs(connection, tenant_id, job_id)},
    )
    if keyring.taken:
        connection.execute(statement("keys_free"), _claims(keyring.taken))
        connection.execute(statement("keys_claim"), _claims(keyring.taken))
    if keyring.replaced:
        jobs = [rows.debounced_job_row(item.job) for item in keyring.replaced]
        connection.execute(statement("debounce_jobs"), {"rows": rows.as_json(jobs)})
        runs = [rows.debounced_run_row(item.run) for item in keyring.replaced if item.run is not None]
        connection.execute(statement("debounce_runs"), {"rows": rows.as_json(runs)})
    append_events(connection, keyring.events)
    return keyring


def _claims(batch: Sequence[Submission]) -> dict[str, str]:
    return {"rows": rows.as_json([rows.key_row(item) for item in batch])}


def _live(connection: sqlite3.Connection, runs: Sequence[Key]) -> dict[Key, RunState]:
    if not runs:
        return {}
    found = connection.execute(statement("cancel_states"), {"rows": rows.as_json(runs)}).fetchone()[0]
    return {(tenant_id, run_id): state for tenant_id, run_id, state in _states.decode(found)}


def _recurs(connection: sqlite3.Connection, tenant_id: str, job_id: str) -> bool:
    asked = {"tenant_id": tenant_id, "job_id": job_id}
    return connection.execute(statement("recurring"), asked).fetchone() is not None
