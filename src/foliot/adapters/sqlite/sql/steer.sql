-- Pauses a recurring job that is still as expected, or lets it go on. Primary key.
update jobs set state = :state, next_at = :next_at, planned = :planned, decided = :decided,
                revision = revision + :raises_revision
where tenant_id = :tenant_id and id = :job_id and state = :expected and next_at = :expected_next
  and revision = coalesce(:expected_revision, revision)
