-- A fact that was noted. Primary key.
select value from facts where name = :name
