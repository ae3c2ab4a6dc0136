-- Asks the queries of a file in turn, each a line of a media type, a tab and a path: `wrk … -s ask.lua URL -- FILE MARK`.
-- With a mark, each is followed by a comment that has not been there before, so that no answer comes from a cache.
local threads, asked, queries, mark = 0, 0, {}, nil

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
end

function init(args)
  mark = args[2]
  for line in io.lines(args[1]) do
    local accept, path = line:match("(.*)\t(.*)")
    queries[#queries + 1] = {headers = {Accept = accept}, path = path}
  end
end

function request()
  asked = asked + 1
  local query = queries[(asked + id) % #queries + 1]
  local comment = mark and string.format("%%0A%%23%s-%d-%d", mark, id, asked) or ""
  return wrk.format("GET", query.path .. comment, query.headers)
end

function done(summary, latency)
  local refused, seconds = summary.errors.status, summary.duration / 1e6
  local words = '{"answers": %f, "refused": %f, "milliseconds": %f}\n'
  io.write(words:format((summary.requests - refused) / seconds, refused / seconds, latency:percentile(50) / 1e3))
end
