import { RedisScript } from "../redis/mod.ts";

/**
 * What is known of a channel: its epoch, its top, and what was lost. The epoch of a channel that
 * nobody has published to is the beginning of the run id of Redis: another life, another epoch. Where
 * Redis stands behind what a node has seen in the same epoch, it has lost data: a new epoch begins.
 */
const OPEN = `
local meta, log, topic, publish = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local fields = redis.call('HMGET', meta, 'e', 'o', 'v', 'w')
local epoch, top = fields[1], tonumber(fields[2] or '0')
local version, versionEpoch = fields[3], fields[4]
local isNew = not epoch
if isNew then
  epoch = string.match(redis.call('INFO', 'server'), 'run_id:(%w%w%w%w%w%w%w%w)')
end
if ARGV[3] == epoch and tonumber(ARGV[4]) > top then
  redis.call('DEL', log)
  redis.call('HDEL', meta, 'v', 'w')
  epoch, top, version, versionEpoch = ARGV[5], 0, false, false
  redis.call('HSET', meta, 'e', epoch, 'o', '0')
  if isNew then redis.call('INCR', KEYS[3]) end
  isNew = false
  redis.call(publish, topic, 'R' .. epoch .. struct.pack('>d', 0))
end
local size, afterTime = tonumber(ARGV[6]), tonumber(ARGV[7])
`;

/**
 * Appends drafts to one channel and tells those who listen, in one step.
 *
 * KEYS: meta, log, counter of channels, this turn, then idempotency keys. ARGV: 1 the channel of
 * publish and subscribe, 2 how to publish there, 3 and 4 the position that the node knows, 5 an epoch
 * for after a loss, 6 how many are kept, 7 the time of what is too old, 8 milliseconds that the log
 * is kept, 9 now, 10 when idempotency keys expire, 11 for how long from now in milliseconds, 12 the
 * turn's number; then of each draft its record, the index of its idempotency key or 0 or, if it is in
 * the group of the one before, a plus; digest, version or nothing, and epoch of the version.
 *
 * Gives one text: the epoch, whether the channel is new, then of each group what became of its first
 * draft. A turn that was done before, and whose answer was lost, is answered again.
 */
export const APPEND = new RedisScript(`
local before = redis.call('GET', KEYS[4])
if before then
  local number, answer = string.match(before, '^(%d+) (.*)$')
  if number == ARGV[12] then return answer end
end
${OPEN}
local outcomes, records, first = {}, {}, top + 1
local function earlier(key, digest)
  local expires, offset, epoch, known = string.match(redis.call('GET', key) or '', '^(%S+) (%d+) (%S+) (.*)$')
  if not expires or tonumber(expires) <= tonumber(ARGV[9]) then return nil end
  if known ~= digest then return 'c' end
  return 'r' .. offset .. ':' .. epoch
end
local function offsetOf(entry) return tonumber(string.match(entry[1], '^(%d+)')) end
local function isStale(at)
  local newest, newestEpoch = version, versionEpoch
  repeat
    local number, numberEpoch = ARGV[at + 3], ARGV[at + 4]
    if number ~= '' then
      local isComparable = newest and newestEpoch == numberEpoch
      if isComparable and tonumber(number) <= tonumber(newest) then return true end
      newest, newestEpoch = number, numberEpoch
    end
    at = at + 5
  until ARGV[at + 1] ~= '+'
  return false
end
local refusal
for at = 13, #ARGV, 5 do
  local record, key, digest = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  local number, numberEpoch = ARGV[at + 3], ARGV[at + 4]
  local offset = string.format('%.0f', top + 1)
  if key then
    refusal = key > 0 and earlier(KEYS[key], digest)
    if not refusal and isStale(at) then refusal = 't' .. string.format('%.0f', top) end
    outcomes[#outcomes + 1] = refusal or 's' .. offset
    if key > 0 and not refusal then
      local value = table.concat({ ARGV[10], offset, epoch, digest }, ' ')
      redis.call('SET', KEYS[key], value, 'PX', ARGV[11])
    end
  end
  if not refusal then
    top = top + 1
    if size > 0 then
      redis.call('XADD', log, 'MAXLEN', '~', ARGV[6], offset .. '-0', 'p', record)
    end
    if number ~= '' then version, versionEpoch = number, numberEpoch end
    records[#records + 1] = struct.pack('>I4', #record)
    records[#records + 1] = record
  end
end
if top >= first then
  redis.call('HSET', meta, 'e', epoch, 'o', string.format('%.0f', top))
  if version then redis.call('HSET', meta, 'v', version, 'w', versionEpoch) end
  if isNew then redis.call('INCR', KEYS[3]) end
  if size > 0 then
    redis.call('PEXPIRE', log, ARGV[8])
    if math.floor(top / 64) > math.floor((first - 1) / 64) then
      local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
      if oldest and struct.unpack('>d', oldest[2][2], 2) <= afterTime then
        local young = offsetOf(oldest) + 1
        for _, entry in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', 2 * (64 + top - first))) do
          young = offsetOf(entry)
          if struct.unpack('>d', entry[2][2], 2) > afterTime then break end
          young = young + 1
        end
        redis.call('XTRIM', log, 'MINID', string.format('%.0f-0', young))
      end
    end
  else
    redis.call('DEL', log)
  end
  redis.call(publish, topic, 'L' .. epoch .. struct.pack('>d', first) .. table.concat(records))
end
local isMade = isNew and top >= first and '1' or '0'
local answer = epoch .. ' ' .. isMade .. ' ' .. table.concat(outcomes, ' ')
redis.call('SET', KEYS[4], ARGV[12] .. ' ' .. answer, 'PX', 60000)
return answer
`);

/**
 * Reads a channel, or with a limit of 0 where it stands.
 *
 * KEYS: meta, log, counter of channels. ARGV: as for {@linkcode APPEND} up to 7, then 8 the offset to
 * begin behind or nothing, 9 the limit, 10 the bytes after which a page ends, 11 whether backwards.
 *
 * Gives epoch, top, whether there is more, then offsets and records in turns.
 */
export const READ = new RedisScript(`
${OPEN}
local since, limit, maxBytes, isReverse = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1'
local page = { epoch, string.format('%.0f', top), '0' }
local least, found, bytes, isYoung = top - size, 0, 0, isReverse
if limit == 0 or size == 0 or (isReverse and since == '0') then return page end
local from = since
if not isReverse then from = string.format('%.0f', math.max(tonumber(since ~= '' and since or '0'), least)) end
while true do
  local rows
  local count = math.min(64, limit + 1 - found)
  if isReverse then
    rows = redis.call('XREVRANGE', log, from == '' and '+' or '(' .. from .. '-0', '-', 'COUNT', count)
  else
    rows = redis.call('XRANGE', log, '(' .. from .. '-0', '+', 'COUNT', count)
  end
  for _, row in ipairs(rows) do
    local offset, record = string.match(row[1], '^(%d+)'), row[2][2]
    local isOld = struct.unpack('>d', record, 2) <= afterTime
    if isReverse and (isOld or tonumber(offset) <= least) then return page end
    if not isOld then isYoung = true end
    if isYoung then
      if found >= limit or bytes >= maxBytes then
        page[3] = '1'
        return page
      end
      found = found + 1
      bytes = bytes + struct.unpack('>I4', record, 10)
      page[#page + 1] = offset
      page[#page + 1] = record
    end
    from = offset
  end
  if #rows < count then return page end
end
`);
