# Everything sets itself up in .venv: Python 3.11+, pip and make are all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test live check bench docs screenshots snapshots format clean

demo: $(STAMP)
	@$(BIN)/cm-console demo

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile

live: $(STAMP)
	$(BIN)/python -m pytest -m live --durations=5 tests/live

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture

bench: $(STAMP)
	$(BIN)/python -m benchmarks

docs: $(STAMP)
	$(BIN)/python -m docs.generate

screenshots: $(STAMP)
	$(BIN)/python -m docs.screenshot

snapshots: $(STAMP)
	$(BIN)/python -m pytest -q tests/screens --snapshot-update

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,check]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
