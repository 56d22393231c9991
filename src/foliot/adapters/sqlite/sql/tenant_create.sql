-- Stores a tenant, unless its name is taken.
insert into tenants (id, name, created_at) values (:id, :name, :created_at) on conflict (name) do nothing
