-- Gives back what consumers hold that went, or that died: those that neither say that they live nor did anything for a
-- while. They are none any more then. XAUTOCLAIM could not tell them from one that lives and takes its time.
-- Nor does it see an entry that was delivered and that nobody holds, because somebody meddled: that is given back too.
-- KEYS: the malformed; each stream, and where what is given back of it goes. ARGV: what the signs of life begin with; how
-- many milliseconds are a while; who went.

local MOST = 1000
local FIRST = 10
local idle = tonumber(ARGV[2])
local went = {}
for n = 3, #ARGV do
  went[ARGV[n]] = true
end

local function as_map(flat)
  local map = {}
  for n = 1, #flat, 2 do
    map[flat[n]] = flat[n + 1]
  end
  return map
end

local function release(stream, returned, consumer)
  local pending = redis.call('XPENDING', stream, GROUP, 'IDLE', went[consumer] and 0 or idle, '-', '+', MOST, consumer)
  for _, entry in ipairs(pending) do
    give_back(stream, returned, entry[1])
  end
  if #redis.call('XPENDING', stream, GROUP, '-', '+', 1, consumer) == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, consumer)
  end
end

local function release_orphans(stream, returned)
  local delivered
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = as_map(flat)
    delivered = group.name == GROUP and group['last-delivered-id'] or delivered
  end
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', delivered, 'COUNT', FIRST)) do
    if #redis.call('XPENDING', stream, GROUP, entry[1], entry[1], 1) == 0 then
      give_back(stream, returned, entry[1])
    end
  end
end

for n = 2, #KEYS, 2 do
  local stream, returned = KEYS[n], KEYS[n + 1]
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, GROUP)
  if not consumers.err then
    for _, flat in ipairs(consumers) do
      local consumer = as_map(flat)
      local lives = redis.call('EXISTS', ARGV[1] .. consumer.name) == 1 or consumer.idle < idle
      if went[consumer.name] or not lives then
        release(stream, returned, consumer.name)
      end
    end
    release_orphans(stream, returned)
  end
end
