# Every target sets up what it needs; none asks a question.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

PEERS := tests/peers/node_modules/.installed
KANNEL := /usr/sbin/bearerbox /usr/lib/kannel/test/fakesmsc
# How many tests run at once; each has a PostgreSQL of its own.
JOBS ?= 2
OF_DOMAIN := tests/domain tests/dialogues tests/catalogue
# For `make demo`, `make serve`, `make unit`: what the command is given, as in `make demo ARGS=--exit`.
ARGS ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo serve test lint types contracts unit bench-understanding bench-webhooks bench-matching bench-roster bench bench-claims bench-turns bench-sends bench-whole bench-clock bench-figures bench-pages attack bench-quality bench-telling drill drills peers kannel cover others lock messages screenshots clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Shiftline needs Python 3.11 or newer: install it, or name it with 'make PYTHON=/path/to/python'."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Shiftline needs Python 3.11 or newer; $(PYTHON) is older. Name another with 'make PYTHON=python3.12 …'."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment: on Debian and Ubuntu, 'apt-get install python3-venv' first."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Installing what Shiftline stands on (hash-checked) …"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $(STAMP)

setup: $(STAMP) ## install into .venv

demo: $(STAMP) ## play a week of a poll with virtual workers, then serve it (ARGS=--exit: do not serve)
	@$(BIN)/shiftline demo $(ARGS)

serve: $(STAMP) ## web and work in one process, on the PostgreSQL that comes along
	@$(BIN)/shiftline serve $(ARGS)

test: lint types contracts ## everything that must hold: style, types, rooms, tests, coverage of the domain
	@$(MAKE) --no-print-directory --keep-going cover others

lint: $(STAMP) ## ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . >/dev/null || { echo "Not formatted; '$(BIN)/ruff format .' does it."; exit 1; }

types: $(STAMP) ## basedpyright, strict
	@$(BIN)/basedpyright --level error --threads $(JOBS)

contracts: $(STAMP) ## import-linter: who may import whom
	@$(BIN)/lint-imports --no-logo

unit: $(STAMP) ## the pure domain alone, in seconds (ARGS goes to pytest)
	@$(BIN)/python -m pytest -q tests/domain $(ARGS)

bench-understanding: $(STAMP) ## how well and how fast replies are read, on the corpus in tests/replies (ARGS="--show bn": what is not)
	@$(BIN)/python -m benchmarks.understanding $(ARGS)

bench-webhooks: $(STAMP) ## inbound webhooks committed a second, beside a bare endpoint that parses the same form (ARGS="--json FILE")
	@$(BIN)/python -m benchmarks.webhooks $(ARGS)

bench-matching: $(STAMP) ## how long a need takes to find its services among 100,000 (ARGS="--services N", "--needs N", "--json FILE")
	@$(BIN)/python -m benchmarks.matching $(ARGS)

bench-roster: $(STAMP) ## how fast a roster of 100,000 rows streams in (ARGS: rows)
	@$(BIN)/python -m benchmarks.roster $(ARGS)

bench-claims: $(STAMP) ## a claim with a million texts waiting (ARGS="--json FILE", "--rows N")
	@$(BIN)/python -m benchmarks.claims $(ARGS)

bench-turns: $(STAMP) ## replies in the inbox to effects committed, by one process (ARGS="--workers N", "--profile FILE")
	@$(BIN)/python -m benchmarks.turns $(ARGS)

bench-sends: $(STAMP) ## texts a second through the Twilio carrier, beside a bare loop of POSTs (ARGS="--profile FILE")
	@$(BIN)/python -m benchmarks.sends $(ARGS)

bench-whole: $(STAMP) ## whole turns a second, from a reply's webhook to the next question at the carrier, beside a bare turn
	@$(BIN)/python -m benchmarks.whole $(ARGS)

bench-clock: $(STAMP) ## timers that are due among a million, and the opening of a round of a million (ARGS="--workers N")
	@$(BIN)/python -m benchmarks.clock $(ARGS)

bench: $(STAMP) ## the figures of the engine, each beside a bare loop, as a table and var/bench.json (ARGS="--only claims sends", "--workers N")
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quality: $(STAMP) ## how often honest sites are flagged and coached ones found, in simulated rounds (ARGS: rounds)
	@$(BIN)/python -m benchmarks.quality $(ARGS)

