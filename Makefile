# Everything a fresh machine needs: Python 3.11+, make, and nothing installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark
TYPES := .types/suasion/.ready

.PHONY: demo test quick spark bench mutants docs lint types check-machine clean

demo: $(READY)
	$(BIN)/suasion demo demo

# A file's tests run on one worker, so that what they share is made once; the longest files first (tests/conftest.py).
SIDE_BY_SIDE := -n auto --dist loadfile --no-loadscope-reorder
test: $(READY)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

# What a minute tells: tests of values, words, figures and the house, without a trained model.
QUICK := $(wildcard tests/test_*_values.py) $(addprefix tests/test_,$(addsuffix .py,\
  board charts doors explain guard house interval links measures model money names once pictures sheets words world))
quick: $(READY)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not wheel" $(QUICK)

# For those who outgrow one machine, and for the tests of that, which skip without: PySpark (450 MB). Needs Java 17 or later.
spark: $(SPARK)

# Ratios to peers, each pair in one run; about a quarter of an hour. SUASION_FEATURETOOLS names a Python that has featuretools.
bench: demo
	$(BIN)/python -m benchmarks.features
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.daily
	$(BIN)/python -m benchmarks.text demo/world
	$(BIN)/python -m benchmarks.explanations demo/models/world
	$(BIN)/python -m benchmarks.training demo/world

# Small mistakes made on purpose, and whether the tests notice: 200 over training, serving and attribution; hours on a small machine.
mutants: $(READY)
	$(BIN)/python -m benchmarks.mutants

# The documentation, into site/: strictly, so that a link to nowhere fails.
docs: $(READY) $(TYPES)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) $(TYPES)
	$(BIN)/mypy

# Looks before it builds, and names the one line that mends what is missing.
check-machine:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "suasion needs Python 3.11 or later; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ctypes.util, sys; sys.exit(sys.platform == "linux" and not ctypes.util.find_library("gomp"))' || \
	  { echo "LightGBM needs libgomp.so.1. On Debian and Ubuntu: apt-get install libgomp1"; exit 1; }

$(READY): requirements.lock pyproject.toml | check-machine
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(SPARK): requirements-spark.lock $(READY)
	@command -v java >/dev/null || \
	  { echo "Spark needs Java 17 or later. On Debian and Ubuntu: apt-get install openjdk-17-jre-headless"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	touch $@

# Type checkers do not see through the editable install's import hook: this tree of links shows them the packages.
$(TYPES):
	mkdir -p .types/suasion
	ln -sfn ../../features .types/suasion/features
	ln -sfn ../../training .types/suasion/training
	ln -sfn ../../serving .types/suasion/serving
	ln -sfn ../../__init__.py .types/suasion/__init__.py
	touch $@

clean:
	rm -rf $(VENV) .types build dist demo site
