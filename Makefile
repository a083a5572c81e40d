# skep: everything a newcomer needs. Each target installs what it needs (as root, Debian 12).
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Clones side by side share what is built; precompiled headers are cached, too.
export CCACHE_NOHASHDIR = 1
export CCACHE_BASEDIR = $(CURDIR)
export CCACHE_SLOPPINESS = pch_defines,time_macros

DEV := build/dev
RELEASE := build/release

.PHONY: help
help:
	@echo 'make demo       install, build and show live rows (about a minute)'
	@echo 'make test       install, build and run the tests (about 25 minutes from nothing)'
	@echo 'make test-long  the tests that take longer (under 50 minutes)'
	@echo 'make release    the optimised command: $(RELEASE)/skep'
	@echo 'make dev        the build that the tests use (g++, sanitizers)'
	@echo 'make vm         run a command on another kernel: KERNEL=6.12 CMD="build/release/skep tools"'
	@echo 'make fuzz       look for inputs that break a parser, for SECONDS=600'
	@echo 'make tidy       format check and clang-tidy'
	@echo 'make measure    start-up, memory and size figures of the README'
	@echo 'make bench      skep beside bpftrace, bcc, libbpf-tools, perf and libbpf: writes docs/benchmarks.md (as root, 15 minutes)'
	@echo 'make install    install the command (PREFIX=/usr/local)'
	@echo 'make docs       the reference of the library: build/docs/index.html'
	@echo 'make clean      remove all build output'

.PHONY: deps deps-build
deps:
	@scripts/install-deps
deps-build:
	@scripts/install-deps build

.PHONY: release
release: deps-build
	@scripts/build release

.PHONY: dev
dev: deps
	@scripts/build dev

.PHONY: demo
demo: release
	@scripts/demo $(RELEASE)/skep

.PHONY: test
test: dev
	@scripts/run-tests $(DEV)

.PHONY: test-long
test-long: dev
	@scripts/install-deps long
	@scripts/run-tests --long $(DEV)

.PHONY: vm
KERNEL = 6.12
CMD = $(RELEASE)/skep run execsnoop --duration 5s & sleep 3; ls /; wait
vm: release
	@scripts/install-deps vm
	@scripts/vm --kernel $(KERNEL) -- '$(CMD)'

.PHONY: fuzz
SECONDS = 600
fuzz: deps
	@scripts/fuzz $(SECONDS)

.PHONY: tidy
tidy: deps
	@scripts/tidy

.PHONY: measure
measure: release
	@scripts/measure $(RELEASE)/skep

.PHONY: bench
bench: release
	@scripts/install-deps bench
	@scripts/bench $(RELEASE)

.PHONY: install
PREFIX ?= /usr/local
install: release
	cmake --install $(RELEASE) --prefix $(PREFIX) --strip

.PHONY: docs
docs: deps
	@mkdir -p build/docs
	@doxygen docs/Doxyfile
	@echo build/docs/index.html

.PHONY: clean
clean:
	rm -rf build
