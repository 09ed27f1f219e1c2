# Everything that a developer or CI runs. `make` alone lists the targets.
#
# Each target sets up what it needs and may be repeated: what is up to date is
# left alone. Results and tools go to bin/, npm's packages to node_modules/.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

export CGO_ENABLED := 0

VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
HAMAWAZ_SHARED ?= $(abspath ../shared)

# What the tests run, each as command:package of Debian.
TEST_NEEDS := redis-server:redis-server chromium:chromium pdftotext:poppler-utils
STATICCHECK_VERSION := v0.8.2
GOVULNCHECK_VERSION := v1.9.0
INSTALL := yes

ENGINE := node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
# npm writes this file last, so it stands for a complete node_modules.
MODULES := node_modules/.package-lock.json
VENDOR := dashboard/static/vendor
ASSET_SOURCES := $(shell find dashboard -path $(VENDOR) -prune -o \
	-type f \( -name '*.sh' -o -name '*.js' -o -name '*.mjs' \) -print 2>/dev/null)
GO_FOLDERS = $(wildcard cmd collector analytics dashboard jobs schema)

.PHONY: help build demo test test-data test-race lint vuln bench clean \
	need-go need-node need-test FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: bin/hamawaz ## npm packages, assets and bin/hamawaz

demo: build ## everything on this machine with a stand-in for the platforms: make demo ARGS="--listen 127.0.0.1:9000"
	@exec bin/hamawaz demo $(ARGS)

test: need-test build ## all tests; installs redis-server, chromium and poppler-utils where it may; a skip is a failure
	@$(call tests,test,go test -count=1 -timeout 30m -v $(ARGS) ./...)

test-data: need-test build ## the measurements on real data in ../shared (HAMAWAZ_SHARED names another folder)
	@[ -d '$(HAMAWAZ_SHARED)' ] || { \
		echo "make test-data needs the folder $(HAMAWAZ_SHARED): put the shared data there, or set HAMAWAZ_SHARED." >&2; exit 1; }
	@$(call tests,test-data,HAMAWAZ_SHARED='$(HAMAWAZ_SHARED)' go test -count=1 -timeout 30m -v -tags data -run '^TestData' $(ARGS) ./...)

test-race: INSTALL := no
test-race: need-test build ## all tests under the race detector; needs a C compiler, installs nothing
	@cc=$$(go env CC); command -v "$${cc%% *}" >/dev/null || { \
		echo "make test-race needs a C compiler: install gcc (Debian: apt-get install gcc libc6-dev)." >&2; exit 1; }
	@$(call tests,test-race,CGO_ENABLED=1 go test -race -count=1 -timeout 45m -v $(ARGS) ./...)

lint: need-go bin/assets.stamp ## gofmt, go vet and staticcheck, with and without the tag data
	@badly=$$(gofmt -l $(GO_FOLDERS)); [ -z "$$badly" ] || { \
		printf 'These files are not gofmt-ed (gofmt -w mends them):\n%s\n' "$$badly" >&2; exit 1; }
	go vet ./...
	go vet -tags data ./...
	@tool=bin/staticcheck-$(STATICCHECK_VERSION)-$$(go env GOVERSION); \
	if [ ! -x "$$tool" ]; then \
		GOBIN='$(CURDIR)/bin' go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION); \
		mv bin/staticcheck "$$tool"; \
	fi; \
	set -x; "$$tool" ./...; "$$tool" -tags data ./...

vuln: need-go bin/assets.stamp ## known vulnerabilities in what we use; needs the internet, so it is not part of CI
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...

bench: build ## one line of JSON per measure; ARGS go to `hamawaz bench`
	@bin/hamawaz bench $(ARGS)

clean: ## remove bin/ and the built assets; node_modules/ and data stay
	rm -rf bin $(VENDOR) $(VENDOR).new

# Go's own cache decides what to compile, so this always asks it. Progress goes
# to standard error: `make -s bench >file` holds measures alone.
bin/hamawaz: FORCE need-go bin/assets.stamp
	@echo "go build -o $@ ($(VERSION))" >&2
	@go build -buildvcs=false -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/hamawaz

