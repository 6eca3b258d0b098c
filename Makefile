# placelibre: everything by target; `make help` lists them. Needs Python 3.11 or newer and make, nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check format setup up down doctor bench clean distclean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NEEDED := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEEDED)' 2>/dev/null && { echo $$p; break; }; done)

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY)  ## start everything and show the live table (Ctrl-C stops all of it)
	@$(BIN)/placelibre run

test: check  ## set up, check, and pass every test against a real Kafka and a real Valkey
	@$(BIN)/python -m pytest

check: $(READY)  ## style, types, import rules, stubs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > $(VENV)/imports.log && tail -n 1 $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@if $(BIN)/python -c 'import _accel.distance' 2>/dev/null; then \
		$(BIN)/python -m mypy.stubtest --concise _accel.distance && echo "stubs agree with native code"; \
	else echo "native code was not built here: its stubs are not checked"; fi

format: $(READY)  ## put the code into its style
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .

setup: $(READY)  ## install into .venv; done by the others when needed

$(READY): pyproject.toml constraints.txt _accel/distance.pyx
	@test -n "$(PYTHON)" || { echo "placelibre needs Python 3.11 or newer, and none was found: install one, or make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || { echo "· making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); } \
		|| { echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@echo "· installing packages (about a minute, once; all the details are in $(VENV)/install.log)"
	@rm -f $(VENV)/.failed; { $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt \
		--log $(VENV)/install.log --editable '.[local,dev]' || touch $(VENV)/.failed; } \
		| sed -n 's/^Collecting \([A-Za-z0-9_.-]*\).*/    \1/p'
	@test ! -e $(VENV)/.failed || { echo "installing failed; see $(VENV)/install.log"; exit 1; }
	@touch $@

up: $(READY)  ## start Kafka and Valkey alone
	@$(BIN)/placelibre local up

down: $(READY)  ## stop them
	@$(BIN)/placelibre local down

doctor: $(READY)  ## look at everything placelibre needs
	@$(BIN)/placelibre doctor

bench: $(READY)  ## measure the stream, with a worker and servers of its own (some minutes)
	@$(BIN)/python -m benchmarks.stream

clean:  ## stop the local servers and remove their data
	@test ! -x $(BIN)/placelibre || $(BIN)/placelibre local down
	@rm -rf .placelibre build

distclean: clean  ## also remove the virtual environment; downloads stay in the cache
	@rm -rf $(VENV) *.egg-info _accel/*.c _accel/*.so
