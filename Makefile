# Everything a fresh machine needs: Python 3.11 or later, Node and make.
PYTHON ?= python3
PORT ?= 8000
SOAK ?= 20
VENV := .venv
HARVEST := .venv-harvest
BIN := $(VENV)/bin
ASSETS := server/brupact/web/assets
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
export BRUPACT_CONFORMANCE ?= $(abspath ../shared/conformance)

.PHONY: serve test check bench soak quotes lock clean

serve: $(VENV)/serve.stamp $(ASSETS)/node_modules/.built  ## Set up, build, serve on http://127.0.0.1:$(PORT)
	@exec $(BIN)/brupact serve --port $(PORT)

test: $(VENV)/test.stamp $(ASSETS)/node_modules/.built tests/clients/node_modules tests/pages/node_modules $(VENV)/chromium.stamp $(VENV)/nginx.stamp $(VENV)/apache2.stamp $(HARVEST)/harvest.stamp  ## Set up, check the code, run all tests
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --dist worksteal

check: $(VENV)/serve.stamp  ## Validate ontology, shapes, data, quotations
	$(BIN)/brupact check

bench: $(VENV)/test.stamp  ## Measure side by side with peers (BENCH="--size 10k --seconds 1": less)
	$(BIN)/python -m benchmarks install
	$(BIN)/python -m benchmarks run $(BENCH)
	$(BIN)/python -m benchmarks pages

soak: $(VENV)/test.stamp  ## The long runs (SOAK=n: n times the examples of make test)
	BRUPACT_SOAK=$(SOAK) $(BIN)/pytest tests/soak -rP
	BRUPACT_SOAK=$(SOAK) $(BIN)/pytest -m soak --ignore tests/soak --numprocesses auto

quotes: $(VENV)/serve.stamp  ## Make data/agreement/quotes.ttl anew
	$(BIN)/brupact quotes

lock: $(VENV)/test.stamp  ## Bring the lock files up to date
	$(PIP) "uv>=0.13,<0.14"
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml --group build --output-file locks/serve.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml --group build --group test --extra fast \
		--constraints locks/serve.txt --output-file locks/test.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group harvest --output-file locks/harvest.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group peers --output-file locks/peers.txt

LOCK_OPTIONS := --quiet --upgrade --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

clean:  ## Remove what was made
	rm -rf $(VENV) $(HARVEST) .venv-peers benchmarks/data server/brupact/web/static/built $(ASSETS)/node_modules build dist *.egg-info server/*.egg-info .mypy_cache .pytest_cache .ruff_cache

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: pyproject.toml locks/serve.txt | $(BIN)/pip
	@echo "setting up (once) ..."
	$(PIP) --require-hashes --requirement locks/serve.txt
	$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: locks/test.txt $(VENV)/serve.stamp
	$(PIP) --require-hashes --requirement locks/test.txt
	@touch $@

# The scripts of the editor and the explorer. Where there is no Node, the pages say so.
$(ASSETS)/node_modules: $(ASSETS)/package-lock.json
	@if command -v npm >/dev/null; then cd $(ASSETS) && npm ci --no-audit --no-fund --loglevel=error && touch node_modules; \
	else echo "NO NPM: the query editor and the explorer are left out"; fi

$(ASSETS)/node_modules/.built: $(ASSETS)/node_modules $(shell find $(ASSETS)/src $(ASSETS)/build.mjs -type f 2>/dev/null)
	@if test -d $(ASSETS)/node_modules; then cd $(ASSETS) && npm run --silent build && touch $(CURDIR)/$@; fi

tests/%/node_modules: tests/%/package-lock.json
	@if command -v npm >/dev/null; then cd tests/$* && npm ci --no-audit --no-fund --loglevel=error && touch node_modules; \
	else echo "NO NPM: the tests with what is in tests/$*/package.json are left out"; fi

# Debian's Chromium for the tests of pages, its nginx and Apache for those of the export. Where one
# cannot be had, they say so and are left out; the next run tries again.
$(VENV)/chromium.stamp: PROGRAMS := chromium chromium-browser
$(VENV)/nginx.stamp: PROGRAMS := nginx
$(VENV)/nginx.stamp: PACKAGE := nginx-light
$(VENV)/apache2.stamp: PROGRAMS := apache2 httpd
$(VENV)/chromium.stamp $(VENV)/nginx.stamp $(VENV)/apache2.stamp: PATH := $(PATH):/usr/sbin:/usr/local/sbin
$(VENV)/chromium.stamp $(VENV)/nginx.stamp $(VENV)/apache2.stamp: $(VENV)/%.stamp: | $(BIN)/pip
	@has() { for p in $(PROGRAMS); do command -v $$p >/dev/null && return; done; false; }; \
	has || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install --yes \
		--no-install-recommends -qq $(or $(PACKAGE),$*); } >/dev/null 2>&1 </dev/null; \
	if has; then touch $@; \
	else echo "NO $* (installing it failed): the tests that need it are left out" | tr a-z A-Z; fi

# CKAN for one test. Where it cannot be had, that test says so and is left out.
$(HARVEST)/harvest.stamp: locks/harvest.txt
	@$(PYTHON) -m venv $(HARVEST) && $(HARVEST)/bin/pip install --quiet \
		--disable-pip-version-check --require-hashes --requirement $< && touch $@ \
		|| echo "NO CKAN: the test that harvests the catalogue is left out"
