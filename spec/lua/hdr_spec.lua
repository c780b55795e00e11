-- HdrHistogram's text, against what hdr-histogram-js 3.0.1 (BSD-2-Clause) printed for the same
-- 2,000 values, floor(10 * 1.005^i), with three digits and outputPercentileDistribution(5, 1000).

local C = require "engram.c"
local hdr = require "engram.hdr"
local latency = require "engram.latency"

-- Value, percentile, count up to it, 1 / (1 - percentile).
local golden = [[
0.010 0.000000000000 19 1.00
0.027 0.100000000000 206 1.11
0.073 0.200000000000 401 1.25
0.199 0.300000000000 600 1.43
0.540 0.400000000000 800 1.67
1.465 0.500000000000 1000 2.00
2.413 0.550000000000 1100 2.22
3.975 0.600000000000 1200 2.50
6.547 0.650000000000 1300 2.86
10.783 0.700000000000 1400 3.33
17.759 0.750000000000 1500 4.00
22.783 0.775000000000 1550 4.44
29.231 0.800000000000 1600 5.00
37.503 0.825000000000 1650 5.71
48.127 0.850000000000 1700 6.67
61.759 0.875000000000 1750 8.00
69.951 0.887500000000 1775 8.89
79.295 0.900000000000 1800 10.00
89.791 0.912500000000 1825 11.43
101.695 0.925000000000 1850 13.33
115.199 0.937500000000 1875 16.00
122.943 0.943750000000 1888 17.78
130.495 0.950000000000 1900 20.00
139.263 0.956250000000 1913 22.86
147.839 0.962500000000 1925 26.67
157.823 0.968750000000 1938 32.00
162.559 0.971875000000 1944 35.56
167.551 0.975000000000 1950 40.00
173.439 0.978125000000 1957 45.71
178.687 0.981250000000 1963 53.33
184.191 0.984375000000 1969 64.00
186.879 0.985937500000 1972 71.11
189.695 0.987500000000 1975 80.00
193.535 0.989062500000 1979 91.43
196.479 0.990625000000 1982 106.67
199.423 0.992187500000 1985 128.00
200.447 0.992968750000 1986 142.22
202.367 0.993750000000 1988 160.00
204.415 0.994531250000 1990 182.86
205.439 0.995312500000 1991 213.33
207.487 0.996093750000 1993 256.00
207.487 0.996484375000 1993 284.44
208.511 0.996875000000 1994 320.00
209.663 0.997265625000 1995 365.71
210.687 0.997656250000 1996 426.67
211.711 0.998046875000 1997 512.00
211.711 0.998242187500 1997 568.89
211.711 0.998437500000 1997 640.00
212.735 0.998632812500 1998 731.43
212.735 0.998828125000 1998 853.33
213.887 0.999023437500 1999 1024.00
213.887 0.999121093750 1999 1137.78
213.887 0.999218750000 1999 1280.00
213.887 0.999316406250 1999 1462.86
213.887 0.999414062500 1999 1706.67
214.911 0.999511718750 2000 2048.00
214.911 1.000000000000 2000 -
]]

local function text_of(values, scale)
    local histogram = latency.new()
    for _, ns in ipairs(values) do C.eg_histogram_record(histogram, ns) end
    return hdr.text(latency.of(histogram, nil, true), scale)
end

describe("HdrHistogram's text", function()
    local values = {}
    for i = 1, 2000 do values[i] = math.floor(10 * 1.005 ^ i) end
    local text = text_of(values, 1000)

    it("has the peer's lines: the levels exactly, the values to 1 %", function()
        local lines = text:gmatch "[^\n]+"
        assert.equal("       Value     Percentile TotalCount 1/(1-Percentile)", lines())
        for value, level, count, rest in golden:gmatch "(%S+) (%S+) (%S+) (%S+)\n" do
            local line = lines()
            local own = { line:match "^%s*(%S+) (%S+)%s+(%S+)%s*(%S*)$" }
            assert.equal(level, own[2], line)
            assert.equal(rest == "-" and "" or rest, own[4], line)
            assert.near(tonumber(value), tonumber(own[1]), tonumber(value) * 0.01 + 0.0005, line)
            -- A bucket of ours may hold values of two of the peer's.
            assert.is_true(math.abs(count - own[3]) <= 1, line)
        end
        local mean, deviation = lines():match "Mean += +(%S+), StdDeviation += +(%S+)%]"
        assert.equal("21.590", mean)
        assert.near(43.117, tonumber(deviation), 0.1)
        assert.equal("#[Max     =      214.844, Total count    =         2000]", lines())
        assert.truthy(lines():find("#[Buckets = ", 1, true))
        assert.is_nil(lines())
    end)

    it("of one value is that value at every level", function()
        local one = text_of({ 5000 }, 1000)
        assert.truthy(one:find("\n       5.000 0.000000000000          1           1.00\n" ..
            "       5.000 1.000000000000          1\n", 1, true), one)
    end)

    it("of nothing has no lines but the summary's", function()
        local none = text_of({}, 1000)
        assert.truthy(none:find("Total count    =            0]", 1, true))
        assert.is_nil(none:find "\n +%d")
        local latencies = latency.of(latency.new(), nil, true)
        assert.is_nil(latencies.buckets)
        assert.truthy(hdr.text(latencies, 1e6):find("Total count    =            0]", 1, true))
    end)
end)
