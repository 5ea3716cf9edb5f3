-- wrk's script: each line of a file is the body of one request, from byte FROM on; past the last line it begins again.
-- Prints what was measured as one line of JSON.

local thread

function setup(it)
  thread = it
end

function init()
  file = assert(io.open(os.getenv('BODIES')))
  file:seek('set', tonumber(os.getenv('FROM')))
  taken = 0
  head = 'POST ' .. wrk.path .. ' HTTP/1.1\r\nHost: ' .. wrk.headers['Host']
    .. '\r\nContent-Type: application/json\r\nContent-Length: '
end

function request()
  local body = file:read('*l')
  if not body then
    file:seek('set', 0)
    body = file:read('*l')
  end
  taken = taken + 1
  return head .. #body .. '\r\n\r\n' .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"answers":%d,"taken":%d,"bytes":%d,"duration_s":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d}\n',
    summary.requests, thread:get('taken'), summary.bytes, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
