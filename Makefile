# engram
#
#   make help       this text
#   make deps       installs what is missing, from Debian's packages
#   make demo       associative memory on real words, for five seconds
#   make test       every spec, under LuaJIT        (SPEC=file for one)
#   make lint       luacheck, compiler warnings as errors, cppcheck
#   make neon       the kernels' specs on an emulated AArch64   (SPEC=file for one)
#   make fuzz       every reader of files, under libFuzzer   (TIME=60 seconds in all, FORMAT=npy,
#                   SEED=1 for the same inputs each time, as far as TIME reaches)
#   make soak       the isolation specs at ten times the length
#   make bench-peers  what engram bench measures against, from Debian's packages
#   make data-full  installs all of GloVe 100d and WordNet 3.0 as engram.data "full/..."
#   make install    PREFIX=/usr/local DESTDIR=
#   make uninstall  the same
#   make clean      takes away what was built; make distclean also what data-full installed
#
#   make SANITIZE=address test    the same with AddressSanitizer (thread, undefined)

# ---- settings

NEON := $(filter neon,$(MAKECMDGOALS))
FUZZ := $(filter fuzz,$(MAKECMDGOALS))

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib/lua/5.1
LUADIR  ?= $(PREFIX)/share/lua/5.1
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
INCDIR  ?= $(PREFIX)/include
SANITIZE ?=
SPEC    ?= $(if $(NEON),spec/kernels,spec)
TIME    ?= 60
FORMAT  ?=
SEED    ?= 0
INPUT   ?=
CC       = $(if $(NEON),aarch64-linux-gnu-gcc,$(if $(FUZZ),clang,gcc))

# Optimised, with assertions; no option that would change what arithmetic means.
CFLAGS  ?= -O2 -g
OURS     = -std=c11 -I. -fPIC -pthread -fvisibility=hidden -fexceptions -fno-semantic-interposition \
           -ffp-contract=off -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -MMD -MP
LUAJIT_CFLAGS = $$(pkg-config --cflags luajit)
LUAJIT_LIBS   = $$(pkg-config --libs luajit)

PACKAGES = gcc pkg-config luajit libluajit-5.1-dev lua-cjson lua-argparse \
           lua-busted lua-penlight lua-check luarocks cppcheck strace
PEERS    = gcc g++ libc6-dev pkg-config sysbench libopenblas-dev libfaiss-dev libgraphblas-dev libigraph-dev \
           libapr1-dev libjemalloc2 libmimalloc2.0 libgoogle-perftools4

ifneq ($(NEON),)
$(if $(SANITIZE),$(error make neon has no sanitizers))
# Debian's packages for AArch64 are unpacked beside the build; those of this machine stay alone.
BUILD   = build/neon
OURS   += -flto=auto
ROOT    = $(CURDIR)/$(BUILD)/root
APT     = $(CURDIR)/$(BUILD)/apt
GET     = apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root \
          -o Dir::State=$(APT) -o Dir::State::status=$(APT)/status -o Dir::Cache=$(APT)
# Fused operands of Debian 12's LuaJIT can become instructions that AArch64 does not have.
LUAJIT  = qemu-aarch64 -L $(ROOT) $(ROOT)/usr/bin/luajit -O-fuse
LUAJIT_LIBS = -L$(ROOT)/usr/lib/aarch64-linux-gnu -l:libluajit-5.1.so.2
PACKAGES += gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
PACKAGES_OF_ROOT = luajit libluajit-5.1-2 lua-cjson lua-filesystem lua-system lua-term libc6 libgcc-s1
else ifneq ($(FUZZ),)
# The readers are fuzzed, not the kernels' arithmetic: its plain versions do. clang has another
# name for what our poison goes by.
BUILD   = build/fuzz
OURS   += -w -DISA_SCALAR_ONLY -D__SANITIZE_ADDRESS__ -fsanitize=address,undefined -fno-omit-frame-pointer \
          -fno-sanitize-recover=all
PACKAGES += clang libclang-rt-dev llvm
else ifeq ($(SANITIZE),)
BUILD   = build
OURS   += -flto=auto
PRELOAD =
else
BUILD   = build/$(SANITIZE)
OURS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
PRELOAD_address   = libasan.so
PRELOAD_thread    = libtsan.so
PRELOAD_undefined = libubsan.so
PRELOAD = $$($(CC) -print-file-name=$(PRELOAD_$(SANITIZE)))
endif

# ---- sources

