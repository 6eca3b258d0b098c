#!lua name=placelibre

-- One call per batch: compare revisions, write the place, append one change. Everything in a call happens at once.
-- KEYS of the functions about live state: live, places, changes, stream, clock, marks (store/keys.py). Others say theirs.

local VERSION = '@VERSION@'

-- The name of this run of the server. It is nowhere but in the memory of this library, which a server that restarts, is
-- restored or is promoted runs anew; INFO says the same to those alone who may ask for everything.
local run

local function run_of_server()
  if not run then
    local now = redis.call('TIME')
    run = string.format('%d.%06d.%s', now[1], now[2], string.match(tostring({}), '%w+$'))
  end
  return run
end

local LIVE, PLACES, CHANGES, STREAM, CLOCK, MARKS = 1, 2, 3, 4, 5, 6
local TYPES = {'hash', 'hash', 'stream', 'string', 'hash', 'hash'}

-- What is not ours in Redis makes room for what is: a tool, a bug or half a dump may have put anything under our names.
-- A value is a revision and what it is of; one that is too short for that is older than any.
local function newer(value, held)
  if not held or #held <= 16 then return true end
  local epoch, offset = struct.unpack('>I8I8', value)
  local held_epoch, held_offset = struct.unpack('>I8I8', held)
  return epoch > held_epoch or (epoch == held_epoch and offset > held_offset)
end

