#!lua name=placelibre

-- One call per batch: compare revisions, write the place, append one change. Everything in a call happens at once.
-- KEYS of every function: live, places, changes, clock, marks (store/keys.py).

local function newer(value, held)
  if not held then return true end
  local epoch, offset = struct.unpack('>I8I8', value)
  local held_epoch, held_offset = struct.unpack('>I8I8', held)
  return epoch > held_epoch or (epoch == held_epoch and offset > held_offset)
end

-- ARGV[1]: msgpack {partition, epoch, clock or false, mark, changes_kept, {place, value, place, value, ...}}.
-- Returns {places written, 1 if this partition bears this epoch's mark}. The mark is set when `mark` is true: a worker
-- does that after it has written every place it owns, so a Redis that restarted empty is found out by the next batch.
local function apply_changes(keys, args)
  local partition, epoch, clock, mark, kept, flat = unpack(cmsgpack.unpack(args[1]))
  local written = 0
  for i = 1, #flat, 2 do
    local place, value = flat[i], flat[i + 1]
    if newer(value, redis.call('HGET', keys[1], place)) then
      redis.call('HSET', keys[1], place, value)
      redis.call('XADD', keys[3], 'MAXLEN', '~', kept, '*', 'place', place, 'value', value)
      written = written + 1
    end
  end
  if clock then
    local held = redis.call('HGET', keys[4], partition)
    local now = tonumber(string.match(clock, '%d+$'))
    if not held or now > tonumber(string.match(held, '%d+$')) then redis.call('HSET', keys[4], partition, clock) end
  end
  if mark then redis.call('HSET', keys[5], partition, epoch) end
  local held = redis.call('HGET', keys[5], partition)
  return {written, (held and tonumber(held) == tonumber(epoch)) and 1 or 0}
end

-- ARGV[1]: msgpack {place, value, place, value, ...}; writes catalogue entries that are newer than what is held.
local function apply_places(keys, args)
  local flat = cmsgpack.unpack(args[1])
  local written = 0
  for i = 1, #flat, 2 do
    if newer(flat[i + 1], redis.call('HGET', keys[2], flat[i])) then
      redis.call('HSET', keys[2], flat[i], flat[i + 1])
      written = written + 1
    end
  end
  return written
end

-- One consistent picture: places, live, clocks, and the id of the last change it contains.
local function snapshot(keys)
  local last = redis.call('XREVRANGE', keys[3], '+', '-', 'COUNT', 1)
  return {
    redis.call('HGETALL', keys[2]),
    redis.call('HGETALL', keys[1]),
    redis.call('HGETALL', keys[4]),
    last[1] and last[1][1] or '0-0',
  }
end

redis.register_function('placelibre_apply_changes', apply_changes)
redis.register_function('placelibre_apply_places', apply_places)
redis.register_function{function_name = 'placelibre_snapshot', callback = snapshot, flags = {'no-writes'}}
