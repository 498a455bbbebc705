# Every target is one line in `make help`. Needs git, make and Python 3.11+ with venv.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint lock faults states bench clean

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/run-stamp ## everything on this machine, no account, no container; RESET=1 starts afresh; Ctrl-C stops it
	@exec $(BIN)/python -m moonlit demo $(if $(filter 1,$(RESET)),--reset)

test: $(VENV)/test-stamp lint ## all tests but the long ones, on the embedded PostgreSQL, without network
	@$(BIN)/python -m moonlit assets
	@$(BIN)/python -m tests.browser
	@$(BIN)/pytest -n 2 --dist loadgroup

test-all: $(VENV)/test-stamp lint ## everything: long tests too, another time zone, PostgreSQL 18, mutations
	@$(BIN)/python -m moonlit assets
	@$(BIN)/python -m tests.browser
	@MOONLIT_LONG=1 $(BIN)/pytest -n 2 --dist loadgroup
	@TZ=Pacific/Auckland $(BIN)/pytest -n 2 --dist loadgroup
	@MOONLIT_PG_MAJOR=18 $(BIN)/pytest -n 2 --dist loadgroup
	@$(BIN)/python -m tests.mutation

lint: $(VENV)/test-stamp ## style, types of the domain, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

lock: $(VENV)/test-stamp ## compile both lock files anew (needs uv)
	@sh tools/lock.sh

faults: $(VENV)/test-stamp ## every fault at every call and commit of a booking, a cancel, a move; prints a table
	@$(BIN)/python -m tests.faults

states: $(VENV)/test-stamp ## photograph every state of the patient's pages, in both languages, themes and widths; axe on each
	@$(BIN)/python -m moonlit assets
	@$(BIN)/python -m tests.states

bench: $(VENV)/test-stamp ## measure; prints a table and writes bench/results
	@$(BIN)/python -m moonlit bench

clean: ## remove the virtual environment and everything built; the demo's data stays
	@rm -rf $(VENV) build moonlit/static/dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/run-stamp: requirements.lock
	@sh tools/install.sh requirements.lock "$(PYTHON)"
	@touch $@

$(VENV)/test-stamp: requirements-test.lock
	@sh tools/install.sh requirements-test.lock "$(PYTHON)"
	@touch $@ $(VENV)/run-stamp
