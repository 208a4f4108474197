# make run    a page at http://127.0.0.1:7860 over the articles in corpus/
# make test   every test, several files of them at once
# make lint   ruff and mypy
#
# Each target sets up what it needs in .venv. Another interpreter: make run PYTHON=/path/to/python3

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint chromium postgresql nginx constraints lock sbom bench bench-quick

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
PYTEST_ARGS ?=
DATA ?= data
BENCH_ARGS ?=

# The versions in constraints.txt hold for the build tools, too.
PIP := PIP_BUILD_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

# The first Python 3.11 or newer that can make a virtual environment.
$(BIN)/python:
	@for candidate in "$(PYTHON)" python3.11 python3.12 python3.13 python3.14 python3; do \
		if [ -n "$$candidate" ] && "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$candidate" --version)"; \
			"$$candidate" -m venv $(VENV); \
			$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.3'; \
			exit 0; \
		fi; \
	done; \
	echo "newsqa needs Python 3.11 or newer with venv. On Debian and Ubuntu: sudo apt-get install python3 python3-venv" >&2; \
	exit 1

# The stamps make installation a step that is repeated only when what it installs has changed.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing newsqa (some minutes the first time)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing newsqa and what its tests need (some minutes the first time)"
	@$(PIP) -e '.[dev]'
	@touch $(VENV)/.runtime $@

run: $(VENV)/.runtime
	@$(BIN)/newsqa ingest corpus
	@$(BIN)/newsqa serve

test: $(VENV)/.dev chromium postgresql nginx
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict

# The browser tests drive Debian's Chromium.
chromium:
	@if [ ! -x /usr/bin/chromium ]; then \
		sudo=""; \
		if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
		if ! command -v apt-get >/dev/null || { [ -n "$$sudo" ] && ! command -v sudo >/dev/null; }; then \
			echo "The browser tests need /usr/bin/chromium, and it cannot be installed from here (apt-get and root or sudo are needed)." >&2; \
			echo "Install Chromium there, or run the other tests: $(BIN)/python -m pytest -m 'not browser'" >&2; \
			exit 1; \
		fi; \
		echo "Installing Chromium for the browser tests"; \
		$$sudo apt-get update -qq; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	fi

# newsqa beside other systems on the articles in DATA: docs/benchmarks.md. A run that was broken off goes on.
bench: $(BIN)/python
	@$(BIN)/python -m benchmarks.peers --data "$(DATA)" $(BENCH_ARGS)

bench-quick: $(BIN)/python
	@$(BIN)/python -m benchmarks.peers --data "$(DATA)" --articles 200 --rounds 3 $(BENCH_ARGS)

# Some tests start a PostgreSQL of their own, in a temporary folder. Without it they are skipped.
postgresql:
	@if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then \
		sudo=""; \
		if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
		if command -v apt-get >/dev/null && { [ -z "$$sudo" ] || command -v sudo >/dev/null; }; then \
			echo "Installing PostgreSQL for the tests of a shared index"; \
			$$sudo apt-get update -qq; \
			$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
		fi; \
	fi

# Some tests put a proxy in front of newsqa. Without it they are skipped.
nginx:
	@if [ ! -x /usr/sbin/nginx ]; then \
		sudo=""; \
		if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
		if command -v apt-get >/dev/null && { [ -z "$$sudo" ] || command -v sudo >/dev/null; }; then \
			echo "Installing nginx for the tests behind a proxy"; \
			$$sudo apt-get update -qq; \
			$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light >/dev/null; \
		fi; \
	fi

# Resolves anew with every extra, in a throw-away environment; torch keeps its version, which has a CPU build.
constraints: $(BIN)/python
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	extras=$$($(BIN)/python -c 'import tomllib; print(",".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]))'); \
	$(BIN)/python -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip install --quiet --upgrade pip; \
	"$$work/venv/bin/python" -m pip install --quiet torch==2.13.0 hatchling editables -e ".[$$extras]"; \
	{ \
		echo "# Every version that newsqa is built, run and tested with. Made by: make constraints"; \
		"$$work/venv/bin/python" -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/'; \
	} > "$$work/constraints.txt"; \
	cp "$$work/constraints.txt" constraints.txt; \
	echo "constraints.txt: $$(grep -c == constraints.txt) versions"

# The hashes of what is installed to run newsqa, by PyPI, of the versions in constraints.txt (and of setuptools, which
# torch needs). torch has none there: its build without CUDA comes from an index of its own, or from a disk.
lock: $(BIN)/python
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(BIN)/python -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	"$$work/venv/bin/uv" pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--constraint constraints.txt --output-file "$$work/all.txt" pyproject.toml; \
	{ \
		echo "# What newsqa is run with, each with the hashes of its files on PyPI; all but torch. Made by: make lock"; \
		$(BIN)/python -c 'import re, sys; \
			key = lambda line: re.sub("[-_.]+", "-", line.split("==")[0]).lower(); \
			pinned = {key(line) for line in open("constraints.txt")} - {"torch"} | {"setuptools"}; \
			blocks = re.split(r"(?m)^(?=\S)", open(sys.argv[1]).read()); \
			sys.stdout.write("".join(block for block in blocks if key(block) in pinned))' "$$work/all.txt"; \
	} > "$$work/requirements.lock"; \
	cp "$$work/requirements.lock" requirements.lock; \
	echo "requirements.lock: $$(grep -c == requirements.lock) versions"

# A bill of materials (CycloneDX) of what is in .venv: sbom.json.
sbom: $(VENV)/.runtime
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(BIN)/python -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'; \
	"$$work/venv/bin/cyclonedx-py" environment --pyproject pyproject.toml --mc-type application \
		--output-reproducible --of JSON -o sbom.json $(BIN)/python; \
	echo "sbom.json: $$($(BIN)/python -c 'import json; print(len(json.load(open("sbom.json"))["components"]))') components"
