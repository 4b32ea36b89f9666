# Quorate. Bare `make` lists the targets. Everything but `lint`, `generate` and what a test says it needs takes Go, gcc and make alone.

GO        ?= go
NEED_GO   := 1.26
LINT_VERSION := v2.15.0
# One set of flags for everything, so that SQLite is compiled once; no path of the builder in the binary.
export GOFLAGS += -trimpath
LDFLAGS   := -s -w
PREFIX    ?= /usr/local
DESTDIR   ?=
export CGO_ENABLED = 1

.DEFAULT_GOAL := help
.PHONY: help build test race check lint fmt generate words examples fuzz cover mutate soak soak-faults bench truth truth-reach demo install uninstall clean tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

tools: # says in one line what is missing to build
	@command -v $(GO) >/dev/null 2>&1 || { echo "make: Go is missing: Quorate needs Go $(NEED_GO) or later (https://go.dev/dl)" >&2; exit 1; }
	@v=$$($(GO) env GOVERSION | sed 's/^go//'); [ "$$(printf '%s\n' $(NEED_GO) "$$v" | sort -V | head -n1)" = "$(NEED_GO)" ] || { echo "make: Go $$v is too old: Quorate needs Go $(NEED_GO) or later (https://go.dev/dl)" >&2; exit 1; }
	@command -v gcc >/dev/null 2>&1 || { echo "make: gcc is missing: SQLite is compiled from C (Debian, Ubuntu: apt-get install gcc libc6-dev)" >&2; exit 1; }

build: tools ## the stripped binary ./quorate
	$(GO) build -ldflags '$(LDFLAGS)' -o quorate .

test: tools ## every test; what needs more than Go and gcc is skipped and listed at the end
	@scripts/test

race: tools ## every test under the race detector
	@scripts/test -race

check: tools ## format, vet, lint and the import rules: what CI runs before the tests
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "not formatted (make fmt):" >&2; echo "$$bad" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) mod verify
	$(GO) test -run 'TestHouse' .
	$(MAKE) --no-print-directory lint

lint: ## golangci-lint, pinned
	@bin=$$($(GO) env GOPATH)/bin/golangci-lint; \
	"$$bin" version 2>/dev/null | grep -q '$(LINT_VERSION:v%=%)' || $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION); \
	"$$bin" run ./...

fmt: ## gofmt, and the canonical form of the example configurations
	gofmt -w $$(git ls-files '*.go')
	$(GO) run . fmt examples/hcl

generate: ## protobuf (needs protoc 3.21)
	$(GO) generate ./...

words: ## the words that "--share" lets pass: those of the program's own messages
	$(GO) test ./internal/share -run TestWords -update

examples: tools ## the example plugins
	$(GO) build -o bin/ ./examples/plugins/...

fuzz: tools ## every fuzz target for 10 s
	@scripts/fuzz

cover: tools ## what the tests of identity, consensus, sanitizer and gate cover; fails under 95 %
	@scripts/cover

mutate: tools ## mistakes in identity and consensus, one by one: each must fail a test (about 10 min)
	@$(GO) run ./internal/mutate

SOAK ?= 5000
soak: tools soak-faults ## the faults at length, the property tests with SOAK stories each, a minute of each fuzz target and an hour of SNMP's, a storm (three hours)
	$(GO) test -timeout 2h ./consensus ./identity ./pipeline -rapid.checks=$(SOAK)
	@FUZZTIME=1m scripts/fuzz ./consensus ./identity
	@FUZZTIME=20m scripts/fuzz ./plugins/snmp-direct
	QUORATE_TEXTS=2500 $(GO) test -count=1 -timeout 30m -run TestKramdown ./internal/sanitize
	QUORATE_LABS=1000 $(GO) test -count=1 -timeout 2h -run TestCanaryLabs -v ./e2e/posts
	QUORATE_STORM=10m $(GO) test -run '^$$' -bench 'Storm/storm' -benchtime 1x -timeout 30m ./e2e

soak-faults: tools ## 500 kills, crash points, 200 power losses, sick disks, a 10-minute storm; prints the table of docs/reliability.md (40 min)
	@scripts/soak-faults

bench: build ## figures: stages, store, memory, latency
	@scripts/bench

truth: tools ## the truth score over 1,000 seeded labs, as Markdown (docs/truth.md)
	@$(GO) run ./internal/truth/cmd

truth-reach: build ## time to verdict with the agent's own eyes and without, as Markdown (docs/truth.md); takes root and 7 minutes
	@$(GO) build -o quorate-outages ./internal/truth/outages
	@./quorate-outages; status=$$?; rm -f quorate-outages; exit $$status

demo: build ## the simulated home lab, in a browser
	@./quorate demo

install: build ## binary, systemd unit and folders, under $(PREFIX); DESTDIR for packagers
	install -D -m 0755 quorate $(DESTDIR)$(PREFIX)/bin/quorate
	install -D -m 0644 packaging/quorate.service $(DESTDIR)/etc/systemd/system/quorate.service
	install -D -m 0644 packaging/quorate.sysusers $(DESTDIR)/usr/lib/sysusers.d/quorate.conf
	install -d -m 0750 $(DESTDIR)/etc/quorate
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then \
		systemd-sysusers /usr/lib/sysusers.d/quorate.conf || useradd --system --home-dir /var/lib/quorate --shell /usr/sbin/nologin quorate; \
		chown quorate:quorate /etc/quorate; fi
	@echo "Next: quorate init /etc/quorate && systemctl daemon-reload && systemctl enable --now quorate"

uninstall: ## what install put there; configuration and data stay
	rm -f $(DESTDIR)$(PREFIX)/bin/quorate $(DESTDIR)/etc/systemd/system/quorate.service $(DESTDIR)/usr/lib/sysusers.d/quorate.conf

clean: ## what make built
	rm -rf quorate bin dist
