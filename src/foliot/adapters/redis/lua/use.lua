-- Acknowledges entries that were used, and deletes them. ARGV: their streams and ids.

for _, used in ipairs(cjson.decode(ARGV[1])) do
  use_up(used[1], used[2])
end
