"""Submission keys: who has them, who takes them over, and what debounced jobs become."""

from collections.abc import Sequence

from foliot.adapters.keyring import Holder, Keyring
from foliot.adapters.postgres import rows
from foliot.adapters.postgres.following import append_events
from foliot.adapters.postgres.session import Session
from foliot.domain.ripple import Key
from foliot.domain.states import RunState
from foliot.ports import Submission


async def take_keys(session: Session, keyed: Sequence[Submission]) -> Keyring:
    """Claim the keys of submissions, which are locked from then on; whoever comes after us sees what we stored."""
    keyring = Keyring(keyed)
    claimants = keyring.claimants
    await session.execute("keys_claim", *rows.key_claims(claimants), keyed[0].job.created_at)
    found = await session.fetch("keys_read", *rows.key_claims(claimants)[:2])
    keyring.know(Holder(*row) for row in found)
    if keyring.waiting:  # a run is locked only after its job, as who edits that does
        await session.fetch("debounce_lock", *rows.keys(keyring.waiting))
    states = await _states(session, "debounce_found", keyring.waiting)
    states |= await _states(session, "live_states", keyring.runs)
    recurring = await session.fetch("keys_recurring", *rows.keys(keyring.jobs)) if keyring.jobs else []
    keyring.learn(states, {(tenant_id, job_id) for tenant_id, job_id in recurring})
    if keyring.taken:
        await session.execute("keys_take", *rows.key_claims(keyring.taken))
    if keyring.replaced:
        await session.execute("edit_jobs", *rows.edited_jobs([item.job for item in keyring.replaced]))
        runs = [item.run for item in keyring.replaced if item.run is not None]
        await session.execute("debounce_runs", *rows.debounced_runs(runs))
    await append_events(session, keyring.events)
    return keyring


async def _states(session: Session, name: str, runs: Sequence[Key]) -> dict[Key, RunState]:
    found = await session.fetch(name, *rows.keys(runs)) if runs else []
    return {(tenant_id, run_id): RunState(state) for tenant_id, run_id, state in found}
