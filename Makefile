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

.DEFAULT_GOAL := help
.PHONY: help run test build install clean swift

help:
	@echo 'make run       build and run samples/china-exports.reuse'
	@echo 'make build     build the command, .build/release/reuse'
	@echo 'make test      build and run all tests'
	@echo 'make install   build, and copy the command to PREFIX/bin (PREFIX=$(PREFIX))'
	@echo 'make clean     remove what was built'

swift:
	@command -v $(SWIFT) >/dev/null || { \
	    echo 'Swift 6.3 or later is needed and was not found on the PATH.' >&2; \
	    echo 'Install it from https://www.swift.org/install, or say where it is: make SWIFT=/path/to/swift' >&2; \
	    exit 1; }

build: swift
	@$(SWIFT) build $(RELEASE)

run: build
	@$(SCRATCH)/release/reuse run samples/china-exports.reuse

test: swift
	@$(SWIFT) test --scratch-path $(SCRATCH)

install: build
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(SCRATCH)/release/reuse '$(DESTDIR)$(PREFIX)/bin/reuse'

clean:
	rm -rf $(SCRATCH)
