# `make help` lists the targets. Everything lives in .venv/; nothing else on the machine is touched.

VENV := .venv/bin
WORKERS ?= 3
UV := $(or $(shell command -v uv),$(wildcard $(VENV)/uv))

.DEFAULT_GOAL := help
.SUFFIXES:

##@ Try it

demo: setup ## Show the whole life of a run in one terminal (KEEP=1 leaves it running)
	@$(VENV)/python -m examples.demo $(if $(KEEP),--keep)

up: setup ## Run the whole stack on this machine until Ctrl-C
	@$(VENV)/delta-ci up

##@ Work on it

setup: ## Bring .venv/ in line with the lock; immediate when nothing changed
	@./scripts/setup.sh

test: setup ## Run the tests (COVERAGE=1 also measures branches and holds the floor)
	@$(if $(COVERAGE),$(call measure-tests,-m "not slow"),$(VENV)/pytest -n $(WORKERS) -m "not slow")

test-all: setup ## Run the tests and the long campaigns, with branch coverage
	@$(call measure-tests,)

check: setup ## Check style, types, import rules and generated pages
	$(VENV)/ruff check
	$(VENV)/ruff format --check --quiet
	$(VENV)/mypy
	$(VENV)/lint-imports --no-logo
	$(VENV)/python -m scripts.generate_docs --check

bench: setup ## Measure against the floors, on this machine
	@for each in planner latency burst webhooks registrations events; do $(VENV)/python benchmarks/$$each.py || exit; done

##@ Keep it

docs: setup ## Write the generated pages, and check links and commands on all of them
	@$(VENV)/python -m scripts.generate_docs
	@$(VENV)/python -m scripts.check_docs

histories: setup ## Record the runs that the replay tests replay (see the script before)
	@$(VENV)/python -m scripts.record_histories

lock: ## Resolve the locks again (UPGRADE=1 takes newer versions); needs uv
	@test -n "$(UV)" || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	$(call compile,build,--group build)
	$(call compile,run,--all-extras pyproject.toml)
	$(call compile,dev,--all-extras --group dev pyproject.toml)

clean: ## Remove .venv/ and everything that the tools left behind
	rm -rf .venv .*_cache .hypothesis .coverage .coverage.* dist build site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# The report of each file: .venv/bin/coverage report
define measure-tests
	$(VENV)/coverage erase && \
	{ $(VENV)/coverage run -m pytest -n $(WORKERS) $(1); outcome=$$?; } && \
	$(VENV)/coverage combine --quiet && \
	printf 'branch coverage, percent: ' && $(VENV)/coverage report --format=total && \
	exit $$outcome
endef

define compile
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) $(2) -o requirements/$(1).lock
endef

.PHONY: help setup demo up test test-all check bench docs histories lock clean
