-- Notes a fact. Primary key.
insert into facts (name, value) values (:name, :value) on conflict (name) do update set value = excluded.value
