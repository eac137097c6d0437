-- Requests of which no two are the same: wrk ... URL -- SPEC FIRST
-- SPEC has a line for each piece of the request, "= text", "NODE" or "N", then one for each
-- node, "+ node"; all are percent-encoded already. FIRST is the first number.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "load.lua")

local pieces, nodes, number = {}, {}, 0
local head, tail

function init(args)
  for line in io.lines(args[1]) do
    local kind, rest = line:sub(1, 1), line:sub(3)
    if kind == "+" then nodes[#nodes + 1] = rest
    elseif kind == "=" then pieces[#pieces + 1] = rest
    else pieces[#pieces + 1] = line == "NODE" and 1 or 2 end
  end
  number = tonumber(args[2])
  wrk.headers["Host"] = wrk.host .. ":" .. wrk.port
  head, tail = wrk.format("GET", "@"):match("^(.-)@(.*)$")
end

function request()
  number = number + 1
  local filled = { head }
  for i, piece in ipairs(pieces) do
    if piece == 1 then piece = nodes[number * 7919 % #nodes + 1]
    elseif piece == 2 then piece = string.format("%d", number) end
    filled[i + 1] = piece
  end
  filled[#filled + 1] = tail
  return table.concat(filled)
end
