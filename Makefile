# Every door of the project. "make" alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export GOFLAGS := -tags=duckdb_arrow
export CGO_ENABLED := 1

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
ARGS ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/heliu
	@go build -ldflags "-X main.version=$(VERSION)" -o bin/heliu ./cmd/heliu

.PHONY: run
run: build ## the sample company end to end, in demo/; again: only what is new
	@[ -e demo/heliu.yaml ] || bin/heliu init --demo demo
	@bin/heliu run --demo --project demo $(ARGS)

.PHONY: test
test: ## every test that needs nothing but Go
	go test -timeout 30m ./...

.PHONY: test-kill
test-kill: ## kill the nightly job 50 times at random instants, and compare what it leaves
	HELIU_WHOLE_KILLS=50 go test -count=1 -timeout 30m -run '^TestKilled$$/at_random' -v ./test/whole

.PHONY: test-real
test-real: ## install and start the real systems, and run the whole job against them
	@work=$$(mktemp -d); up=; trap '[ -z "$$up" ] || { kill $$up || true; wait $$up || true; }; test/real/down.sh "$$work"; rm -rf "$$work"' EXIT; trap 'exit 130' INT TERM; \
		test/real/up.sh "$$work" & up=$$!; \
		go build -o "$$work/heliu" ./cmd/heliu; \
		go test -run '^$$' -tags=duckdb_arrow,real ./warehouse/lake ./publish ./test/real/... >/dev/null; \
		wait $$up; up=; set -a; . "$$work/env"; set +a; export HELIU_WHOLE_BINARY="$$work/heliu"; \
		go test -count=1 -timeout 30m -p=1 -tags=duckdb_arrow,real ./warehouse/lake ./publish ./test/real/...

.PHONY: trino
trino: ## install and start one Trino node with a lake, to try; Ctrl-C stops it, .cache/trino keeps the lake
	@test/trino/try.sh .cache/trino

.PHONY: test-trino
test-trino: ## install and start one Trino node with its lake, and test everything that runs on it
	@work=$$(mktemp -d); up=; trap '[ -z "$$up" ] || { kill $$up || true; wait $$up || true; }; test/trino/down.sh "$$work"; rm -rf "$$work"' EXIT; trap 'exit 130' INT TERM; \
		test/trino/up.sh "$$work" & up=$$!; \
		go build -o "$$work/heliu" ./cmd/heliu; \
		go test -run '^$$' -tags=duckdb_arrow,trino ./warehouse/trino/... ./test/trino/... ./test/whole >/dev/null; \
		wait $$up; up=; set -a; . "$$work/env"; set +a; export HELIU_WHOLE_BINARY="$$work/heliu"; \
		go test -count=1 -timeout 30m -p=1 -tags=duckdb_arrow,trino ./warehouse/trino/... ./test/trino/...; \
		go test -count=1 -timeout 45m -run '^TestTrino$$' -tags=duckdb_arrow,trino ./test/whole

.PHONY: bench-trino
bench-trino: ## both engines on the same companies, of two sizes: time, what the program adds to the cluster's, bytes read
	@work=$$(mktemp -d); trap 'test/trino/down.sh "$$work"; rm -rf "$$work"' EXIT; trap 'exit 130' INT TERM; \
		nice -n 10 test/trino/up.sh "$$work"; go build -o "$$work/heliu" ./cmd/heliu; \
		set -a; . "$$work/env"; set +a; export HELIU_WHOLE_BINARY="$$work/heliu"; \
		go test -count=1 -timeout 60m -run '^TestBenchTrino$$' -v -tags=duckdb_arrow,trino,trinobench ./test/whole

.PHONY: lint
lint: ## formatting, vet, and the rules of the house
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):" $$unformatted >&2; exit 1; fi
	go vet ./...
	go test -count=1 ./internal/archtest

.PHONY: bench
bench: build ## Heliu beside plain DuckDB and its peers, on one data set
	@bench/run.sh $(ARGS)

.PHONY: clean
clean: ## remove what was built here: bin, demo, dist, .cache
	@rm -rf bin demo dist .cache coverage.out
