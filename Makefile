# The words of this repository. Needs make and Python 3.11 or newer; everything else goes into $(VENV).
#
#   make demo             lint the example service and show the findings
#   make test             everything that CI runs
#   make check            the part of it that is fast enough for each commit
#   make format           sort imports and lay out the code
#   make new-rule NAME=x  write the skeleton of a rule and of its spec
#   make knowledge-check  hold what is known of libraries against their newest versions (needs a package index)
#   make quiet            hold statelint against packages in which nothing serves (needs a package index)
#   make bench            measure against other tools (ONLY=django for one tree, RUNS=3)
#   make corpus           hold the findings in published packages against labels (ONLY=kinto, WRITE=1; needs a package index)
#   make bench-reading    measure the reading of 5,000 manifests against PyYAML's events in C
#   make clean            remove what the other words made

PYTHON ?= python3
VENV ?= .venv
RUNS ?= 5

# A developer's activated environment or PYTHONPATH must not decide what is tested here.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

bin := $(VENV)/bin
pip := $(bin)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test check format new-rule knowledge-check quiet bench bench-reading corpus clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/.statelint
	$(bin)/statelint --exit-zero examples/shopfront

test: check
	$(bin)/python -m pytest

check: $(VENV)/.statelint-dev
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/statelint src

format: $(VENV)/.statelint-dev
	$(bin)/ruff check --fix
	$(bin)/ruff format

new-rule:
	@$(PYTHON) tools/new_rule.py '$(NAME)'

knowledge-check: $(VENV)/.statelint-dev
	$(bin)/python tools/knowledge_check.py $(if $(filter checked,$(AS)),--as-checked)

quiet: $(VENV)/.statelint-dev
	$(bin)/python tools/quiet.py

bench: $(VENV)-bench/.statelint
	$(VENV)-bench/bin/python -m benchmarks --runs $(RUNS) $(if $(ONLY),--only $(ONLY))
	$(if $(ONLY),,$(VENV)-bench/bin/python -m benchmarks.growth)

corpus: $(VENV)/.statelint-dev
	PYTHONPATH=tools $(bin)/python -m corpus $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write) \
	  $(if $(DRAW),--draw $(DRAW)) $(if $(SEED),--seed $(SEED))

bench-reading: $(VENV)/.statelint-dev
	$(bin)/python -m benchmarks.reading --runs $(RUNS)

clean:
	rm -rf $(VENV) $(VENV)-bench build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The editable install follows the sources by itself; only the lists of dependencies make it stale.
$(VENV)/.statelint: pyproject.toml | $(bin)/python
	$(pip) install --editable .
	@touch $@

$(VENV)/.statelint-dev: pyproject.toml | $(bin)/python
	$(pip) install --editable '.[dev]'
	@touch $(VENV)/.statelint $@

# semgrep fixes versions of libraries that are used here, too, so what is measured lives apart.
$(VENV)-bench/.statelint: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)-bench
	$(VENV)-bench/bin/python -m pip --disable-pip-version-check --quiet install --editable '.[bench]'
	@touch $@

# An environment that could not be finished is removed: the next try starts anew.
$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo '$(PYTHON) is missing or older than Python 3.11: say which one, as in make PYTHON=/path/to/python3 test' >&2; \
	       exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