CORE    = $(filter-out runtime/main.c,$(wildcard runtime/*.c)) $(wildcard kernels/*.c kernels/files/*.c)
OBJECTS = $(CORE:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/header.o
LUA     = $(shell cd lua && find engram -type f)
PROGRAM = $(BUILD)/bin/engram
LIBRARY = $(BUILD)/lib/lua/5.1/engram/core.so
SHARE   = $(LUA:%=$(BUILD)/share/lua/5.1/%)
HEADERS = $(BUILD)/include/engram/engram.h $(BUILD)/include/engram/engram_inline.h
SHIMS   = $(filter-out $(PEERS_SHIMS),$(wildcard lua/engram/bench/shims/*.c))
PEERS_SHIMS = $(addprefix lua/engram/bench/shims/,openblas.c simsimd.c graphblas.c igraph.c apr.c)

.PHONY: all help deps bench-peers data-full demo test lint neon fuzz soak install uninstall clean distclean
.DELETE_ON_ERROR:

# The program writes its own man page, and what shells complete; one of another machine, or a
# sanitizer's, need not.
MANUAL  = $(if $(NEON)$(FUZZ)$(SANITIZE),,$(BUILD)/share/man/man1/engram.1)
SHELLS  = bash-completion/completions/engram zsh/site-functions/_engram \
          fish/vendor_completions.d/engram.fish
OFFERED = $(if $(MANUAL),$(SHELLS:%=$(BUILD)/share/%))

all: $(PROGRAM) $(LIBRARY) $(SHARE) $(HEADERS) $(MANUAL) $(OFFERED)

# ---- rules

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

ifneq ($(filter deps neon fuzz,$(MAKECMDGOALS)),)
$(OBJECTS) $(BUILD)/obj/runtime/main.o build/fuzz/readers test lint: | deps
endif

define install_packages
	@missing=; for p in $(1); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	    echo "installing from Debian's packages:$$missing"; \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

deps:
	$(call install_packages,$(PACKAGES))

# SimSIMD is in no package of Debian's: npm install simsimd.
bench-peers:
	$(call install_packages,$(PEERS))

# 118 MB are fetched, and a minute is spent; not where all is there and right.
DATA = build/share/lua/5.1/engram/data
FULL = $(wildcard $(DATA)/full/words.npy)

data-full: all
	$(if $(FULL),,$(call install_packages,wordnet-base $(if $(shell command -v npm),,npm)))
	@luajit $(DATA)/full.lua

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "compile $<"
	@$(CC) $(OURS) $(CFLAGS) $(LUAJIT_CFLAGS) -c -o $@ $<

# The public header as a string: the FFI's declarations can not drift from it.
AS_C = sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/        "/; s/$$/\\n"/'
$(BUILD)/obj/header.c: runtime/engram.h runtime/engram_inline.h Makefile
	@mkdir -p $(@D)
	@{ echo '#include "runtime/engram.h"'; \
	   echo 'const char *eg_header(void) {'; echo '    return'; $(AS_C) runtime/engram.h; echo '        ;'; echo '}'; \
	   echo 'const char *eg_header_inline(void) {'; echo '    return'; $(AS_C) runtime/engram_inline.h; \
	   echo '        ;'; echo '}'; } > $@

$(BUILD)/obj/header.o: $(BUILD)/obj/header.c
	@$(CC) $(OURS) $(CFLAGS) -c -o $@ $<

# Every user's library sees its names: it keeps to its own where another has the same.
$(LIBRARY): $(OBJECTS)
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(OURS) $(CFLAGS) -shared -Wl,-z,nodelete,-Bsymbolic -o $@ $^ -lm

$(PROGRAM): $(BUILD)/obj/runtime/main.o
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(OURS) $(CFLAGS) -o $@ $^ $(LUAJIT_LIBS)

$(BUILD)/share/lua/5.1/%: lua/%
	@mkdir -p $(@D)
	@cp $< $@

$(BUILD)/include/engram/%: runtime/%
	@mkdir -p $(@D)
	@cp $< $@

build/share/man/man1/engram.1: $(PROGRAM) $(LIBRARY) $(SHARE)
	@mkdir -p $(@D)
	@$(PROGRAM) help man > $@

build/share/bash-completion/% build/share/zsh/% build/share/fish/%: $(PROGRAM) $(LIBRARY) $(SHARE)
	@mkdir -p $(@D)
	@$(PROGRAM) help completion-$(firstword $(subst -, ,$(subst /, ,$(@:build/share/%=%)))) > $@

demo: all
	@$(PROGRAM) recall ocean
	@echo
	@$(PROGRAM) run recall -d 5s

# ENGRAM_BUILD tells the specs which build they test. The sanitizer's library must come
# before luajit's own; spec/helper.lua takes it out of the environment of children.
test: all
	@ENGRAM_BUILD=$(BUILD) ENGRAM_SANITIZE=$(SANITIZE) ENGRAM_PRELOAD=$(PRELOAD) \
	LD_PRELOAD=$(PRELOAD) \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
	TSAN_OPTIONS=halt_on_error=1 \
	luajit "$$(command -v busted)" --ignore-lua $(SPEC)

# Everything that can be said without running it. Warnings of both compilers are errors.
lint:
	luacheck -q lua spec rockspec
	@mkdir -p build/lint
	@for cc in $(CC) $$(command -v aarch64-linux-gnu-gcc); do for f in $(CORE) runtime/main.c; do \
	    echo "lint $$f"; \
	    $$cc $(OURS) $(LUAJIT_CFLAGS) -O2 -Werror -fno-lto -c -o build/lint/lint.o $$f || exit 1; \
	done; done
	@for f in $(SHIMS) $(wildcard spec/fuzz/*.c); do \
	    echo "lint $$f"; \
	    $(CC) $(OURS) $(LUAJIT_CFLAGS) -Iruntime -O2 -Werror -fno-lto -c -o build/lint/lint.o $$f || exit 1; \
	done
	@for machine in __x86_64__ __aarch64__; do \
	    echo "cppcheck -D$$machine"; \
	    cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -I. -D$$machine \
	        --enable=warning,performance,portability --suppress=missingIncludeSystem runtime kernels \
	        $(SHIMS) spec/fuzz \
	        || exit 1; \
	done

# busted itself is Lua, and this machine's; what it has in C comes with the emulated one.
neon: all
	@ENGRAM_BUILD=$(BUILD) ENGRAM_LUAJIT='$(LUAJIT)' $(LUAJIT) "$$(command -v busted)" --ignore-lua $(SPEC)

ifneq ($(NEON),)
$(PROGRAM): | $(ROOT)

$(ROOT): | deps
	@echo "unpack Debian's packages for AArch64: $(PACKAGES_OF_ROOT)"
	@rm -rf $@.part $(APT)
	@mkdir -p $(APT)/lists/partial $(APT)/archives/partial
	@touch $(APT)/status
	@$(GET) update
	@cd $(APT) && $(GET) download $(PACKAGES_OF_ROOT)
	@for package in $(APT)/*.deb; do dpkg -x $$package $@.part || exit 1; done
	@mv $@.part $@
endif

build/fuzz/obj/%: OURS += -fsanitize=fuzzer-no-link

# What is fuzzed lies in memory, not on a disk. What was found stays in build/fuzz/found.
fuzz: $(BUILD)/readers $(LIBRARY) $(SHARE)
	@files=$$(mktemp -d /dev/shm/engram-fuzz.XXXXXX); trap 'rm -rf "$$files"' EXIT; \
	ENGRAM_BUILD=$(BUILD) FUZZ_FOLDER=$$files \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16 \
	luajit spec/fuzz/run.lua $(BUILD)/readers $(BUILD) '$(TIME)' '$(SEED)' '$(FORMAT)' '$(INPUT)'

build/fuzz/readers: spec/fuzz/readers.c Makefile
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(OURS) $(CFLAGS) $(LUAJIT_CFLAGS) -c -o $@.o $<
	@$(CC) $(OURS) $(CFLAGS) -fsanitize=fuzzer -rdynamic -o $@ $@.o $(LUAJIT_LIBS)

soak: all
	@ENGRAM_BUILD=$(BUILD) ENGRAM_SOAK=10 luajit "$$(command -v busted)" --ignore-lua spec/isolation_spec.lua

install: all
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/engram'
	install -m 755 $(PROGRAM) '$(DESTDIR)$(BINDIR)/engram'
	install -m 755 $(LIBRARY) '$(DESTDIR)$(LIBDIR)/engram/core.so'
	install -d '$(DESTDIR)$(INCDIR)/engram'
	install -m 644 $(HEADERS) '$(DESTDIR)$(INCDIR)/engram'
	@cd lua && for f in $(LUA); do install -D -m 644 $$f '$(DESTDIR)$(LUADIR)'/$$f; done
	@for f in $(wildcard $(DATA)/full/*); do \
	    install -D -m 644 $$f '$(DESTDIR)$(LUADIR)'/engram/data/full/$${f##*/}; \
	done
	$(if $(MANUAL),install -D -m 644 $(MANUAL) '$(DESTDIR)$(MANDIR)/man1/engram.1')
	@for f in $(if $(MANUAL),$(SHELLS)); do install -D -m 644 $(BUILD)/share/$$f '$(DESTDIR)$(DATADIR)'/$$f; done

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/engram' '$(DESTDIR)$(MANDIR)/man1/engram.1' $(SHELLS:%='$(DESTDIR)$(DATADIR)/%')
	rm -rf '$(DESTDIR)$(LIBDIR)/engram' '$(DESTDIR)$(LUADIR)/engram' '$(DESTDIR)$(INCDIR)/engram'

# What was fetched for minutes is no work of the compiler's.
clean:
	@[ ! -d build ] || find build ! -type d ! -path '$(DATA)/full/*' ! -path '$(DATA)/full.part/*' -delete
	@[ ! -d build ] || find build -depth -type d -empty -delete

distclean:
	rm -rf build

-include $(OBJECTS:.o=.d) $(BUILD)/obj/runtime/main.d
