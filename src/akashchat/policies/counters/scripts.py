"""What counters have Redis do: small programs in Lua, each of them all at once, so that nobody comes between.

Of each window there is a hash with what is ``used`` and ``reserved``, of each key a sorted set of the answers under
way by the ends of their leases, of each reservation a string with its tokens.  All names of one key have one ``{tag}``,
so they lie together in a cluster.  https://redis.io/docs/latest/develop/programmability/eval-intro/
"""

_STAND = """
-- The standings of all windows, flat; KEYS[1] are the answers under way, KEYS[3...] the windows, and of each there are
-- three arguments from the ARGV at `from` on: what it is, the most, the least.
local function stand(from, now)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  local told = {}
  for i = 3, #KEYS do
    local used, reserved = 0, 0
    if ARGV[from + (i - 3) * 3] == 'live' then
      reserved = redis.call('ZCARD', KEYS[1])
    else
      local found = redis.call('HMGET', KEYS[i], 'used', 'reserved')
      used, reserved = tonumber(found[1] or 0), tonumber(found[2] or 0)
    end
    told[#told + 1] = used
    told[#told + 1] = reserved
  end
  return told
end

local function unknown(from)
  for i = 3, #KEYS do
    if ARGV[from + (i - 3) * 3] == 'budget' and redis.call('EXISTS', KEYS[i]) == 0 then return true end
  end
  return false
end
"""

RESERVE = f"""{_STAND}
-- now, id, end of the lease, life of the reservation (ms), tokens wanted, whether budgets must be known; per window
-- what, most, least; and then per window its life (ms).
local now, id, ends_at, life_ms, wanted = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local from, windows = 7, #KEYS - 2
if ARGV[6] == '1' and unknown(from) then return {{-1}} end
local told = stand(from, now)
local tokens = wanted
for i = 1, windows do
  local at = from + (i - 1) * 3
  local left = math.max(0, tonumber(ARGV[at + 1]) - told[2 * i - 1] - told[2 * i])
  if left < tonumber(ARGV[at + 2]) then return {{0, 0, unpack(told)}} end
  if ARGV[at] == 'tokens' or ARGV[at] == 'budget' then tokens = math.min(tokens, left) end
end
redis.call('SET', KEYS[2], tokens, 'PX', life_ms)
for i = 1, windows do
  local what, key = ARGV[from + (i - 1) * 3], KEYS[i + 2]
  if what == 'live' then
    redis.call('ZADD', key, ends_at, id)
    redis.call('PEXPIRE', key, life_ms)
  else
    if what == 'requests' then redis.call('HINCRBY', key, 'used', 1)
    else redis.call('HINCRBY', key, 'reserved', tokens) end
    redis.call('PEXPIRE', key, ARGV[from + windows * 3 + i - 1])
  end
end
return {{1, tokens, unpack(stand(from, now))}}
"""
"""Gives 1 and the tokens reserved, 0 where it is refused, with how all stands; -1 where a budget is not known here."""

STANDINGS = f"""{_STAND}
-- now, whether budgets must be known; per window what, most, least.
if ARGV[2] == '1' and unknown(3) then return {{-1}} end
return {{1, 0, unpack(stand(3, tonumber(ARGV[1])))}}
"""

EXTEND = """
-- KEYS: the reservation, its windows of tokens; tokens more; per window the most.
local reserved, more = redis.call('GET', KEYS[1]), tonumber(ARGV[1])
if not reserved then return {0} end
for i = 2, #KEYS do
  local found = redis.call('HMGET', KEYS[i], 'used', 'reserved')
  if tonumber(ARGV[i]) - tonumber(found[1] or 0) - tonumber(found[2] or 0) < more then return {0} end
end
redis.call('SET', KEYS[1], tonumber(reserved) + more, 'KEEPTTL')
for i = 2, #KEYS do redis.call('HINCRBY', KEYS[i], 'reserved', more) end
return {1}
"""

SETTLE = """
-- KEYS: the answers under way, the reservation, its windows of tokens; id, tokens used.
local reserved = redis.call('GET', KEYS[2])
redis.call('ZREM', KEYS[1], ARGV[1])
if not reserved then return {0} end
redis.call('DEL', KEYS[2])
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('HINCRBY', KEYS[i], 'reserved', -tonumber(reserved))
    redis.call('HINCRBY', KEYS[i], 'used', ARGV[2])
  end
end
return {1}
"""

RENEW = """
-- KEYS: the answers under way, the reservation; id, end of the lease, life (ms).
redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {1}
"""

SEED = """
-- KEYS: windows; per window used, reserved, life (ms).  Only where nobody has counted yet.
for i = 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    redis.call('HSET', KEYS[i], 'used', ARGV[3 * i - 2], 'reserved', ARGV[3 * i - 1])
    redis.call('PEXPIRE', KEYS[i], ARGV[3 * i])
  end
end
return {1}
"""

ADD = """
-- KEYS: the window of a budget; used, reserved, life (ms), who writes, the batch, whether it must be known.
if ARGV[6] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return {-1} end
local by = 'by:' .. ARGV[4]
if tonumber(redis.call('HGET', KEYS[1], by) or 0) >= tonumber(ARGV[5]) then return {0} end
redis.call('HSET', KEYS[1], by, ARGV[5])
redis.call('HINCRBY', KEYS[1], 'used', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'reserved', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {1}
"""