bin/assets.stamp: $(MODULES) $(ASSET_SOURCES) $(if $(wildcard $(VENDOR)/*),,FORCE)
	@mkdir -p bin
	@echo "sh dashboard/assets.sh" >&2
	@sh dashboard/assets.sh >&2
	@touch $@

# npm leaves out an optional package that did not arrive, and says nothing.
$(MODULES): package.json package-lock.json | need-node
	@echo "npm ci" >&2
	@npm ci --ignore-scripts --no-audit --no-fund >&2
	@if [ ! -f $(ENGINE) ]; then \
		if [ "$$(uname -sm)" = "Linux x86_64" ]; then \
			echo "npm left out the ClickHouse engine ($(ENGINE)): it needs glibc and 600 MB of disk; run make again." >&2; exit 1; \
		fi; \
		echo "note: package.json has no ClickHouse engine for $$(uname -sm): only a ClickHouse server can be the store here." >&2; \
	fi
	@touch $@

need-go:
	@v=$$(go env GOVERSION 2>/dev/null | sed -n 's/.*go1\.\([0-9]*\).*/\1/p') || true; \
	[ "$${v:-0}" -ge 26 ] || { echo "Hamawaz needs Go 1.26 or newer on the PATH." >&2; exit 1; }

need-node:
	@v=$$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p') || true; \
	[ "$${v:-0}" -ge 20 ] && command -v npm >/dev/null || { echo "Hamawaz needs Node.js 20 or newer, with npm, on the PATH." >&2; exit 1; }

need-test:
	@missing=; for need in $(TEST_NEEDS); do \
		command -v "$${need%%:*}" >/dev/null || missing="$$missing $${need#*:}"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	sudo=; \
	if [ '$(INSTALL)' = no ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need$$missing (names of Debian's packages): install what is missing and run make again." >&2; exit 1; \
	elif [ "$$(id -u)" != 0 ]; then \
		sudo="sudo -n"; \
		$$sudo true 2>/dev/null || { echo "The tests need$$missing: run 'sudo apt-get install$$missing' and then make again." >&2; exit 1; }; \
	fi; \
	apt="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"; \
	mkdir -p bin; echo "apt-get install$$missing" >&2; \
	{ $$apt update && $$apt install -y --no-install-recommends $$missing; } >bin/apt.log 2>&1 || { \
		tail -n 20 bin/apt.log >&2; echo "apt-get could not install$$missing: see bin/apt.log." >&2; exit 1; }

FORCE:

# tests NAME, COMMAND: runs go test with everything kept in bin/NAME.log and the
# gist on the terminal. Fails when go test does, when a test was skipped, and
# when none ran. The counts go to bin/NAME.count too.
tests = set -o pipefail; mkdir -p bin; rm -f bin/$(1).count; \
	$(2) 2>&1 | tee bin/$(1).log | awk -v name=$(1) "$$REPORT"

# Reads `go test -v`: a line per package, all that a failed or skipped test
# printed, then 'N passed, N failed' alone. Subtests count like tests; a package
# that failed with no failed test (it does not compile, it panicked) counts one.
define REPORT
function title(line) {
	sub(/^.*--- [A-Z]+: /, "", line)
	sub(/ \([0-9.]+s\)$$/, "", line)
	return line
}
function note(test) {
	if (test in noted) return
	noted[test] = 1
	order[++marked] = test
}
function finish(pkg, bad,    i) {
	for (i = 1; i <= marked; i++) {
		printf "%s", out[order[i]]
		if (order[i] in skips) skipped[++skippedCount] = pkg ": " order[i]
		if (order[i] in fails) failed[++failedCount] = pkg ": " order[i]
	}
	if (bad && (!failedHere || panicked)) {
		for (i = (lines > 120 ? lines - 119 : 1); i <= lines; i++) print tail[i]
		if (!failedHere) failed[++failedCount] = pkg
	}
	delete out; delete order; delete noted; delete skips; delete fails; delete tail
	marked = failedHere = panicked = lines = 0
	test = ""
}
function keep(line) {
	if (test == "") { print line; fflush(); return }
	out[test] = out[test] line "\n"
	tail[++lines] = line
}
/^=== (RUN|CONT|NAME) / { test = $$3; next }
/^=== PAUSE / { next }
/--- SKIP: / { skips[title($$0)] = 1; note(title($$0)); test = title($$0); keep($$0); next }
/^ *--- PASS: / { passed++; next }
/^ *--- FAIL: / { failedHere++; fails[title($$0)] = 1; note(title($$0)); test = title($$0); keep($$0); next }
/^(PASS|FAIL)$$/ { next }
/^testing: warning: no tests to run$$/ { next }
/^ok  \t/ { finish($$2, 0); if ($$0 !~ /\[no tests to run\]/) { print; fflush() } next }
/^FAIL\t/ { finish($$2, 1); print; fflush(); next }
/^(\?   )?\t.*(\[no test files\]|coverage:)/ { finish($$1, 0); next }
/^panic: / { panicked = 1 }
{ keep($$0) }
END {
	if (lines || marked) finish("(no package)", 1)
	for (i = 1; i <= failedCount; i++) print (i == 1 ? "\nFailed:\n  " : "  ") failed[i]
	for (i = 1; i <= skippedCount; i++) print (i == 1 ? "\nSkipped, and nothing may be:\n  " : "  ") skipped[i]
	if (!passed && !failedCount) print "\nNo test ran."
	if (failedCount || skippedCount || !passed) print "Everything that was printed: bin/" name ".log"
	print passed + 0, failedCount + 0 > ("bin/" name ".count")
	printf "\n%d passed, %d failed\n", passed, failedCount
	exit (failedCount || skippedCount || !passed) ? 1 : 0
}
endef
export REPORT
