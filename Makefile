# Each target works on a fresh clone with Python 3.11 or newer: what it needs goes to .venv/ and nowhere else.
# uv installs where there is one, else pip. Stamp files make the second run start at once.

PYTHON ?= python3
PYTEST_ARGS ?= -n 2 --dist loadgroup

BIN := .venv/bin
EXAMPLE := churn
NOTEBOOK := example_notebooks/$(EXAMPLE)/$(EXAMPLE).ipynb
DEMO := demo/$(EXAMPLE)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)

export PLOOMBER_STATS_ENABLED := false
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.PHONY: help demo test lint format golden clean
.DELETE_ON_ERROR:

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/demo.stamp ## Convert an example, run its pipeline, compare it with the notebook
	@rm -rf $(DEMO) && mkdir -p $(dir $(DEMO))
	@echo "[1/3] nb2pipe convert $(NOTEBOOK) -o $(DEMO)"
	@$(BIN)/nb2pipe convert $(NOTEBOOK) -o $(DEMO)
	@echo "[2/3] ploomber build"
	@cd $(DEMO) && PATH="$(CURDIR)/$(BIN):$$PATH" ploomber build
	@echo "[3/3] the notebook and its pipeline, side by side"
	@$(BIN)/python tests/run/compare.py $(NOTEBOOK) $(DEMO)
	@echo
	@echo "Where to look:"
	@echo "  $(NOTEBOOK)   what went in"
	@echo "  $(DEMO)/README.md            the pipeline, drawn and described"
	@echo "  $(DEMO)/src/                 the code, one module a stage"
	@echo "  $(DEMO)/stages/              the notebooks that papermill and Ploomber execute"
	@echo "  $(DEMO)/pipeline.yaml        the stages, what they make, what they need"
	@echo "Change a parameter in $(DEMO)/params.yaml and run: cd $(DEMO) && $(CURDIR)/$(BIN)/ploomber build"

test: .venv/dev.stamp ## Run all tests
	$(BIN)/pytest $(PYTEST_ARGS)

lint: .venv/dev.stamp ## Style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

golden: .venv/dev.stamp ## Write tests/golden/ again; read its diff before you commit it
	$(BIN)/python tests/golden/regenerate.py

clean: ## Remove what the other targets made
	rm -rf .venv demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find nb2pipe tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nb2pipe needs Python 3.11 or newer: make PYTHON=python3.12 …")'
ifdef UV
	@uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
else
	@$(PYTHON) -m venv .venv
endif

ifdef UV
INSTALL := uv pip install --quiet --python .venv/bin/python
else
INSTALL := .venv/bin/python -m pip install --quiet --disable-pip-version-check
endif

.venv/demo.stamp: pyproject.toml | .venv/bin/python
	@echo "Installing nb2pipe, Ploomber and what the example imports into .venv (once, about a minute) …"
	@$(INSTALL) --editable '.[ploomber,run,examples]'
	@touch $@

.venv/dev.stamp: pyproject.toml | .venv/bin/python
	@echo "Installing nb2pipe and what its tests need into .venv (once, about a minute) …"
	@$(INSTALL) --editable '.[dev]'
	@touch $@ .venv/demo.stamp
