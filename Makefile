# Each target works on a fresh clone with Python 3.11 or newer: what it needs goes to .venv/ and nowhere else.
# Stamp files make the second run start at once.

PYTHON ?= python3
PYTEST_ARGS ?= -n 2 --dist loadgroup

BIN := .venv/bin
EXAMPLE := churn
NOTEBOOK := example_notebooks/$(EXAMPLE)/$(EXAMPLE).ipynb
DEMO := demo/$(EXAMPLE)
DEMO_EXTRAS := ploomber,run,examples

export PLOOMBER_STATS_ENABLED := false
export PYTHONHASHSEED := 0
unexport PYTHONDONTWRITEBYTECODE  # each command would compile all that it imports

.DEFAULT_GOAL := help
.PHONY: help demo demo-lab test test-lab test-lab-page test-lab-server test-targets nightly labextension lint format bench clean
.DELETE_ON_ERROR:

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/demo.stamp ## Convert an example, run its pipeline, compare it with the notebook
	@rm -rf $(DEMO) $(DEMO).html && mkdir -p $(dir $(DEMO))
	@echo "[1/3] nb2pipe convert $(NOTEBOOK) -o $(DEMO)"
	@$(BIN)/nb2pipe convert $(NOTEBOOK) -o $(DEMO)
	@echo "[2/3] ploomber build"
	@cd $(DEMO) && PATH="$(CURDIR)/$(BIN):$$PATH" ploomber build
	@echo "[3/3] nb2pipe verify $(NOTEBOOK) $(DEMO) --html $(DEMO).html"
	@$(BIN)/nb2pipe verify $(NOTEBOOK) $(DEMO) --html $(DEMO).html
	@echo
	@echo "Where to look:"
	@echo "  $(NOTEBOOK)   what went in"
	@echo "  $(DEMO).html                 notebook and pipeline side by side: open it in a browser"
	@echo "  $(DEMO)/README.md            the pipeline, drawn and described"
	@echo "  $(DEMO)/src/                 the code, one module a stage"
	@echo "  $(DEMO)/stages/              the notebooks that papermill and Ploomber execute"
	@echo "  $(DEMO)/tests/               what pytest checks of every stage, product and parameter"
	@echo "  $(DEMO)/pipeline.yaml        the stages, what they make, what they need"
	@echo "Change a parameter in $(DEMO)/params.yaml and run: cd $(DEMO) && $(CURDIR)/$(BIN)/ploomber build"

# JupyterLab lives apart from Ploomber, whose server extension breaks it (docs/decisions).
LAB := .venv-lab/bin
LAB_PORT ?= 8899
LAB_ARGS ?=

demo-lab: .venv-lab/lab.stamp ## Open an example in JupyterLab, with its pipeline beside it
	@rm -rf demo/lab demo/lab-workspaces && mkdir -p demo && cp -R $(dir $(NOTEBOOK)) demo/lab
	@echo "JupyterLab opens $(EXAMPLE).ipynb; the pipeline is in the panel on the right. Ctrl-C ends it."
	@$(LAB)/python labextension/demo.py demo/lab $(EXAMPLE).ipynb $(LAB_PORT) $(LAB_ARGS)

test-lab: test-lab-page test-lab-server ## Run the tests of the JupyterLab extension, in a browser too

test-lab-page: .venv-lab/lab.stamp labextension/node_modules/.stamp
	cd labextension && npm run --silent check && npm run --silent test
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
	cd labextension && NB2PIPE_UI_PYTHON=$(CURDIR)/$(LAB)/python npm run --silent test:ui

test-lab-server: .venv-lab/lab.stamp
	$(LAB)/pytest tests/lab tests/unit/lab

test-targets: .venv/dev.stamp ## Run only the tests on real engines, each in an environment of its own (.venv-targets)
	NB2PIPE_TEST_TARGETS=1 $(BIN)/pytest $(PYTEST_ARGS) tests/targets

labextension: labextension/node_modules/.stamp ## Build the JupyterLab extension again after a change of its sources
	cd labextension && npm run --silent build

test: .venv/dev.stamp ## Run all tests, also those on real engines, which take minutes and gigabytes the first time
	NB2PIPE_TEST_TARGETS=1 $(BIN)/pytest $(PYTEST_ARGS)

nightly: export NB2PIPE_PROFILE = nightly
nightly: test ## The tests with thousands of random programs, each case in every form, and all that takes hours

lint: .venv/dev.stamp ## Style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/bin/python ## Measure against Soorgeon, Kale, papermill and Ploomber; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench.py $(BENCH_ARGS)

clean: ## Remove what the other targets made
	rm -rf .venv .venv-lab .venv-targets labextension/node_modules labextension/lib demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find nb2pipe tests -name __pycache__ -type d -prune -exec rm -rf {} +

# uv takes a tenth of pip's time, but reads no settings of pip's: where it fails, pip follows.
define make_venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nb2pipe needs Python 3.11 or newer: make PYTHON=python3.12 …")'
@$(PYTHON) -m venv $(1)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
endef
define install
@$(1)/bin/python -m uv pip install --quiet --python $(1)/bin/python --editable '.[$(2)]' 2>/dev/null || \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(2)]'
endef

.venv/bin/python:
	$(call make_venv,.venv)

.venv/demo.stamp: pyproject.toml | .venv/bin/python
	@echo "Installing nb2pipe, Ploomber and what the example imports into .venv (once, about a minute) …"
	$(call install,.venv,$(DEMO_EXTRAS))
	@touch $@

.venv/dev.stamp: pyproject.toml | .venv/bin/python
	@echo "Installing nb2pipe and what its tests need into .venv (once, about a minute) …"
	$(call install,.venv,dev)
	@touch $@ .venv/demo.stamp

.venv-lab/bin/python:
	$(call make_venv,.venv-lab)

.venv-lab/lab.stamp: pyproject.toml | .venv-lab/bin/python
	@echo "Installing nb2pipe and JupyterLab into .venv-lab (once, about a minute) …"
	$(call install,.venv-lab,lab-test)
	@rm -rf .venv-lab/share/jupyter/labextensions/nb2pipe
	@ln -s $(CURDIR)/nb2pipe/lab/labextension .venv-lab/share/jupyter/labextensions/nb2pipe
	@touch $@

# Debian's node and npm, where the machine has none.
labextension/node_modules/.stamp: labextension/package-lock.json
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; }
	@echo "Installing what the extension's build and tests need (once, half a minute) …"
	@cd labextension && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund
	@touch $@
