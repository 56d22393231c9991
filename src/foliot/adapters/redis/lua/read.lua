-- Takes runs in hand: those of entries that the consumer holds already, then what is next, shared out among the cells as
-- ADR 6 has it: the k-th run of a cell comes at (k - draw) / weight. Of cells that come at the same time the first is
-- first. An entry with more runs than are wanted is divided. What the consumer has no handler for is left to those that
-- have, and does not count.
-- KEYS: the malformed; the sign that the consumer lives; for each queue the types left there. ARGV: what is asked.
-- Returns how many entries were left; the types left in each queue; and of what was taken the number of the cell, the
-- stream, the entry, its type, its time and the runs.

local LARGEST_ENTRY = 50
local MOST_LEFT = 1000
local ask = cjson.decode(ARGV[1])
local types = ask.types and {}
local room, left = ask.limit, 0
local answer = {0, {}}

local function leave(cell, stream, id, fields)
  local target = cell.left[1] .. fields[2] .. cell.left[2]
  if redis.call('XLEN', target) < ask.most then
    redis.call('XADD', target, '*', unpack(fields))
  end
  redis.call('SADD', cell.left[3], fields[2])
  use_up(stream, id)
  left = left + 1
end

-- Takes up to so many runs of an entry, and returns the others; how many it took.
local function take(cell, stream, id, fields, wanted)
  if not is_ours(fields) then
    set_aside(stream, id, fields)
    return 0
  elseif types and not types[fields[2]] then
    leave(cell, stream, id, fields)
    return 0
  end
  local kind, at, runs = fields[2], fields[4], fields[6]
  local count = (#runs + 1) / RUN
  if count > wanted then
    count = wanted
    append(cell.returned, kind, at, runs:sub(count * RUN + 1))
  end
  if count == 0 then
    use_up(stream, id)
    return 0
  end
  answer[#answer + 1] = {cell.number, stream, id, kind, at, runs:sub(1, count * RUN - 1)}
  cell.count = cell.count + count
  room = room - count
  return count
end

local function next_entries(stream, count)
  local command = {'XREADGROUP', 'GROUP', GROUP, ask.consumer, 'COUNT', count, 'STREAMS', stream, '>'}
  local found = redis.pcall(unpack(command))
  if found and found.err then
    redis.call('XGROUP', 'CREATE', stream, GROUP, 0)
    found = redis.call(unpack(command))
  end
  return found and found[1][2] or {}
end

-- Takes up to so many runs of a cell, what was returned first; how many it took.
local function read(cell, wanted)
  local before = wanted
  for _, stream in ipairs(cell.streams) do
    local per_entry = LARGEST_ENTRY
    while wanted > 0 and left < MOST_LEFT and redis.call('XLEN', stream) > 0 do
      local entries, taken = next_entries(stream, math.ceil(wanted / per_entry)), 0
      if #entries == 0 then
        break
      end
      for _, entry in ipairs(entries) do
        taken = taken + take(cell, stream, entry[1], entry[2], wanted - taken)
      end
      wanted = wanted - taken
      per_entry = math.max(1, taken / #entries)
    end
  end
  return before - wanted
end

-- How many runs are next of each cell, if all had enough.
local function shares(cells)
  if #cells == 1 then
    return {room}
  end
  local counts = {}
  for n in ipairs(cells) do
    counts[n] = 0
  end
  for _ = 1, room do
    local best, earliest
    for n, cell in ipairs(cells) do
      local comes = (cell.count + counts[n] + 1 - cell.draw) / cell.weight
      if not earliest or comes < earliest then
        best, earliest = n, comes
      end
    end
    counts[best] = counts[best] + 1
  end
  return counts
end

redis.call('SET', KEYS[2], 1, 'EX', ask.alive_seconds)
for _, used in ipairs(ask.used) do
  use_up(used[1], used[2])
end
for _, name in ipairs(ask.types or {}) do
  types[name] = true
end

local there, cell_of = {}, {}
for n, cell in ipairs(ask.cells) do
  cell.number, cell.count = n - 1, 0
  local length = 0
  for _, stream in ipairs(cell.streams) do
    cell_of[stream] = cell
    length = length + redis.call('XLEN', stream)
  end
  if length > 0 then
    there[#there + 1] = cell
  end
end
for _, held in ipairs(ask.held) do
  local stream, id = held[1], held[2]
  local found = redis.call('XRANGE', stream, id, id)[1]
  if found then
    take(cell_of[stream], stream, id, found[2], room)
  end
end
while #there > 0 and room > 0 and left < MOST_LEFT do
  local with_more = {}
  for n, count in ipairs(shares(there)) do
    if read(there[n], count) == count then
      with_more[#with_more + 1] = there[n]
    end
  end
  there = with_more
end

answer[1] = left
for n = 3, #KEYS do
  answer[2][#answer[2] + 1] = redis.call('SMEMBERS', KEYS[n])
end
return answer
