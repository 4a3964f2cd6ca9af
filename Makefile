# Two commands are enough: `make demo` and `make test`. Arguments go in ARGS: make demo ARGS="--seconds 20 --json"
# TORCH_INDEX_URL names another index for torch (its CPU wheels are a tenth of the size): passed on by `make setup`.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help setup demo test test-compose lint chaos chaos-hl7 fuzz mutants oracle clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ARGS ?=
TORCH_INDEX_URL ?=
STAMP := .venv/wardwatch-setup

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP) ## make .venv and install Wardwatch with its tools; quick when nothing changed

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Wardwatch needs Python 3.11 or later: none of python3, python3.11 .. 3.13 is" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) has no venv (Debian package python3-venv)" >&2; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@test -z "$(TORCH_INDEX_URL)" || .venv/bin/pip install --quiet torch --index-url "$(TORCH_INDEX_URL)"
	@echo 'installing into .venv: a minute or two, torch is large'
	.venv/bin/pip install --quiet -e '.[dev]'
	@touch $@

demo: setup ## show a simulated ward live in this terminal, everything embedded
	@.venv/bin/wardwatch demo $(ARGS)

# Three processes on two cores: most stack tests wait for timeouts and rebalances. Each has a Kafka and a Redis of its own.
# One thread for torch in each: threads that wait for a core spin, and take it from the others.
test: setup ## run unit, property and stack tests
	@OMP_NUM_THREADS=1 .venv/bin/pytest --numprocesses 3 --dist worksteal $(ARGS)

test-compose: setup ## bring the containers up and test them from outside
	@tests/compose/run.sh $(ARGS)

lint: setup ## check style and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

manifest: setup ## write the manifests of the shipped weights anew: hashes and versions
	@for room in models/*/weights; do .venv/bin/wardwatch weights manifest $$room || exit 1; done

chaos: setup ## kill workers, broker and Redis many times and count what was lost (an hour; --rounds and --only in ARGS)
	@.venv/bin/python -m tests.stack.chaos $(ARGS)

chaos-hl7: setup ## break everything between HL7 senders and Kafka and count what was lost (--rounds in ARGS)
	@.venv/bin/python -m tests.stack.hl7_losses $(ARGS)

fuzz: setup ## feed every door a million odd inputs (hours; --door, --runs, --seconds and --replay in ARGS)
	@.venv/bin/pip install --quiet -e '.[fuzz]'
	@.venv/bin/python -m tests.fuzz $(ARGS)

mutants: setup ## put small faults into the core and see whether a test fails (hours; --only, --sample, --gate in ARGS)
	@.venv/bin/python -m tests.mutants $(ARGS)

oracle: setup ## compare alarms with a second account of them on 100,000 random courses (hours; another number in EXAMPLES)
	WARDWATCH_TEST_ORACLE_EXAMPLES=$(or $(EXAMPLES),100000) .venv/bin/pytest -q -p no:cacheprovider --timeout=0 \
		tests/models/watch/test_limit_oracle.py tests/models/watch/test_score_oracle.py

clean: ## remove .venv, caches and what tools left behind
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
