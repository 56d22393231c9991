-- Takes dead letters off their mirror. KEYS: the stream; which entry is whose. ARGV: the runs.

for _, run in ipairs(ARGV) do
  local entry = redis.call('HGET', KEYS[2], run)
  if entry then
    redis.call('XDEL', KEYS[1], entry)
    redis.call('HDEL', KEYS[2], run)
  end
end
