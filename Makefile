# make demo   sets up a private virtual environment and runs the demonstration on shipped data
# make test   sets it up and runs the tests
#
# PYTHON names the interpreter to start from (3.11 or newer).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo dist docs test test-fast test-integrations test-oldest lint types format package traces benchmarks clean help

help:
	@sed -n 's/^# make/make/p' Makefile

demo: $(VENV)/.demo
	$(BIN)/kinesis-env demo --video out/demo.mp4 --plot out/demo.png

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto

# make test-integrations   tests with heavy third-party libraries (Stable-Baselines3 with a CPU torch, ONNX, Minari)
test-integrations: $(VENV)-integrations/.done
	$(VENV)-integrations/bin/python -m pytest -m integration tests/integrations

# make test-fast   what steps, with Numba: the unit tests run the array code, whether Numba is installed or not
test-fast: $(VENV)-fast/.done
	KINESIS_COMPILED=1 $(VENV)-fast/bin/python -m pytest -n auto tests/tasks tests/envs tests/terms tests/regression

# make test-oldest   the tests on the oldest supported versions
test-oldest: $(VENV)-oldest/.done
	$(VENV)-oldest/bin/python -m pytest -n auto

# make lint types   ruff, the layers of imports, and mypy
lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy tests/typed_use.py

# make docs   build the site of the documentation into site/; warnings are errors
docs: $(VENV)-docs/.done
	NO_MKDOCS_2_WARNING=1 PATH="$(abspath $(VENV)-docs/bin):$$PATH" mkdocs build --strict

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# make dist   build sdist and wheel into dist/
dist: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

# make package   build them, and try the wheel in a clean environment
package: dist
	$(PYTHON) -m venv --clear $(VENV)-wheel
	$(VENV)-wheel/bin/python -m pip install --quiet dist/*.whl
	cd dist && ../$(VENV)-wheel/bin/python ../tests/smoke.py

# make traces   record the shipped traces of rewards anew, after a change that is meant
traces: $(VENV)/.test
	for id in $$($(BIN)/python -c 'import kinesis_env; print(*kinesis_env.ENV_IDS)'); do \
	  $(BIN)/kinesis-env regress record $$id --out kinesis_env/traces/$$id.npz || exit 1; \
	done

# make benchmarks   print the figures of the documentation
benchmarks: $(VENV)/.test $(VENV)-fast/.done
	$(BIN)/python benchmarks/muscle_model.py
	$(BIN)/python benchmarks/motions.py
	$(BIN)/python benchmarks/gait.py
	$(BIN)/python benchmarks/retarget.py
	$(BIN)/python benchmarks/stability.py
	$(BIN)/python benchmarks/physics.py
	$(BIN)/python benchmarks/standing.py
	$(BIN)/python benchmarks/goals.py
	$(BIN)/python benchmarks/prompts.py
	$(BIN)/python benchmarks/evaluation.py
	$(BIN)/python benchmarks/evaluation.py --speed
	-$(VENV)-fast/bin/python benchmarks/throughput.py
	$(VENV)-fast/bin/python benchmarks/growth.py
	$(VENV)-fast/bin/python benchmarks/peers.py

clean:
	rm -rf $(VENV) $(VENV)-* build dist out *.egg-info

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[plot,video]'
	touch $@

$(VENV)/.test: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[plot,video,c3d,test]'
	touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[plot,video,c3d,test,dev]'
	touch $@

$(VENV)-fast/.done: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)-fast
	$(VENV)-fast/bin/python -m pip install --quiet --editable '.[plot,fast,video,test]'
	touch $@

$(VENV)-docs/.done: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --editable '.[docs]'
	touch $@

$(VENV)-integrations/.done: setup.cfg pyproject.toml constraints/integrations.txt constraints/strict.txt
	$(PYTHON) -m venv $(VENV)-integrations
	$(VENV)-integrations/bin/python -m pip install --quiet --constraint constraints/integrations.txt --editable '.[test,fast,integrations]'
	$(VENV)-integrations/bin/python -m pip install --quiet --constraint constraints/integrations.txt --requirement constraints/strict.txt
	$(VENV)-integrations/bin/python -m pip install --quiet --no-deps 'd3rlpy >= 2.8' 'ray >= 2.50'
	touch $@

$(VENV)-oldest/.done: setup.cfg pyproject.toml constraints/oldest.txt
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --constraint constraints/oldest.txt --editable '.[plot,video,test]'
	touch $@
