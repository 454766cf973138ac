# Everything goes through SwiftPM; these are the short ways.

SWIFT ?= swift
PREFIX ?= /usr/local
SCRATCH ?= .build

# Linked statically: the program then starts faster and runs where no Swift is installed. lld leaves out what is not used.
RELEASE = -c release --product reuse --scratch-path $(SCRATCH)
STATIC = -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker --gc-sections -Xlinker --strip-debug
ifeq ($(shell uname -s),Linux)
RELEASE += $(STATIC)
endif

# What is installed decides what the package is made of; in the environment, so that SwiftPM looks again where it changes.
HEADERS = readline/readline.h sqlite3.h
export REUSE_HEADERS = $(shell ls $(HEADERS:%=/usr/include/%) $(HEADERS:%=/usr/local/include/%) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test quick lint accept check bench build install clean swift headers tmux

help:
	@echo 'make run       build and run samples/china-exports.reuse'
	@echo 'make build     build the command, .build/release/reuse'
	@echo 'make test      build and run all tests; prints what fails, and a summary'
	@echo 'make quick     build, and run the suites that match: make quick SUITES=Parser'
	@echo 'make lint      look at the layout of all Swift files'
	@echo 'make accept    write the goldens of Tests/Errors anew'
	@echo 'make check     all that CI does'
	@echo 'make bench     speed beside Lua'
	@echo 'make install   build, and copy the command to PREFIX/bin (PREFIX=$(PREFIX))'
	@echo 'make clean     remove what was built'

swift:
	@command -v $(SWIFT) >/dev/null || { \
	    echo 'Swift 6.3 or later is needed and was not found on the PATH.' >&2; \
	    echo 'Install it from https://www.swift.org/install, or say where it is: make SWIFT=/path/to/swift' >&2; \
	    exit 1; }

# Debian packages, by a file that each brings: installed where they are missing and that is possible.
define installed
@test -n "$$(ls $(1) 2>/dev/null)" || { \
    echo 'installing $(2), $(3)' >&2; \
    { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $(2); } >&2 || \
    echo 'going on without it: $(strip $(4))' >&2; }
endef
SUDO = $(if $(filter 0,$(shell id -u)),,$(shell command -v sudo))

headers:
ifeq ($(REUSE_WITHOUT_READLINE),)
	$(call installed,/usr/include/readline/readline.h /usr/local/include/readline/readline.h,libreadline-dev,for the prompt,\
	    it will read plain lines)
endif
	$(call installed,/usr/include/sqlite3.h /usr/local/include/sqlite3.h,libsqlite3-dev,for tables in databases,\
	    they cannot be read)

tmux:
	$(call installed,/usr/bin/tmux /usr/local/bin/tmux,tmux,for tests of the prompt,some of them are left out)

build: swift headers
	@$(SWIFT) build $(RELEASE)

run: build
	@$(SCRATCH)/release/reuse run samples/china-exports.reuse

# Optimised, as what is shipped: so the tests take a tenth of the time. A folder of its own, since they see more of the modules.
# Printed are failures, with all of their lines, and the summary: what passes would be 400,000 characters.
TESTED = $(SCRATCH)/tested
LOG = $(TESTED)/test.log
define failures
/^(\[[0-9]+\/[0-9]+\]|◇|✔|➜|􀟈|􁁛|􀄵)/ { on = 0; if (!/Test run with/) next } \
/^(✘|􀢄)|error: |Fatal error|Program crashed|[*][*][*]/ { on = 1 } \
on || /Test run with [0-9]+ test|Executed [0-9]+ test|^(.*\/)?(Sources|Tests|stdlib)\/[^ ]*: warning: /
endef
define tested
@mkdir -p $(TESTED)
@$(SWIFT) test -c release --scratch-path $(TESTED) -Xswiftc -enable-testing $(1) >$(LOG) 2>&1; status=$$?; \
    awk '$(failures)' $(LOG); exit $$status
endef
test: swift headers tmux
	@echo 'building and running all tests, which takes some minutes; all that they say is in $(LOG)'
	$(call tested)

# What a change to one module needs: an incremental build, and the suites that match.
SUITES ?= ReuseSyntaxTests|TableTests|FittingTests|LanguageProgramTests|GoldenErrorTests
quick: swift headers
	$(call tested,--filter '$(SUITES)')

lint: swift
	@$(SWIFT) format lint --strict -r Sources Tests Package.swift

accept: export REUSE_ACCEPT = 1
accept: swift headers
	$(call tested,--filter 'GoldenErrorTests|PromptTests')
	@git status --short Tests docs

check: swift
	@bash .ci/run

bench: swift
	@$(SWIFT) run -c release --package-path Benchmarks

install: build
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(SCRATCH)/release/reuse '$(DESTDIR)$(PREFIX)/bin/reuse'

clean:
	rm -rf $(SCRATCH)
