-- The loop that a Lua programmer would write: it builds no list, so the peer has it as easy as can be.
local function fold(first, last, initial, f)
    local result = initial
    for x = first, last do result = f(result, x) end
    return result
end
print(fold(1, 10000000, 0, function(a, x) return a + x end))
