--- Shipped: the files of the data that come with engram.

local function read(path)
    local file = assert(io.open(path, "rb"))
    local content = file:read "*a"
    file:close()
    return content
end

local function write(path, content)
    local file = assert(io.open(path, "wb"))
    assert(file:write(content))
    file:close()
end

-- What a command prints, errors too, and its exit code.
local function shell(command)
    local pipe = io.popen("{ " .. command .. "; } 2>&1; echo $?")
    local output, code = pipe:read("*a"):match "^(.-)(%d+)\n$"
    pipe:close()
    return output, tonumber(code)
end

local function npy_header(rows, columns)
    local dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
    dict = dict:format(rows, columns)
    return "\147NUMPY\1\0\118\0" .. dict .. (" "):rep(117 - #dict) .. "\n"
end

return {
    read = read, write = write, shell = shell, npy_header = npy_header,
}
