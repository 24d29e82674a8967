# Thin: tools/setup.py makes .venv (with uv where it is installed, else with venv and pip), the rest runs in it.
#   make setup GPU=1        the GPU build of TensorFlow (Linux)
#   make setup PYTHON=…     on this Python 3.11, 3.12 or 3.13
#   make JOBS=2 PROFILE=laptop NOTEBOOKS="notebooks/06_cifar_dcgan.ipynb" run
#   make test ARGS="-k device"      make lab ARGS="--no-browser"
PROFILE ?= quick
JOBS ?= 1
NOTEBOOKS ?=
ARGS ?=
PYTHON ?=
INSTALLER ?= auto
GPU ?=

BIN := .venv/bin
ANY_PYTHON := $(shell command -v python3 || command -v python || echo uv run --no-project python)
SETUP := $(ANY_PYTHON) tools/setup.py --installer $(INSTALLER) $(if $(GPU),--gpu $(GPU)) $(if $(PYTHON),--python $(PYTHON))

.PHONY: setup ready run test lab lint lock clean distclean
.DEFAULT_GOAL := setup

setup:
	@$(SETUP)

ready:
	@$(SETUP) --quiet

run: ready
	@$(BIN)/labkit run $(NOTEBOOKS) --profile $(PROFILE) --jobs $(JOBS) --out build/run $(ARGS)

test: ready
	@$(BIN)/python -m pytest $(ARGS)

# The kernel "python3" is this environment's, also where the user has one of the same name.
lab: ready
	@PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_PREFER_ENV_PATH=1 $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)/notebooks" $(ARGS)

lint: ready
	@$(BIN)/ruff check .

lock:
	@$(ANY_PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

# Trainings stay (build/train): they may be hours of work.
clean:
	rm -rf build/run dist .pytest_cache .ruff_cache notebooks/.ipynb_checkpoints
	find labkit tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv *.egg-info
