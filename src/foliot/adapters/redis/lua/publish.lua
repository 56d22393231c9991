-- Appends entries to the streams of their cells. One that is full gets no more: it has fallen behind the store, and the
-- reconciler goes on from there, in order, when there is room.
-- KEYS: for each cell its stream and its window. ARGV: the most entries; now; for each cell the types and runs of its
-- entries; where a window begins that falls behind now.

local most, at, cells, since = tonumber(ARGV[1]), ARGV[2], cjson.decode(ARGV[3]), ARGV[4]

for n, entries in ipairs(cells) do
  local stream, window = KEYS[2 * n - 1], KEYS[2 * n]
  if redis.call('HEXISTS', window, 'behind') == 0 then
    local room = most - redis.call('XLEN', stream)
    for place = 1, math.min(room, #entries) do
      append(stream, entries[place][1], at, entries[place][2])
    end
    if room < #entries then
      redis.call('HSET', window, 'behind', 1, 'due_at', since, 'run', '00000000-0000-0000-0000-000000000000')
    end
  end
end
