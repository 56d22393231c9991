-- What must be known of a stream to tell what it has lost. KEYS: the stream; what was returned of it; its window; the
-- types that were left in its queue. ARGV: what the streams of what was left are called before and after the type.
-- Returns how long it is; its first entry; the times of that and of the first that was returned; its window; the types of
-- which some are left.

local function first_of(stream)
  local entry = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if not entry then
    return '', ''
  end
  return entry[1], is_ours(entry[2]) and entry[2][4] or entry[1]:match('%d+') .. '000'
end

local held = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  if redis.call('XLEN', ARGV[1] .. name .. ARGV[2]) > 0 then
    held[#held + 1] = name
  end
end
local first, at = first_of(KEYS[1])
local _, returned_at = first_of(KEYS[2])
return {
  redis.call('XLEN', KEYS[1]), first, at, returned_at,
  redis.call('HMGET', KEYS[3], 'due_at', 'run', 'entry', 'behind'), held
}
