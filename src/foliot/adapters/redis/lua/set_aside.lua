-- Sets entries aside that turned out to be no good. KEYS: the malformed. ARGV: their streams and ids.

for _, bad in ipairs(cjson.decode(ARGV[1])) do
  local found = redis.call('XRANGE', bad[1], bad[2], bad[2])[1]
  if found then
    set_aside(bad[1], bad[2], found[2])
  end
end
