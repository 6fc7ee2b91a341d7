/**
 * What has to happen in one go, in Lua. A job's record is a hash; `KEYS[1]` is always the prefix of all
 * names, and times come from whoever calls.
 */

/** Accepts a job, unless its idempotency key is known or the queue is full. */
export const ADD = `
  local p = KEYS[1]
  local id, owner, idempotency, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  if idempotency ~= '' then
    local known = redis.call('HMGET', p .. 'key:' .. owner .. ':' .. idempotency, 'id', 'digest')
    if known[1] then return { known[2] == digest and 'known' or 'mismatch', known[1] } end
  end
  if redis.call('ZCARD', p .. 'waiting') >= tonumber(ARGV[5]) then return { 'full', '' } end
  local seq = redis.call('INCR', p .. 'seq')
  local values = { 'id', id, 'owner', owner, 'seq', seq, 'status', 'waiting', 'step', 0, 'attempts', 0,
    'notices', '[]', 'outputs', '[]' }
  for i = 6, #ARGV do values[#values + 1] = ARGV[i] end
  redis.call('HSET', p .. 'job:' .. id, unpack(values))
  redis.call('ZADD', p .. 'waiting', seq, id)
  redis.call('ZADD', p .. 'owner:' .. owner, seq, id)
  redis.call('SADD', p .. 'classes', redis.call('HGET', p .. 'job:' .. id, 'class'))
  redis.call('INCRBY', p .. 'bytes', redis.call('HGET', p .. 'job:' .. id, 'bytes'))
  if idempotency ~= '' then
    redis.call('HSET', p .. 'key:' .. owner .. ':' .. idempotency, 'id', id, 'digest', digest)
    redis.call('HSET', p .. 'job:' .. id, 'idempotency', idempotency)
  end
  return { 'added', id }
`;

/** Gives a job to a holder, if it still is to be run. */
export const BEGIN = `
  local p, id = KEYS[1], ARGV[1]
  local status = redis.call('HGET', p .. 'job:' .. id, 'status')
  if status ~= 'waiting' and status ~= 'running' then return 0 end
  redis.call('HSET', p .. 'job:' .. id, 'status', 'running', 'lease', ARGV[2], 'started', ARGV[3], 'step', 0)
  redis.call('HINCRBY', p .. 'job:' .. id, 'attempts', 1)
  redis.call('ZREM', p .. 'waiting', id)
  redis.call('ZADD', p .. 'running', ARGV[3], id)
  return 1
`;

/** Writes members of a record, if the job still is the holder's. */
export const UPDATE = `
  local name = KEYS[1] .. 'job:' .. ARGV[1]
  if redis.call('HGET', name, 'lease') ~= ARGV[2] then return 0 end
  if redis.call('HGET', name, 'status') ~= 'running' then return 0 end
  redis.call('HSET', name, unpack(ARGV, 3))
  return 1
`;

/** Ends a job that is the holder's, or anybody's if the holder is ''. */
export const END = `
  local p, id = KEYS[1], ARGV[1]
  local name = p .. 'job:' .. id
  local status = redis.call('HGET', name, 'status')
  if ARGV[2] == '' then
    if status ~= 'waiting' and status ~= 'running' then return 0 end
  elseif status ~= 'running' or redis.call('HGET', name, 'lease') ~= ARGV[2] then return 0 end
  redis.call('HSET', name, 'expires', ARGV[3], 'lease', '', unpack(ARGV, 5))
  redis.call('HINCRBY', name, 'bytes', ARGV[4])
  redis.call('INCRBY', p .. 'bytes', ARGV[4])
  redis.call('ZREM', p .. 'waiting', id)
  redis.call('ZREM', p .. 'running', id)
  redis.call('ZADD', p .. 'expiry', ARGV[3], id)
  return 1
`;

/** Puts a job back that is the holder's. */
export const RELEASE = `
  local p, id = KEYS[1], ARGV[1]
  local name = p .. 'job:' .. id
  if redis.call('HGET', name, 'status') ~= 'running' then return 0 end
  if redis.call('HGET', name, 'lease') ~= ARGV[2] then return 0 end
  redis.call('HSET', name, 'status', 'waiting', 'lease', '', 'step', 0)
  redis.call('HINCRBY', name, 'attempts', ARGV[3])
  redis.call('ZREM', p .. 'running', id)
  redis.call('ZADD', p .. 'waiting', redis.call('HGET', name, 'seq'), id)
  return 1
`;

/** Marks a job as expired and has it forgotten later; tells whether it was not before. */
export const EXPIRE = `
  local p, id = KEYS[1], ARGV[1]
  local name = p .. 'job:' .. id
  redis.call('ZREM', p .. 'expiry', id)
  local bytes = redis.call('HGET', name, 'bytes')
  if not bytes or redis.call('HGET', name, 'status') == 'expired' then return 0 end
  redis.call('DECRBY', p .. 'bytes', bytes)
  redis.call('HSET', name, 'status', 'expired', 'outputs', '[]', 'bytes', 0)
  redis.call('EXPIRE', name, ARGV[2])
  local owner = redis.call('HGET', name, 'owner')
  local idempotency = redis.call('HGET', name, 'idempotency')
  if idempotency then redis.call('EXPIRE', p .. 'key:' .. owner .. ':' .. idempotency, ARGV[2]) end
  return 1
`;
