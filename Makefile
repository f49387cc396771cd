# Plain `make` lists what there is. Needs nothing but make and a Python from 3.11 to 3.14.
VENV := .venv
PY := $(VENV)/bin/python
BIND ?=
EMPTY ?=
SEED ?=
GATE ?=

.DEFAULT_GOAL := list
.PHONY: list up test test-all lint bench chaos shell demo pictures

list: ## (this list)
	@echo "make up       start everything and print the address and the logins (BIND=127.0.0.1:9000 EMPTY=1)"
	@echo "make test     the fast tests, on PostgreSQL and Redis of their own (make test-all adds the slow ones)"
	@echo "make lint     style, types"
	@echo "make bench    each figure beside its floor"
	@echo "make chaos    workers killed, Redis wiped, clocks wrong: promises must hold (SEED=1 GATE=2)"
	@echo "make shell    a Python shell with the models, while make up runs"
	@echo "make demo     fill an empty company with made-up leads, while make up runs"
	@echo "make pictures the README's pictures anew, of a demo of their own (needs Chromium)"

up: $(VENV)/.run
	@exec $(PY) manage.py up $(if $(BIND),--bind $(BIND)) $(if $(filter-out 0 no false,$(EMPTY)),--empty)

test: $(VENV)/.dev
	$(PY) -m pytest -n 2 -m "not slow and not browser"

test-all: $(VENV)/.dev
	$(PY) -m pytest -n 2 -m "not browser"
	$(PY) -m pytest -n 2 -m browser

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy smarketing leads sla reporting

bench: $(VENV)/.dev
	$(PY) -m benchmarks

chaos: $(VENV)/.dev
	$(PY) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(GATE),--gate $(GATE))

shell: $(VENV)/.run
	@exec $(PY) manage.py shell

demo: $(VENV)/.run
	@exec $(PY) manage.py seed_demo

pictures: $(VENV)/.dev
	$(PY) -m pictures

# The stamps change with the requirements, so that nothing is installed twice.
$(VENV)/.run: requirements.txt $(PY)
	@echo "Installing the requirements …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt requirements-prediction.txt $(PY)
	@echo "Installing the requirements of tests and lint …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run

# The first Python in the right range; PYTHON=… takes another. Debian's may come without venv, hence virtualenv.
$(PY):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue; \
	    echo "Making $(VENV) with $$($$python --version) …"; \
	    for maker in "$$python -m venv" "$$python -m virtualenv" "virtualenv -p $$python"; do \
	        rm -rf $(VENV); \
	        $$maker $(VENV) >/dev/null 2>&1 && $(PY) -m pip --version >/dev/null 2>&1 && exit 0; \
	    done; \
	    rm -rf $(VENV); \
	    echo "$$python cannot make a virtual environment. Install its package, for example:" >&2; \
	    echo "  apt-get install python3-venv        (Debian, Ubuntu)" >&2; \
	    echo "  $$python -m pip install virtualenv" >&2; \
	    exit 1; \
	done; \
	echo "No Python from 3.11 to 3.14 was found. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; \
	exit 1
