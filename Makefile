# engram
#
#   make deps       installs what is missing, from Debian's packages
#   make demo       associative memory on real words, for five seconds
#   make test       every spec, under LuaJIT        (SPEC=file for one)
#   make lint       luacheck, compiler warnings as errors, cppcheck
#   make soak       the isolation specs at ten times the length
#   make install    PREFIX=/usr/local DESTDIR=
#   make uninstall  the same
#   make clean
#
#   make SANITIZE=address test    the same with AddressSanitizer (thread, undefined)

# ---- settings

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib/lua/5.1
LUADIR  ?= $(PREFIX)/share/lua/5.1
SANITIZE ?=
SPEC    ?= spec
CC      ?= gcc

# Optimised, with assertions; no option that would change what arithmetic means.
CFLAGS  ?= -O2 -g
OURS     = -std=c11 -I. -fPIC -pthread -fvisibility=hidden -fexceptions -fno-semantic-interposition \
           -ffp-contract=off -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -MMD -MP
LUAJIT_CFLAGS = $$(pkg-config --cflags luajit)
LUAJIT_LIBS   = $$(pkg-config --libs luajit)

PACKAGES = gcc pkg-config luajit libluajit-5.1-dev lua-cjson lua-argparse \
           lua-busted lua-penlight lua-check luarocks cppcheck strace

ifeq ($(SANITIZE),)
BUILD   = build
OURS   += -flto=auto
else
BUILD   = build/$(SANITIZE)
OURS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
PRELOAD_address   = libasan.so
PRELOAD_thread    = libtsan.so
PRELOAD_undefined = libubsan.so
endif

# ---- sources

CORE    = $(filter-out runtime/main.c,$(wildcard runtime/*.c)) $(wildcard kernels/*.c)
OBJECTS = $(CORE:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/header.o
LUA     = $(shell cd lua && find engram -type f)
PROGRAM = $(BUILD)/bin/engram
LIBRARY = $(BUILD)/lib/lua/5.1/engram/core.so
SHARE   = $(LUA:%=$(BUILD)/share/lua/5.1/%)

.PHONY: all deps demo test lint soak install uninstall clean
.DELETE_ON_ERROR:

all: $(PROGRAM) $(LIBRARY) $(SHARE)

# ---- rules

ifneq ($(filter deps,$(MAKECMDGOALS)),)
$(OBJECTS) $(BUILD)/obj/runtime/main.o test lint: | deps
endif

deps:
	@missing=; for p in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	    echo "installing from Debian's packages:$$missing"; \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CFLAGS) $(LUAJIT_CFLAGS) -c -o $@ $<

# The public header as a string: the FFI's declarations can not drift from it.
$(BUILD)/obj/header.c: runtime/engram.h Makefile
	@mkdir -p $(@D)
	@{ echo '#include "runtime/engram.h"'; echo 'const char *eg_header(void)'; echo '{'; echo '    return'; \
	   sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/        "/; s/$$/\\n"/' $<; echo '        ;'; echo '}'; } > $@

$(BUILD)/obj/header.o: $(BUILD)/obj/header.c
	$(CC) $(OURS) $(CFLAGS) -c -o $@ $<

$(LIBRARY): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CFLAGS) -shared -Wl,-z,nodelete -o $@ $^ -lm

$(PROGRAM): $(BUILD)/obj/runtime/main.o
	@mkdir -p $(@D)
	$(CC) $(OURS) $(CFLAGS) -o $@ $^ $(LUAJIT_LIBS)

$(BUILD)/share/lua/5.1/%: lua/%
	@mkdir -p $(@D)
	@cp $< $@

demo: all
	@$(PROGRAM) run recall --show -d 5s

# Debug builds of the specs run the same files; ENGRAM_BUILD says which build.
test: all
	@ENGRAM_BUILD=$(BUILD) ENGRAM_SANITIZE=$(SANITIZE) \
	LD_PRELOAD=$(if $(SANITIZE),$$($(CC) -print-file-name=$(PRELOAD_$(SANITIZE)))) \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
	TSAN_OPTIONS="suppressions=$(CURDIR)/spec/support/tsan.supp halt_on_error=1" \
	busted $(SPEC)

install: all
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/engram'
	install -m 755 $(PROGRAM) '$(DESTDIR)$(BINDIR)/engram'
	install -m 755 $(LIBRARY) '$(DESTDIR)$(LIBDIR)/engram/core.so'
	@cd lua && for f in $(LUA); do install -D -m 644 $$f '$(DESTDIR)$(LUADIR)'/$$f; done

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/engram'
	rm -rf '$(DESTDIR)$(LIBDIR)/engram' '$(DESTDIR)$(LUADIR)/engram'

clean:
	rm -rf build

-include $(OBJECTS:.o=.d) $(BUILD)/obj/runtime/main.d
