-- Lines of a text, each shown where it stands; a sanitizer watches both ends of the text.

local c_program = require "spec.support.c_program"

-- Arguments: in pairs, the longest line and a text in hexadecimal. Prints each line's number,
-- its fields in brackets, its length, and how many bytes are done with.
local source = [[
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernels/files/lines.h"

static void show(const lines *at, int come)
{
    printf("%d%s", (int)at->number, come == LINES_TOO_LONG ? "!" : "");
    const char *stop, *field = lines_field(at->line, at->end, &stop);
    for (; field; field = lines_field(stop, at->end, &stop)) {
        printf("[");
        for (const char *c = field; c < stop; c++) {
            if (*c > ' ' && *c <= '~') printf("%c", *c);
            else printf("\\%d", (unsigned char)*c);
        }
        printf("]");
    }
    printf("%d,%.0f ", (int)(at->end - at->line), lines_done_bytes(at));
}

static void show_all(size_t longest, const char *hex)
{
    size_t length = strlen(hex) / 2;
    char *text = malloc(length > 0 ? length : 1);
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        text[i] = (char)byte;
    }
    eg_file file = {.bytes = text, .size_bytes = (double)length};
    lines at;
    lines_start(&at, &file, longest);
    int come;
    while ((come = lines_next(&at)) == LINES_LINE) show(&at, come);
    if (come == LINES_TOO_LONG) show(&at, come);
    printf("\n");
    free(text);
}

int main(int count, char **arguments)
{
    for (int i = 1; i + 1 < count; i += 2) show_all((size_t)atoi(arguments[i]), arguments[i + 1]);
    return 0;
}
]]

describe("lines", function()
    local cases = {
        { "nothing", "", "" },
        { "one without an end", "a b", "1[a][b]3,3 " },
        { "one", "a b\n", "1[a][b]3,4 " },
        { "CRLF", "a\r\n\r\nb\r", "1[a]1,3 20,5 3[b]1,7 " },
        { "a return inside", "a\rb\n\r\r\n", "1[a\\13b]3,4 2[\\13]1,7 " },
        { "empty ones", "\n\nx\n\n", "10,1 20,2 3[x]1,4 40,5 " },
        { "blanks and tabs", " \t a\t\tbc  \n \t", "1[a][bc]10,11 22,13 " },
        { "zeros", "\0a \0\n", "1[\\0a][\\0]4,5 " },
        { "as long as may be", "12345678\n12345678\r\n12345678",
            "1[12345678]8,9 2[12345678]8,19 3[12345678]8,27 " },
        { "one byte longer", "a\n123456789\nb\n", "1[a]1,2 2![12345678]8,12 " },
        { "one byte longer, CRLF", "123456789\r\n", "1![12345678]8,11 " },
        { "one byte longer, last", "123456789", "1![12345678]8,9 " },
        { "far longer", ("x"):rep(100), "1![xxxxxxxx]8,100 " },
        { "behind a byte order mark", "\239\187\191a\n\239\187\191",
            "1[a]1,5 2[\\239\\187\\191]3,8 " },
        { "behind half a mark", "\239\187", "1[\\239\\187]2,2 " },
        { "with a return where the limit is", "12345678\r9\n", "1![12345678]8,11 " },
    }

    it("are found", function()
        local arguments = {}
        for i, case in ipairs(cases) do
            local hex = case[2]:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
            arguments[i] = (case[1]:find "blanks" and 20 or 8) .. " '" .. hex .. "'"
        end
        local code, out, err = c_program.run(source, "kernels/files/lines.c",
            table.concat(arguments, " "))
        assert.equal(0, code, err)
        local i = 0
        for found in out:gmatch "([^\n]*)\n" do
            i = i + 1
            assert.same({ cases[i][1], cases[i][3] }, { cases[i][1], found })
        end
        assert.equal(#cases, i)
    end)
end)
