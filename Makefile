# `make run` and `make test` are all the set-up there is. Everything else is a part of the two.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help run test check format lint unit shows bench build

PORT ?= 8080
TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## says what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 16

run: ## builds, then starts the server in memory with examples/hello, watching this repository
	@scripts/install.sh build
	cargo build --locked --package pikoci
	@PIKOCI='$(TARGET)/debug/pikoci' PORT='$(PORT)' scripts/run.sh

test: ## installs and starts what it needs, runs everything, stops it, leaves nothing behind
	@scripts/test.sh

check: format lint unit ## the quick loop: format, lints, hermetic tests

format:
	cargo fmt --all --check

lint:
	cargo clippy --locked --workspace --all-targets -- -D warnings

unit:
	cargo test --locked --workspace

build:
	cargo build --locked --workspace --all-targets

shows: ## runs the scripts of tests/shows on the real binary (ONLY='01 03' picks some)
	@scripts/test.sh shows $(ONLY)

bench: ## measures a release build: one table, and bench-output/bench.json
	@scripts/install.sh build
	cargo build --locked --release --package pikoci --package pikoci-bench
	$(TARGET)/release/pikoci-bench --pikoci $(TARGET)/release/pikoci --output bench-output/bench.json
