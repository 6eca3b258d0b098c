#!lua name=bench

-- What every rival of the stream benchmark writes with: the live value under a revision guard, one entry in the stream
-- of changes, and how far a partition has come. The same effects as store/functions.lua, on values of their own.
-- KEYS: live, changes, done. ARGV: partition, next offset, changes kept, then place, offset, vacant; place, ...

local LIVE, CHANGES, DONE = 1, 2, 3

local function apply(keys, args)
  local kept, written = args[3], 0
  for i = 4, #args, 3 do
    local place, offset, vacant = args[i], args[i + 1], args[i + 2]
    local held = redis.call('HGET', keys[LIVE], place)
    if not held or tonumber(offset) > tonumber(string.match(held, '^%d+')) then
      local value = offset .. ' ' .. vacant
      redis.call('HSET', keys[LIVE], place, value)
      redis.call('XADD', keys[CHANGES], 'MAXLEN', '~', kept, '*', 'place', place, 'value', value)
      written = written + 1
    end
  end
  redis.call('HSET', keys[DONE], args[1], args[2])
  return written
end

redis.register_function('bench_apply', apply)
