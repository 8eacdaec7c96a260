# The only door: what people and CI run. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOLS   := $(CURDIR)/.tools
export PATH := $(TOOLS)/bin:$(PATH)
CARGO   ?= cargo
PROFILE ?= dev
HOST     = $(shell rustc -vV | sed -n 's/^host: //p')
TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)

.PHONY: help run worker demo release release-check test test-fast e2e soak conformance fuzz lint fmt gen gallery bench bench-compare load audit services-up services-down tools ci

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ## Serve everything in one process on http://127.0.0.1:8000 (needs Rust and a C compiler, nothing else)
	$(CARGO) run --profile $(PROFILE) -p atelier-api

worker: ## Run a further worker process on the same data directory
	$(CARGO) run --profile $(PROFILE) -p atelier-worker

demo: ## Drive sign-up to try-on result over HTTP with sample pictures; prints where the picture is
	$(CARGO) build --profile $(PROFILE) -p atelier-api
	tests/demo.sh

release: ## Build the three binaries into dist/, linked statically: they run on any Linux of this processor, without any library (FEATURES=simd-jpeg: pictures by libjpeg-turbo, needs cmake and nasm)
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --release --locked --target $(HOST) -p atelier-api -p atelier-worker -p atelier-admin $(if $(FEATURES),--features $(FEATURES))
	install -D -t dist $(addprefix $(TARGET_DIR)/$(HOST)/release/,atelier-api atelier-worker atelier-admin)
	strip --strip-debug dist/*

release-check: ## Prove that dist/ needs no library, and drive it from sign-up to a try-on in an empty root directory (needs root)
	tests/release.sh dist

test: tools ## Get and start the servers and the browser the tests need, then run every test, the built binaries' journeys included
	$(CARGO) test --workspace --exclude atelier-bench --doc -q
	tests/servers/tools.sh $(TOOLS) simd-jpeg
	$(CARGO) nextest run -p atelier-adapter-imaging --features simd-jpeg --profile ci
	trap 'tests/servers/services.sh down' EXIT; tests/servers/services.sh up; \
	  set -a; eval "$$(tests/servers/services.sh env)"; browser=$$(tests/browser/get.sh $(TOOLS)); eval "$$browser"; eval "$$(tests/conformance/get.sh $(TOOLS))"; set +a; \
	  REQUIRE_BACKENDS=1 $(CARGO) nextest run --workspace --exclude atelier-bench --profile ci

test-fast: tools ## Run the tests that need no server and no running binary
	$(CARGO) nextest run

e2e: tools ## Only the journeys with the built binaries, faults included
	$(CARGO) build --workspace --exclude atelier-bench --bins
	trap 'tests/servers/services.sh down' EXIT; tests/servers/services.sh up; \
	  set -a; eval "$$(tests/servers/services.sh env)"; browser=$$(tests/browser/get.sh $(TOOLS)); eval "$$browser"; eval "$$(tests/conformance/get.sh $(TOOLS))"; set +a; \
	  REQUIRE_BACKENDS=1 $(CARGO) nextest run -p atelier-test-e2e --profile ci

soak: tools ## The fault tests with 500 try-ons each, unreliable vendors with 1 000; the data service killed under 100 clients, with 10 000 leases and 10 000 programs of two owners; 2 000 programs of two persons; the try-on engine on 200 spoilt inputs and its calibration on 140 spoilt photos (two hours)
	$(CARGO) build --workspace --exclude atelier-bench --bins
	trap 'tests/servers/services.sh down' EXIT; tests/servers/services.sh up s3 mongo postgres postgres15 redis; \
	  set -a; eval "$$(tests/servers/services.sh env)"; set +a; \
	  SOAK=1 REQUIRE_BACKENDS=1 $(CARGO) nextest run -p atelier-test-e2e -p atelier-test-api -p atelier-adapter-postgres -p atelier-adapter-fitting --profile soak \
	    -E 'test(faults::) or test(kills::) or test(vendors::unreliable) or test(proofs::storm::) or test(proofs::leases::) or test(tenants::) or test(strangers::) or test(bodies::) or test(frames::) or test(fuzz::) or test(calibration::)'

conformance: tools ## Call every operation a hundred times and compare what is answered with the OpenAPI document (ten minutes)
	$(CARGO) build --workspace --exclude atelier-bench --bins
	trap 'tests/servers/services.sh down' EXIT; tests/servers/services.sh up postgres; \
	  set -a; eval "$$(tests/servers/services.sh env)"; eval "$$(tests/conformance/get.sh $(TOOLS))"; set +a; \
	  CONFORMANCE_EXAMPLES=100 REQUIRE_BACKENDS=1 $(CARGO) nextest run -p atelier-test-e2e --profile soak -E 'test(conformance::)'

fuzz: ## Send random pictures and forms, five minutes each (SECONDS_PER_TARGET, TARGETS)
	tests/fuzz/run.sh $(TOOLS)

lint: tools ## Formatting, clippy, documentation, dependency rules, structure
	$(CARGO) fmt --all --check
	tests/servers/tools.sh $(TOOLS) simd-jpeg
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items -q
	cargo-deny --log-level error check bans licenses sources
	tests/structure/check.sh

lint-container: ## Check the Dockerfile with hadolint
	@tests/servers/tools.sh $(TOOLS) container
	hadolint Dockerfile

fmt: ## Format the code
	$(CARGO) fmt --all

gen: ## Write docs/openapi.json from the code
	$(CARGO) run -q -p atelier-admin -- openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

gallery: ## Write docs/gallery: every sample person in every sample garment
	$(CARGO) run -q -p atelier-adapter-fitting --example gallery

bench: ## Measure the try-on engine, image intake beside sharp and Pillow, and the store (one core: taskset -c 0 make bench)
	$(CARGO) bench -p atelier-bench

bench-compare: ## The same load on this service and on its FastAPI peer (bench/peer), with mongod and an S3 server; takes ten minutes
	bench/compare.sh

load: ## Bounded load on a service of its own; prints latencies
	$(CARGO) build -p atelier-api
	tests/load.sh

audit: tools ## Check dependencies against the advisory database (needs the network)
	cargo-deny check advisories

services-up: ## Get and start the servers the tests use
	tests/servers/services.sh up

services-down: ## Stop them
	tests/servers/services.sh down

tools: ## Install the tools the targets use into .tools
	@tests/servers/tools.sh $(TOOLS)

ci: tools lint test ## What CI runs: lint, every test (one of them compares docs/openapi.json with the code)
