-- Of what workers outside wait for: that of which a run is queued. Index live_remote.
select w.tenant_id::text, w.type, w.queue
from unnest($1::uuid[], $2::text[], $3::text[]) as w (tenant_id, type, queue)
cross join lateral (
    select from live as r
    where r.state = 'queued' and r.remote is not null and r.tenant_id = w.tenant_id and r.type = w.type and r.queue = w.queue
    limit 1) as found
