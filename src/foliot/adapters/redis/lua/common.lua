-- What the scripts share; it stands before each of them.
-- An entry of ours says: the type of some runs, when they were published, and the runs: the id of each, and its tenant.
-- KEYS[1] is the stream of what cannot be read, for scripts that may meet such entries.

local GROUP = 'workers'
local RUN = 2 * 37
local MOST_MALFORMED = 1000
local LONGEST_TOLD = 1000
local MOST_FIELDS = 100

local function is_ours(fields)
  return #fields == 6 and fields[1] == 'type' and fields[3] == 'at' and fields[5] == 'runs'
    and not fields[2]:find('[%s%c]') and fields[4]:find('^%d+$') and (#fields[6] + 1) % RUN == 0
end

local function append(stream, kind, at, runs)
  return redis.call('XADD', stream, '*', 'type', kind, 'at', at, 'runs', runs)
end

-- Acknowledges an entry and deletes it.
local function use_up(stream, id)
  redis.pcall('XACK', stream, GROUP, id)
  redis.call('XDEL', stream, id)
end

-- Keeps what cannot be read where it is in nobody's way.
local function set_aside(stream, id, fields)
  local told = {'stream', stream, 'id', id}
  for n = 1, math.min(#fields, MOST_FIELDS) do
    told[#told + 1] = fields[n]:sub(1, LONGEST_TOLD)
  end
  redis.call('XADD', KEYS[1], 'MAXLEN', MOST_MALFORMED, '*', unpack(told))
  use_up(stream, id)
end

-- Gives an entry that somebody held back, for anybody.
local function give_back(stream, returned, id)
  local found = redis.call('XRANGE', stream, id, id)[1]
  if not found then
    redis.pcall('XACK', stream, GROUP, id)
  elseif is_ours(found[2]) then
    redis.call('XADD', returned, '*', unpack(found[2]))
    use_up(stream, id)
  else
    set_aside(stream, id, found[2])
  end
end
