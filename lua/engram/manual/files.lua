--- What is loaded and saved, with which options, and what mapped means: `engram help files`.
--
-- The formats and their options are those that there are.

local pairs = require("engram.core").pairs
local formats = require "engram.files.formats"
local prose = require "engram.prose"
local savers = require "engram.files.savers"

local column, width = 14, 79

-- A label, and behind it what is said of it.
local function row(label, text)
    return ("  %-12s"):format(label) ..
        table.concat(prose.lines(text, width - column), "\n" .. (" "):rep(column))
end

local function keys(of)
    local list = {}
    for key in pairs(of or {}) do list[#list + 1] = key end
    table.sort(list)
    return #list > 0 and "; options " .. table.concat(list, ", ") or ""
end

local function list_of(list, said)
    local lines = {}
    for i, each in ipairs(list) do lines[i] = row(each.name, said(each)) end
    return table.concat(lines, "\n")
end

local function loaded(format)
    local where = format.is and "" or "; as = '" .. format.name .. "' alone"
    if format.suffixes and not format.is then where = "; by the end of its name" end
    return format.about .. " -> " .. format.gives .. where .. keys(format.options)
end

local function saved(saver)
    local endings = {}
    for ending in pairs(saver.endings) do endings[#endings + 1] = "." .. ending end
    table.sort(endings)
    if #endings == 0 then endings = { "as = '" .. saver.name .. "' alone" } end
    return ("%s, of %s; %s%s"):format(saver.about, saver.saves, table.concat(endings, ", "),
        keys(saver.options))
end

local text = [=[
What a file is, engram.load tells by what is in it, not by its name:

  local words = assert(engram.load(engram.data "words.npy"))
  local list = assert(engram.words(engram.data "words.txt"))
  local relations = engram.load(engram.data "words.tsv", { kinds = true })
  print(words.rows, words.dims, words.type, list:get(655), relations.edges)

It answers a frozen matrix, a graph or words, which threads share without a
copy; some formats answer words beside a matrix. engram.data names the files
that come with engram: words.npy, words.txt and words.tsv, and where make
data-full has been run full/words.npy and so on; it looks into the folder that
ENGRAM_DATA names first. Formats:

@loaded@

Options of all: as, the format, where the content does not tell it; progress, a
function of the bytes done and those in all. Of matrices: rows = { from, to },
these alone; type, converted to it ('engram help matrix'). Of graphs: what the
third column of a list of edges is, a weight by default, or with weights =
{ ["~"] = 0.5, default = 1 } a kind that has one, or with kinds = true a kind
that is kept; base, the id in the file of node 1: 0 (default) or 1; nodes, how
many there are, if more than arcs reach; dup, what arcs with the same ends
become: "sum" (default), "max" or "first"; self, what becomes of arcs from a
node to itself: "skip" (default) or "keep".

  local head = engram.load(engram.data "words.npy", { type = "i8" })
  print(head.type, head:get(1, 1) - words:get(1, 1) < 0.01)

CSV is none of these. For a name and numbers a line, sed '1d; s/,/ /g' own.csv >
own.txt makes words with vectors (1d drops a line of column names). Or in Lua:

  -- own.csv: a name, then numbers, commas between
  local names, rows = {}, {}
  for line in io.lines "own.csv" do
      local row = {}
      for x in line:gmatch ",([^,]+)" do row[#row + 1] = tonumber(x) end
      if #row > 0 then
          names[#names + 1], rows[#rows + 1] = line:match "^[^,]*", row
      end
  end
  local m, list = engram.matrix(rows), engram.words(names)
  print(m.rows, m.dims, list:find "queen")          -- engram.save keeps them

Edges between names: a table gives each an id.

  -- friends.csv: from, to, and a weight or none, commas between
  local people, ids, edges = {}, {}, {}
  local function id_of(name)
      if not ids[name] then
          people[#people + 1], ids[name] = name, #people + 1
      end
      return ids[name]
  end
  for line in io.lines "friends.csv" do
      local from, to, weight = line:match "^([^,]+),([^,\r]+),?(.*)"
      edges[#edges + 1] = { id_of(from), id_of(to), tonumber(weight) }
  end
  local g = engram.graph(#people, edges)
  print(people[g:neighbours(ids.alice)[1]])

Arrays. Halves and signed bytes stay what they are, f16, bf16 and i8 (of step
1); all other numbers become f32: whole ones within 2^24, f8 within the range of
a float, others are refused with their place. Fortran order, upper bytes first
and compressed members of .npz are refused with what to do in NumPy; checksums
are not read. Of several members or tensors, member or tensor names one. u8bin
and i8bin look the same, and a single row of .fvecs, .ivecs or .bvecs like much
else: there the end of the name tells, or as. engram.save writes bf16, and i8 of
other steps, to .npy as f32, and refuses bits. NaN and infinities in an array
are taken as they are, for what is mapped is not read: nearest puts such rows
last, and counts them. Text, word2vec's binary and graphs, which are read number
by number, must be finite: an error names the place.

Text. Lines end with LF or CRLF; UTF-8's byte order mark before the first one is
passed over. Words are any other bytes, and engram.save writes them so that they
are read again: CRLF is behind a word that ends in CR.

Graphs. A comma separates nothing in a list of edges; with kinds that are kept a
fourth column may be the weight. Entry (i, j) of a Matrix Market file is an arc
from i to j, of a symmetric one from j to i as well; it has to be square. as =
'csr' takes what the names of three files start with: g.indptr.npy,
g.indices.npy and g.data.npy, as SciPy's csr_matrix has them; what is there
stays, arcs to their own node too. as = 'wordnet' takes WordNet's folder, and
answers the graph of its synsets, the first lemma of each, and { words = every
lemma, senses = a graph from the number of a lemma to its synsets }:

  local g, names, all = engram.load("/usr/share/wordnet", { as = "wordnet" })
  if g then names:get(all.senses:neighbours(all.words:find "dog")[1]) end

What engram.save writes of a graph is loaded as the same graph, to the bit, with
self = "keep", and of edges with nodes, kinds and base where they are needed.

Errors. What can not be accepted answers nil and one line that names the file,
the byte (from 0) or line (from 1), what was found and what was expected. There
is never half a value, and no size in a header is believed before it is compared
with the size of the file.

  print(engram.load "/nonexistent/file")    -- nil, No such file or directory
  print(select(2, engram.load(engram.data "words.tsv"))) -- line 1: a weight ...

Mapped. A matrix that lies in its file as it lies in memory (f32, and f16 or i8
where rows stand on 64 bytes) is not read at all: its pages are the file's, come
when they are first looked at, are shared by all processes, and leave when there
is no room, so it may be larger than memory. Norms are made when first needed,
while the rows are read for a query. A file from 64 MiB on is asked for some MiB
ahead then, and one of over half of the memory that the process may use in every
scan, unless its device reads ahead by 1 MiB or more by itself: that is as fast
as the disk. A file may be renamed, replaced or deleted while it is mapped. One
that becomes shorter, or whose disk fails, makes every later use of the matrix
or of its rows an error that names it, and never a crash; who reads behind
data() finds zeros.

All of a file is written, or the one that was there stays. A symbolic link stays
one: the file that it points to is written.

  local path = os.tmpname()
  print(engram.save(path, words, { as = "npy" }))   -- true, or nil and why
  os.remove(path)

@saved@

On the command line, each with its progress and --help:

  engram inspect FILE                 shape, norms, zero rows, NaN, duplicates;
                                      of graphs degrees, loops, components
  engram convert IN OUT --type f16    from any of the first list to any of the
                                      second; --rows 1..1000 takes a part
]=]

text = text:gsub("@loaded@", function() return list_of(formats.list, loaded) end)
return (text:gsub("@saved@", function() return list_of(savers.list, saved) end))
