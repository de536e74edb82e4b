# Two commands need nothing but Python 3.11: `make demo` and `make test`. Both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
unexport PYTHONDONTWRITEBYTECODE  # tests start many processes, each of which would compile every module anew

.PHONY: help demo test test-long check format lock wheel clean
.DEFAULT_GOAL := help

help: ## What one can type
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo 'Banian needs Python 3.11 to 3.13. Name one: make PYTHON=python3.11 test'; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || \
	  { echo 'This Python cannot make a virtual environment. On Debian: apt-get install python3-venv'; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true  # what pip does on one core; templates are no modules
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## One model for six tasks of a simulated marketplace, and a page of pictures
	$(BIN)/python gallery/demo.py

# Two workers, a core each; a file stays with one worker, so that what its tests share is made once.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

test: $(READY) ## Every test, doctest and README example
	$(PYTEST)

SEED := $(or $(SEED),$(shell date +%s))
test-long: $(READY) ## The same with many more examples, others each time: for the night before a release
	@echo 'make test-long SEED=$(SEED) repeats this run.'
	$(PYTEST) --hypothesis-profile=long --hypothesis-seed=$(SEED)

check: $(READY) ## Format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Put every file into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Resolve anew and write requirements.lock
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.lock/bin/python -m pip install --quiet hatchling editables 'torch==2.13.0' --group dev .
	{ sed -n '/^#/p' requirements.lock; .lock/bin/python -m pip freeze --exclude banian | grep -v '^banian @' | sed -E 's/^torch==([0-9.]+)\+.*/torch==\1/'; } > requirements.new
	mv requirements.new requirements.lock && rm -rf .lock

wheel: $(READY) ## Build dist/banian-*.whl, which pip installs anywhere
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/banian-*.whl

clean: ## Remove what the other targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist runs