-- Whether a value that claims to be as new as ours is one at all: its availability repeats the revision in front, as its
-- last field. (All of it cannot be read here: cmsgpack knows no times.)
local function is_availability(held)
  local epoch, offset = struct.unpack('>I8I8', held)
  local at = string.match(held, '.*()\168revision\146')
  local read, revision = pcall(cmsgpack.unpack, string.sub(held, (at or #held) + 9))
  return at and read and type(revision) == 'table' and revision[1] == epoch and revision[2] == offset
end

local function is_entry(held)
  local read, inside = pcall(cjson.decode, string.sub(held, 17))
  return read and type(inside) == 'table' and type(inside.id) == 'string'
end

-- Whether to write a value; `foreign` learns of a field whose value was none of ours.
local function takes(keys, which, field, value, is_ours, foreign)
  local held = redis.call('HGET', keys[which], field)
  if newer(value, held) then
    if held and #held <= 16 then table.insert(foreign, keys[which] .. ' ' .. field) end
    return true
  end
  if is_ours(held) then return false end
  table.insert(foreign, keys[which] .. ' ' .. field)
  return true
end

local function begin_stream(keys)
  local now = redis.call('TIME')
  redis.call('DEL', keys[CHANGES])
  redis.call('SET', keys[STREAM], string.format('%d%06d', now[1], now[2]))
end

-- Append to the stream of changes; a stream that is not there yet begins a new incarnation, named by the time. So does one
-- to which somebody has given the last id that there is.
local function append(keys, kept, ...)
  if redis.call('EXISTS', keys[CHANGES]) == 0 then begin_stream(keys) end
  local done = redis.pcall('XADD', keys[CHANGES], 'MAXLEN', '~', kept, '*', ...)
  if type(done) == 'table' and done.err then
    if string.find(done.err, 'exhausted') then begin_stream(keys) end
    redis.call('XADD', keys[CHANGES], 'MAXLEN', '~', kept, '*', ...)
  end
end

-- Delete what stands under our names and is of another type; returns which. Without its live values or its places nothing is
-- whole, and without its name the stream begins anew, which followers are told.
local function make_room(keys, kept)
  local foreign = {}
  for which, wanted in ipairs(TYPES) do
    local found = redis.call('TYPE', keys[which]).ok
    if found ~= 'none' and found ~= wanted then
      redis.call('DEL', keys[which])
      if which == LIVE or which == PLACES then redis.call('DEL', keys[MARKS]) end
      table.insert(foreign, keys[which])
    end
  end
  local name = redis.call('GET', keys[STREAM])
  if redis.call('EXISTS', keys[CHANGES]) == 1 and not (name and string.match(name, '^%d+$')) then
    begin_stream(keys)
    append(keys, kept, 'catalogue', '1')
    if name then table.insert(foreign, keys[STREAM]) end
  end
  return foreign
end

-- ARGV[1]: msgpack {partition, epoch, clock or false, token or false, changes_kept, {place, value, place, value, ...}}.
-- Returns {places written, 1 if this partition bears this epoch's mark, {what was not ours}}. The mark is set where the token that the worker
-- left before it wrote every place it owns is still there: a Redis that restarted empty, even in between, is found out.
local function apply_changes(keys, args)
  local partition, epoch, clock, token, kept, flat = unpack(cmsgpack.unpack(args[1]))
  local written, foreign = 0, make_room(keys, kept)
  for i = 1, #flat, 2 do
    local place, value = flat[i], flat[i + 1]
    if takes(keys, LIVE, place, value, is_availability, foreign) then
      redis.call('HSET', keys[LIVE], place, value)
      append(keys, kept, 'place', place, 'value', value)
      written = written + 1
    end
  end
  if clock then
    local held = redis.call('HGET', keys[CLOCK], partition)
    local now = tonumber(string.match(clock, '%d+$'))
    -- A wall clock stands as its partition has it: it may have been taken back. A recording's only goes on.
    if not held or string.match(clock, '^wall') or now > tonumber(string.match(held, '%d+$') or 0) then
      redis.call('HSET', keys[CLOCK], partition, clock)
    end
  end
  if token and redis.call('HGET', keys[MARKS], partition) == token then redis.call('HSET', keys[MARKS], partition, epoch) end
  local held = redis.call('HGET', keys[MARKS], partition)
  return {written, (held and tonumber(held) == tonumber(epoch)) and 1 or 0, foreign}
end

-- ARGV: a partition, a token. The worker is about to write every place that it owns of that partition.
local function begin(keys, args)
  local foreign = make_room(keys, 1)
  redis.call('HSET', keys[MARKS], args[1], args[2])
  return foreign
end

-- ARGV[1]: msgpack {changes_kept, {field, value, field, value, ...}}; writes catalogue entries that are newer than what
-- is held, and tells the followers of the stream once. Returns {entries written, {what was not ours}}.
local function apply_catalogue(keys, args)
  local kept, flat = unpack(cmsgpack.unpack(args[1]))
  local written, foreign = 0, make_room(keys, kept)
  for i = 1, #flat, 2 do
    if takes(keys, PLACES, flat[i], flat[i + 1], is_entry, foreign) then
      redis.call('HSET', keys[PLACES], flat[i], flat[i + 1])
      written = written + 1
    end
  end
  if written > 0 then append(keys, kept, 'catalogue', '1') end
  return {written, foreign}
end

-- The stream's incarnation ('' before its first change), its last id, and all clocks.
local function position(keys)
  local last = redis.call('XREVRANGE', keys[CHANGES], '+', '-', 'COUNT', 1)
  return redis.call('GET', keys[STREAM]) or '', last[1] and last[1][1] or '0-0', redis.call('HGETALL', keys[CLOCK])
end

-- One consistent picture: {incarnation, last id, clocks, places, live}.
local function snapshot(keys)
  local incarnation, last, clocks = position(keys)
  return {incarnation, last, clocks, redis.call('HGETALL', keys[PLACES]), redis.call('HGETALL', keys[LIVE])}
end

-- ARGV: an id of the stream, and how many changes at most. What follows that id:
-- {incarnation, last id, clocks, first id, 1 if there is an entry of that very id, {{id, {field, value, ...}}, ...}}.
local function changes_after(keys, args)
  local incarnation, last, clocks = position(keys)
  local first = redis.call('XRANGE', keys[CHANGES], '-', '+', 'COUNT', 1)
  local after = redis.call('XRANGE', keys[CHANGES], '(' .. args[1], '+', 'COUNT', args[2])
  local there = redis.call('XRANGE', keys[CHANGES], args[1], args[1])
  return {incarnation, last, clocks, first[1] and first[1][1] or '0-0', #there, after}
end

-- KEYS: decided, confirmed, decided_until. ARGV[1]: msgpack {{subject, value, keep_until_ms, ...}, {subject, value, ...}}:
-- decisions, then confirmations. A value is its order (16 bytes), its occasion (40 bytes) and the entry. Only a newer one
-- is taken, and a confirmation only of the occasion that is held. Returns {taken, 1 if nothing at all was held before}.
-- Each call lets go of up to SWEPT subjects whose time is over.
local SWEPT = 100

local function same_occasion(one, other)
  return string.sub(one, 17, 56) == string.sub(other, 17, 56)
end

-- Whether a value is one of ours: behind order and occasion an entry of the decisions' topic.
local function is_logged(held)
  local read, inside = pcall(cjson.decode, string.sub(held, 57))
  return read and type(inside) == 'table' and type(inside.event) == 'table'
end

local function replaces(value, held)
  return newer(value, held) or not is_logged(held)
end

local function keep_decisions(keys, args)
  local decisions, confirmations = unpack(cmsgpack.unpack(args[1]))
  local decided, confirmed, kept = keys[1], keys[2], keys[3]
  for which, wanted in ipairs({'hash', 'hash', 'zset'}) do
    local found = redis.call('TYPE', keys[which]).ok
    if found ~= 'none' and found ~= wanted then redis.call('DEL', keys[which]) end
  end
  local was_empty = redis.call('EXISTS', decided) == 0
  local taken = 0
  for i = 1, #decisions, 3 do
    local subject, value, keep_until = decisions[i], decisions[i + 1], decisions[i + 2]
    local held = redis.call('HGET', decided, subject)
    if replaces(value, held) then
      redis.call('HSET', decided, subject, value)
      if not held or not same_occasion(held, value) then redis.call('HDEL', confirmed, subject) end
      redis.call('ZADD', kept, keep_until, subject)
      taken = taken + 1
    end
  end
  for i = 1, #confirmations, 2 do
    local subject, value = confirmations[i], confirmations[i + 1]
    local held = redis.call('HGET', decided, subject)
    if held and same_occasion(held, value) and replaces(value, redis.call('HGET', confirmed, subject)) then
      redis.call('HSET', confirmed, subject, value)
      taken = taken + 1
    end
  end
  local now = redis.call('TIME')
  for _, subject in ipairs(redis.call('ZRANGEBYSCORE', kept, '-inf', now[1] * 1000, 'LIMIT', 0, SWEPT)) do
    redis.call('HDEL', decided, subject)
    redis.call('HDEL', confirmed, subject)
    redis.call('ZREM', kept, subject)
  end
  return {taken, was_empty and 1 or 0}
end

-- Leases. KEYS: one lease (store/keys.py). Times are the server's, in milliseconds; a fence is a whole number below 2^53.
-- A server that has restarted since, empty or from what it had saved, does not know who holds what: it says so to
-- whoever asks for the lease first, and gives it to nobody for one `ttl` (decision 20).

local function now_us()
  local now = redis.call('TIME')
  return now[1] * 1000000 + now[2]
end

-- Whether this holder has the lease under this fence now, by what this run of the server gave itself.
local function is_held(key, holder, fence)
  local held = redis.call('HMGET', key, 'holder', 'fence', 'until', 'run')
  return held[1] == holder and held[2] == fence and held[4] == run_of_server() and tonumber(held[3]) > now_us() / 1000
end

-- ARGV: holder, ttl in ms, a fence that the next must exceed. Returns {1, fence}, or {0, ms until it is worth asking
-- again, who holds it}.
local function lease_acquire(keys, args)
  local holder, ttl, above = args[1], tonumber(args[2]), tonumber(args[3])
  local held = redis.call('HMGET', keys[1], 'holder', 'fence', 'until', 'run')
  local now, run = now_us(), run_of_server()
  local fence = math.max(now, (tonumber(held[2]) or 0) + 1, above + 1)
  if held[4] ~= run then
    redis.call('HSET', keys[1], 'holder', '', 'fence', string.format('%.0f', fence), 'until',
      string.format('%.0f', now / 1000 + ttl), 'run', run)
    return {0, ttl, ''}
  end
  local left = tonumber(held[3]) - now / 1000
  if left > ttl then  -- our clock was set back since: nobody believes to hold it for longer than one ttl from now
    redis.call('HSET', keys[1], 'until', string.format('%.0f', now / 1000 + ttl))
    left = ttl
  end
  if left > 0 then return {0, math.ceil(left), held[1]} end
  redis.call('HSET', keys[1], 'holder', holder, 'fence', string.format('%.0f', fence), 'until',
    string.format('%.0f', now / 1000 + ttl))
  return {1, string.format('%.0f', fence)}
end

-- ARGV: holder, fence, ttl in ms. Returns 1 where it is held, and now for another ttl.
local function lease_renew(keys, args)
  if not is_held(keys[1], args[1], args[2]) then return 0 end
  redis.call('HSET', keys[1], 'until', string.format('%.0f', now_us() / 1000 + tonumber(args[3])))
  return 1
end

-- ARGV: holder, fence. Returns 1 where it was held; the next may have it at once.
local function lease_release(keys, args)
  if not is_held(keys[1], args[1], args[2]) then return 0 end
  redis.call('HSET', keys[1], 'holder', '', 'until', '0')
  return 1
end

-- ARGV: holder, fence. Returns 1 where it is held.
local function lease_check(keys, args)
  return is_held(keys[1], args[1], args[2]) and 1 or 0
end

redis.register_function{function_name = 'placelibre_run', callback = run_of_server, flags = {'no-writes'}}
redis.register_function{function_name = 'placelibre_version', callback = function() return VERSION end, flags = {'no-writes'}}
redis.register_function('placelibre_lease_acquire', lease_acquire)
redis.register_function('placelibre_lease_renew', lease_renew)
redis.register_function('placelibre_lease_release', lease_release)
redis.register_function{function_name = 'placelibre_lease_check', callback = lease_check, flags = {'no-writes'}}
redis.register_function('placelibre_begin', begin)
redis.register_function('placelibre_apply_changes', apply_changes)
redis.register_function('placelibre_apply_catalogue', apply_catalogue)
redis.register_function{function_name = 'placelibre_snapshot', callback = snapshot, flags = {'no-writes'}}
redis.register_function{function_name = 'placelibre_changes_after', callback = changes_after, flags = {'no-writes'}}
redis.register_function('placelibre_keep_decisions', keep_decisions)
