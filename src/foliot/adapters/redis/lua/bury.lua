-- Adds dead letters to their mirror; the oldest make room. KEYS: the stream; which entry is whose. ARGV: the most
-- entries; the dead letters.

local most = tonumber(ARGV[1])
for _, run in ipairs(cjson.decode(ARGV[2])) do
  if redis.call('HEXISTS', KEYS[2], run[1]) == 0 then
    local entry = redis.call(
      'XADD', KEYS[1], '*', 'run', run[1], 'tenant', run[2], 'type', run[3], 'queue', run[4], 'priority', run[5])
    redis.call('HSET', KEYS[2], run[1], entry)
  end
end
local surplus = redis.call('XLEN', KEYS[1]) - most
for _, entry in ipairs(surplus > 0 and redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', surplus) or {}) do
  redis.call('XDEL', KEYS[1], entry[1])
  redis.call('HDEL', KEYS[2], entry[2][2])
end
