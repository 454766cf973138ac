local function count(i, total)
    if i == 0 then return total else return count(i - 1, total + i) end
end
print(count(10000000, 0))
