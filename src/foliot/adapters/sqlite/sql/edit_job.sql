-- Makes a job otherwise that is still as it was seen. Primary key.
update jobs
set payload = :payload, schedule = :schedule, queue = :queue, priority = :priority, overrides = :overrides,
    max_attempts = :max_attempts, next_at = :next_at, decided = :decided, planned = :planned, revision = revision + 1
where tenant_id = :tenant_id and id = :job_id and revision = :expected_revision and state = :expected_state
  and next_at is :expected_next and planned = :expected_planned
