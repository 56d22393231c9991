-- Appends lost runs as far as there is room, and remembers how far: until their entries are used, they are not lost.
-- KEYS: the stream; its window. ARGV: the most entries; now; for each entry its type, its runs, and the last run's time
-- and id; whether these were the last that were lost while the stream had fallen behind.

local entries = cjson.decode(ARGV[3])
local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])

for place = 1, math.min(room, #entries) do
  local entry = entries[place]
  local id = append(KEYS[1], entry[1], ARGV[2], entry[2])
  redis.call('HSET', KEYS[2], 'due_at', entry[3], 'run', entry[4], 'entry', id)
end
if room < #entries then
  redis.call('HSET', KEYS[2], 'behind', 1)
elseif ARGV[4] == '1' then
  redis.call('HDEL', KEYS[2], 'behind')
end
