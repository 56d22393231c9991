-- Drops history rows. By seq.
delete from finished where seq in (select value ->> '$[0]' from json_each(:rows))
