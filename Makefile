# Thin: tools/setup.py makes .venv (with uv where it is installed, else with venv and pip), the rest runs in it.
#   make setup GPU=1        the GPU build of TensorFlow (Linux)
#   make setup PYTHON=…     on this Python 3.11, 3.12 or 3.13
#   make JOBS=2 PROFILE=laptop NOTEBOOKS="notebooks/06_cifar_dcgan.ipynb" run
#   make test ARGS="-k device"      make lab ARGS="--no-browser"
PROFILE ?= quick
JOBS ?= 1
WORKERS ?= 2
NOTEBOOKS ?=
ARGS ?=
PYTHON ?=
INSTALLER ?= auto
GPU ?=

BIN := .venv/bin
PARALLEL := -n $(WORKERS) --dist loadfile
ANY_PYTHON := $(shell command -v python3 || command -v python || echo uv run --no-project python)
SETUP := $(ANY_PYTHON) tools/setup.py --installer $(INSTALLER) $(if $(GPU),--gpu $(GPU)) $(if $(PYTHON),--python $(PYTHON))

.PHONY: setup ready run test test-slow test-jax test-parity lab book students slides lint lock clean distclean
.DEFAULT_GOAL := setup

setup:
	@$(SETUP)

ready:
	@$(SETUP) --quiet

run: ready
	@$(BIN)/labkit run $(NOTEBOOKS) --profile $(PROFILE) --jobs $(JOBS) --out build/run $(ARGS)

# WORKERS at a time: tests and notebooks wait and import nearly as long as they compute. Measured on two quiet cores.
# Without the slow ones, unless ARGS has an -m of its own: the last one counts.
test: ready
	@$(BIN)/python -m pytest $(if $(findstring .ipynb,$(ARGS)),,$(PARALLEL)) -m "not slow" $(ARGS)

# Minutes each: an empty environment, a training killed twenty times. CI runs them every week.
test-slow: ready
	@$(BIN)/python -m pytest tests -m slow $(ARGS)

# Two groups of tests have environments of their own: JAX beside TensorFlow, and the published programs of the scores.
test-jax: ready
	@$(BIN)/python -m venv build/jax
	@# pip's constraints have no extras, and with hashes they want one of ".", too.
	@sed -nE 's/^([a-z][^ []*)(\[.*\])?(==[^\\]*) \\$$/\1\3/p' requirements.lock > build/versions.txt
	@build/jax/bin/python -m pip install --quiet --constraint build/versions.txt --editable ".[cpu,jax,lab,serve,test]"
	@build/jax/bin/python -m pytest -m jax $(ARGS)

test-parity: ready
	@$(BIN)/python -m venv build/parity
	@build/parity/bin/python -m pip install --quiet --requirement tests/parity/requirements.txt
	@build/parity/bin/python -m pip install --quiet --no-deps \
	    $$(sed -n 's/^# \([a-z-]*==.*\)/\1/p' tests/parity/requirements.txt) --editable .
	@build/parity/bin/python -m pytest tests/parity $(ARGS)

# The kernel "python3" is this environment's, also where the user has one of the same name.
lab: ready
	@PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_PREFER_ENV_PATH=1 $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)/notebooks" \
	    --LabApp.default_url=/lab/tree/00_start_here.ipynb --LabApp.news_url=None $(ARGS)

# The stored notebooks as a site, build/book/html: none is executed, warnings are errors, links are checked. STUDIO=0: without
# the studio's program, which wants .venv and npm; without npm it is left out, too.
STUDIO ?= 1
book: $(if $(filter 0,$(STUDIO)),,ready) build/book/env/ready
	@rm -rf build/book/html
ifneq ($(STUDIO),0)
	@$(BIN)/python docs/studio/build.py build/book/studio && mkdir -p build/book/html/docs/studio && \
	    cp -R build/book/studio build/book/html/docs/studio/app || echo "The book goes without the studio."
endif
	@build/book/env/bin/python -m sphinx -q -E -W --keep-going -c docs -d build/book/pages . build/book/html
	@build/book/env/bin/python docs/check.py build/book/html

build/book/env/ready: docs/requirements.lock
	@$(or $(PYTHON),$(wildcard $(BIN)/python),$(ANY_PYTHON)) -m venv --clear build/book/env
	@build/book/env/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# For instructors (docs/instructors.md). TZ: a zip holds local times, and would differ from zone to zone.
NO_SOLUTIONS := ':(exclude)tests/solutions' ':(exclude)tests/unit/wrong_answers.py' \
    ':(exclude)tests/unit/test_exercises.py'
students:
	@mkdir -p build && TZ=UTC git archive --prefix=image-generation-labs/ --output build/students.zip HEAD -- . $(NO_SOLUTIONS)
	@git diff --quiet HEAD || echo "Not in it: what is not committed."
	@ls -l build/students.zip

slides: ready
	@$(BIN)/python docs/slides.py $(NOTEBOOKS)

lint: ready
	@$(BIN)/ruff check .

# The locks hold every version for every platform and Python, with the hashes of its files, and no address. UPGRADE=1
# takes the newest that fit. With extras, name[extra]==…: without them pip looks for the newest name[extra], and refuses it.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --generate-hashes \
    --no-strip-extras $(if $(UPGRADE),--upgrade)
EXTRAS := --extra lab --extra serve --extra test pyproject.toml
lock:
	@$(LOCK) $(EXTRAS) --extra cpu --output-file requirements.lock > /dev/null
	@$(LOCK) $(EXTRAS) --extra gpu --constraint requirements.lock --output-file requirements-gpu.lock > /dev/null
	@printf '%s\n' click flask numpy onnxruntime pillow waitress | \
	    $(LOCK) --constraint requirements.lock --output-file requirements-server.lock - > /dev/null
	@$(LOCK) docs/requirements.in --constraint requirements.lock --output-file docs/requirements.lock > /dev/null

# Trainings stay (build/train): they may be hours of work.
clean:
	rm -rf build/run build/book dist .pytest_cache .ruff_cache notebooks/.ipynb_checkpoints
	find labkit tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv *.egg-info
