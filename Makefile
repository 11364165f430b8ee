# make up     set everything up and run Fairlead here, in the foreground
# make demo   load the demonstration into the Fairlead that runs here, and show its figures
# make test   the same set-up plus the tools, then all tests, or those of TESTS="..."
# make test-domain  of these, what a delivery can say and ask: aggregates, read models, rows 1 to 50, the demonstration
# make check  format, lint, types and import contracts
# make lock   resolve the dependencies anew into the two hash-locked files
#
# Needs Python 3.11, 3.12 or 3.13 and make. Everything else goes into .venv.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SUITABLE := import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
COMPILE := $(BIN)/uv pip compile pyproject.toml --extra embedded --group install --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --quiet

PYTEST := $(BIN)/python -m pytest
TESTS := tests
# The demonstration keeps every process of Fairlead busy: beside other tests it takes half as much work again.
DEMO_TESTS := tests/api/test_demo.py
ALONE = $(if $(filter tests tests/api $(DEMO_TESTS),$(TESTS)),$(DEMO_TESTS))
BESIDE = $(filter-out $(ALONE),$(TESTS))
DOMAIN_API := aims approvals configuration demo domain engagement flow import_file metrics_of_delivery mutations \
	operation payload_nodes permissions phases plan_and_change rows satisfaction training
DOMAIN_INFRA := activity approval_reactions codec drill_down evolution figures operation_timers points reactions
DOMAIN_TESTS := tests/domain tests/projections $(DOMAIN_API:%=tests/api/test_%.py) $(DOMAIN_INFRA:%=tests/infra/test_%.py)

.PHONY: up demo test test-domain check lock
.DELETE_ON_ERROR:

up: $(VENV)/.installed
	@exec $(BIN)/fairlead up --follow-parent

demo: $(VENV)/.installed
	@exec $(BIN)/fairlead demo

test: $(VENV)/.installed-dev
	@failed=0; \
	$(if $(ALONE),$(PYTEST) $(ALONE) || failed=1;) \
	$(if $(BESIDE),$(PYTEST) -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder $(BESIDE) \
		$(ALONE:%=--ignore=%) || failed=1;) \
	exit $$failed

test-domain:
	@$(MAKE) test TESTS="$(DOMAIN_TESTS)"

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

lock: $(VENV)/.installed-dev
	$(COMPILE) --upgrade --output-file requirements.txt
	$(COMPILE) --upgrade --group dev --constraint requirements.txt --output-file requirements-dev.txt

$(BIN)/python:
	@for candidate in python3.13 python3.12 python3.11 python3 python; do \
		if "$$candidate" -c '$(SUITABLE)' 2>/dev/null; then \
			echo "Creating $(VENV) with $$("$$candidate" --version)"; \
			exec "$$candidate" -m venv $(VENV); \
		fi; \
	done; \
	echo 'Fairlead needs Python 3.11, 3.12 or 3.13 with its venv module, and none was found on the PATH.' >&2; exit 1

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo 'Installing what Fairlead needs to run (requirements.txt)'
	@$(PIP) install --progress-bar on --require-hashes --requirement requirements.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo 'Installing the tools (requirements-dev.txt)'
	@$(PIP) install --progress-bar on --require-hashes --requirement requirements-dev.txt
	@touch $@
