--- Folder: one of a spec's own for its files, empty for each `it`.
--
--    local folder = require "spec.support.folder".new()
--    before_each(folder.make)
--    after_each(folder.remove)
--    local path = folder.write("g.txt", "0 1\n")       -- folder.path_of "g.txt"
--    folder.bytes_of "g.txt"                           -- what is in it
--    folder.listing()                                  -- the names, hidden ones too, in order

local folders = {}

function folders.new()
    local path = os.tmpname()
    os.remove(path)
    local folder = { path = path }

    function folder.make() assert(os.execute("mkdir " .. path) == 0) end

    function folder.remove() os.execute("rm -r " .. path) end

    function folder.path_of(name) return path .. "/" .. name end

    function folder.write(name, text)
        local file = assert(io.open(folder.path_of(name), "wb"))
        file:write(text)
        file:close()
        return folder.path_of(name)
    end

    function folder.bytes_of(name)
        local file = assert(io.open(folder.path_of(name), "rb"))
        local text = file:read "*a"
        file:close()
        return text
    end

    function folder.listing()
        local names, pipe = {}, io.popen("LC_ALL=C ls -A " .. path)
        for name in pipe:lines() do names[#names + 1] = name end
        pipe:close()
        return names
    end

    return folder
end

return folders
