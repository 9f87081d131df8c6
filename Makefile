# One machine, two commands: `make run` shows the service at work, `make test` proves it.
SHELL := /bin/sh
PYTHON := .venv/bin/python
EAKTE := .venv/bin/eakte
.DEFAULT_GOAL := help
.PHONY: help install run test check faults bench services image lock clean
.NOTPARALLEL:

help:  ## this list
	@echo 'eakte: electronic case files. Debian 12, as root or as a user with sudo.'
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

install:  ## install what the service needs, start nothing
	@bootstrap/install run

run:  ## install, then start everything with demo documents (DEMO=0: without); Ctrl-C stops it
	@bootstrap/install run
	@bootstrap/heed-make $$$$ $$PPID & exec $(EAKTE) up $(if $(filter 0,$(DEMO)),--no-demo)

test:  ## all tests (ARGS='-k word' chooses); `make services` before saves time
	@bootstrap/install test
	@exec $(PYTHON) -m pytest $(or $(ARGS),--numprocesses 2 --no-loadscope-reorder --max-worker-restart 0)

check:  ## style, types, imports, migrations, OpenAPI, documents
	@bootstrap/install test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest tests/check

faults:  ## kill everything at random for a long time (SEED=n, resumable)
	@bootstrap/install test
	@exec $(PYTHON) -m tests.faults $(if $(SEED),--seed $(SEED))

bench:  ## measure; figures and plots under benchmarks/out/
	@bootstrap/install test
	@exec $(PYTHON) -m benchmarks

services:  ## fetch the foreign programs that tests use (once, into ~/.cache/eakte-services)
	@bootstrap/install test
	@$(PYTHON) -m tests.services.verapdf install
	@$(PYTHON) -m tests.services.opensearch install
	@$(PYTHON) -m tests.services.seaweedfs install
	@$(PYTHON) -m tests.services.toxiproxy install
	@$(PYTHON) -m tests.services.tus_js_client install
	@$(PYTHON) -m tests.services.clamd install
	@$(PYTHON) -m tests.services.minio install
	-@$(PYTHON) -m tests.services.imap install
	-@$(PYTHON) -m tests.services.sftp install
	-@$(PYTHON) -m tests.services.image base

image:  ## build the images eakte-service and eakte-worker with docker, podman or buildah
	@bootstrap/image

lock:  ## write requirements*.lock anew from pyproject.toml
	@bootstrap/install test
	@UPGRADE=$(UPGRADE) bootstrap/lock

clean:  ## remove .venv and caches; DATA=1 removes the data under var/ as well
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis benchmarks/out
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
ifeq ($(DATA),1)
	bootstrap/remove-data
else
	@echo 'var/ (documents, database, keys) stays; make clean DATA=1 removes it'
endif
