-- Drops what belongs to pruned jobs; no occurrence of theirs can be asked for again. Primary key.
delete from occurrences
where job_id in (
    select value ->> '$[3]' from json_each(:rows) as gone
    where not exists (select 1 from jobs as j where j.tenant_id = gone.value ->> '$[1]' and j.id = gone.value ->> '$[3]'))