bench-telling: $(STAMP) ## how long it takes to write to everybody who was asked what was done (ARGS=people)
	@$(BIN)/python -m benchmarks.telling $(ARGS)

bench-figures: $(STAMP) ## dashboards at 10⁵ and 10⁷ answers, publishing 500 sites × 40 indicators, roll-ups in a turn (ARGS: which of them)
	@$(BIN)/python -m benchmarks.figures $(ARGS)

bench-pages: $(STAMP) ## pages at 500 sites × 20 rounds: processor time on the server (ARGS="50 5": other sizes)
	@$(BIN)/python -m benchmarks.pages $(ARGS)

attack: $(STAMP) ## an intruder with a linear solver on a thousand programmes' published figures (PROGRAMMES=1000)
	@PROGRAMMES=$(or $(PROGRAMMES),1000) $(BIN)/python -m pytest -q -n $(JOBS) tests/domain/test_disclosure_intruder.py $(ARGS)

drill: $(STAMP) kannel ## 2,000 people, 5 questions, 110 kill -9 of web, work and Kannel, PostgreSQL stopped three times (ARGS="--seed 2", "carrier", …)
	@$(BIN)/python -m tests.drills $(ARGS)

drills: $(STAMP) kannel ## every drill in turn: kills, crashes, hosts cut off, a full disk, bad carriers, bad webhooks, clocks (ARGS="--people 50")
	@$(BIN)/python -m tests.drills all $(ARGS)

peers: $(PEERS) ## other people's programs that the tests hold us to (npm; without it those tests are skipped)

$(PEERS): tests/peers/package-lock.json
	@if command -v npm >/dev/null; then \
	  echo "Installing the tests' peers from npm …"; \
	  cd tests/peers && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.installed; \
	else \
	  echo "!! npm IS NOT HERE: the tests against Twilio's contract and the segment oracle will be skipped."; \
	fi

kannel: ## the gateway that the tests of the Kannel carrier talk to (apt-get, as root or by sudo; without it they are skipped)
	@if [ "$$(ls $(KANNEL) 2>/dev/null | wc -l)" -eq 2 ]; then exit 0; fi; \
	if [ "$$(id -u)" -eq 0 ]; then as=""; else as="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
	  echo "Installing Debian's Kannel …"; \
	  wants="env DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -qq install -y --no-install-recommends kannel kannel-extras"; \
	  $$as $$wants >/dev/null 2>&1 \
	    || { $$as timeout 180 apt-get -qq update >/dev/null 2>&1; $$as $$wants >/dev/null 2>&1; } \
	    || echo "!! KANNEL COULD NOT BE INSTALLED: the tests against the real gateway will be skipped."; \
	else \
	  echo "!! KANNEL IS NOT HERE, AND apt-get CANNOT BE USED: the tests against the real gateway will be skipped."; \
	fi

cover: $(STAMP) ## the tests of the domain, and its branch coverage, which must be 95 % or more
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -q -n $(JOBS) --dist worksteal $(OF_DOMAIN) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --show-missing --fail-under=95

# Without the tracer, which takes as long again as what it looks at.
others: $(STAMP) $(PEERS) kannel ## all other tests: on PostgreSQL, Kannel, other people's programs and a browser
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(OF_DOMAIN:%=--ignore=%) tests $(ARGS)

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml (UPGRADE=--upgrade: newest releases)
	@$(BIN)/uv pip compile pyproject.toml --extra exports --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --quiet $(UPGRADE) --output-file requirements.lock

messages: $(STAMP) ## bring the catalogs of the pages' languages up to date with what the pages say
	@$(BIN)/python -m tests.tools.messages

screenshots: $(STAMP) ## the README's pictures, from a demo that runs (ADDRESS=…, KEY=…: what `make demo` prints)
	@$(BIN)/python -m tests.tools.screenshots $(ADDRESS) $(KEY)

clean: ## remove what was installed and what was run (var/ and its data too)
	@rm -rf $(VENV) var dist tests/peers/node_modules .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
