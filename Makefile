# make run      the sample shop behind the gateway; UPSTREAM=http://… for another server
# make test     all checks and tests; installs what they need
# make bench    the gateway's cost, beside plain reverse_proxy in the same run
# make prove    what make test samples, in full, and films played: some minutes; installs ffmpeg
# make mutate   whether the tests notice each filter that is switched off: half an hour
# make fuzz     a minute for each fuzz target; FUZZTIME=… for another time
# make simulate many simulated lives of visitors, compared with what the gateway tells; LIVES=…, PEOPLE=…
# make conform  the suites of HTTP/2 and of HTTP caching, beside plain Caddy; needs npm
# make lint     the linters
# make race     all tests under the race detector
# make vuln     known vulnerabilities, for those who can reach the database

SHELL    := /bin/sh
GO       ?= go
FAIRWAY  := bin/fairway
FROM     ?= :8080
FUZZTIME ?= 60s
LIVES    ?= 5
PEOPLE   ?= 200
TOOLS    := $(CURDIR)/.tools
LINTER   := $(TOOLS)/golangci-lint
H2SPEC   := $(TOOLS)/h2spec
CACHING  := $(TOOLS)/npm/node_modules/http-cache-tests
PACKAGES := ./...

export CGO_ENABLED ?= 0

.PHONY: run build test needs check unit race bench fuzz simulate conform prove mutate lint fmt vuln clean

run: build
ifdef UPSTREAM
	@exec $(FAIRWAY) consent proxy --from "$(FROM)" --to "$(UPSTREAM)"
else
	@exec $(FAIRWAY) consent demo
endif

build:
	@test -x $(FAIRWAY) || echo "Building Fairway. The first time this compiles Caddy and takes some minutes."
	@$(GO) build -o $(FAIRWAY) ./module/cmd/fairway

test: needs check unit

# Programs that tests drive: packages of Debian, and one of npm.
needs:
	@./testdata/needs

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run make fmt"; exit 1; }
	$(GO) vet $(PACKAGES)

unit:
	FAIRWAY_TEST_ALL=1 $(GO) test -shuffle=on -timeout 15m $(PACKAGES)

race:
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -timeout 30m $(PACKAGES)

prove:
	@./testdata/needs prove
	FAIRWAY_TEST_ALL=1 FAIRWAY_PROVE=1 $(GO) test -count=1 -timeout 20m -run 'FilmsPlay|PicturesDecode|EveryTag' -v ./filters/image
	FAIRWAY_TEST_ALL=1 FAIRWAY_PROVE=1 $(GO) test -count=1 -timeout 60m -run 'Parse5|RealPages|NothingIsFetched|Chunks|Identity|Monotone|Shape' -v ./filters/page
	FAIRWAY_TEST_ALL=1 FAIRWAY_PROVE=1 $(GO) test -count=1 -timeout 20m -run 'RandomMarkup' -v ./module/cmd/fairway

mutate:
	FAIRWAY_MUTATE=1 $(GO) test -count=1 -timeout 3h -run TestMutants -v ./internal/mutation

bench:
	@$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

fuzz:
	@for target in $$(grep -rhoE '^func Fuzz[A-Za-z0-9_]*' --include='*_test.go' . | sed 's/^func //' | sort -u); do \
		package=$$(dirname $$(grep -rlE "^func $$target\(" --include='*_test.go' . | head -n 1)); \
		echo "$$package $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	done

simulate: needs
	@for life in $$(seq 1 $(LIVES)); do \
		FAIRWAY_TEST_ALL=1 FAIRWAY_SIMULATED_LIFE=$$life FAIRWAY_SIMULATED_PEOPLE=$(PEOPLE) \
			$(GO) test -count=1 -timeout 30m -run '^TestLife$$' ./module || exit 1; \
	done

conform: $(H2SPEC) $(CACHING)
	FAIRWAY_H2SPEC=$(H2SPEC) FAIRWAY_CACHE_TESTS=$(CACHING) \
		$(GO) test -count=1 -timeout 15m -v -run '^TestConform' ./module

$(H2SPEC):
	@GOBIN=$(TOOLS) $(GO) install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible

$(CACHING):
	@npm install --prefix $(TOOLS)/npm --no-audit --no-fund --silent http-cache-tests@0.4.5

lint: $(LINTER)
	$(LINTER) run

$(LINTER):
	@echo "Installing the linter. This takes some minutes."
	@GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

fmt:
	@gofmt -w $$(git ls-files '*.go')

vuln:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./...

clean:
	rm -rf bin caddy .tools
