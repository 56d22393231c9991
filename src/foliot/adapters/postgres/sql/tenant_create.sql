-- Stores a tenant, unless its name is taken.
insert into tenants (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing
