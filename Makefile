# Everything one does with this repository.  `make` alone lists it.

.DEFAULT_GOAL := help
.PHONY: demo serve test lint types docs package lock sbom bench clients faults soak check clean help

# The interpreter the environment is made with; `make PYTHON=python3.13` takes another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))) python3)

# How long `make soak` takes.
MINUTES ?= 30

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

demo: $(VENV)/.serve ## Start the gateway before a stand-in for Akash, ask it three things, keep serving
	@$(BIN)/akashchat demo

serve: $(VENV)/.serve ## Serve the gateway before Akash, as .env and akashchat.toml say
	@$(BIN)/akashchat serve

test: $(VENV)/.dev ## Run the tests
	$(BIN)/pytest

lint: $(VENV)/.dev ## Check style and form
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy
	$(BIN)/mypy bench faults scripts soak
	$(BIN)/mypy clients/__main__.py

docs: $(VENV)/.dev ## Write the reference pages anew from the code
	$(BIN)/python -m scripts.reference

package: $(VENV)/.dev ## Build the package, install it in an empty environment, run it there
	$(BIN)/python -m scripts.package

lock: $(VENV)/.dev ## Choose anew which versions the image is made of, and write them down with their hashes
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --no-header --no-emit-index-url \
		--python-version 3.11 --all-extras pyproject.toml --output-file requirements.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' \
		| $(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --no-header --no-emit-index-url \
		--python-version 3.11 - --output-file requirements.build.lock

sbom: $(VENV)/.dev ## Write down what the image is made of, as CycloneDX has it: dist/akashchat.cdx.json
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --validate \
		--output-file dist/akashchat.cdx.json requirements.lock

bench: $(VENV)/.serve ## Measure what the gateway costs, against the least a relay can
	@$(BIN)/python -m bench

clients: $(VENV)/.serve ## Install real clients and run them against the gateway; ONLY=langchain runs some
	@$(BIN)/python -m clients --only '$(ONLY)'

faults: $(VENV)/.dev ## Play every fault in every dialect; ONLY=cut plays some
	@$(BIN)/python -m faults --only '$(ONLY)'

soak: $(VENV)/.dev ## Keep the gateway under mixed load with faults, and look at what is left of it; MINUTES=30
	@$(BIN)/python -m soak --minutes '$(MINUTES)'

check: lint types package test ## Everything the continuous integration runs

clean: ## Remove everything the other targets made
	rm -rf $(VENV) .clients build dist bench/results .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench faults scripts soak clients -name __pycache__ -prune -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The environment.  An empty file says which half of it is complete; it is made again when
# pyproject.toml changes.

$(VENV)/.serve: pyproject.toml | $(VENV)/.pip
	@echo "Installing the gateway into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

# --group needs pip 25.1
$(VENV)/.dev: pyproject.toml | $(VENV)/.pip
	@echo "Installing the gateway and its tools into $(VENV) ..."
	@$(PIP) install --editable . --group dev
	@touch $(VENV)/.serve $@

$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)."; \
		echo "Install one, or name the one you have: make PYTHON=/path/to/python3.13"; exit 1; } >&2
	@$(PYTHON) -m venv $(VENV) || { \
		echo "On Debian and Ubuntu the module venv is a package of its own: apt install python3-venv"; exit 1; } >&2
	@$(PIP) install 'pip>=25.1'
	@touch $@
