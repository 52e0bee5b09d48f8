# creditgate: `make demo` shows it at work, `make test` runs every test. Nothing else is needed first.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet pyproject.toml --extra postgresql --extra nats --extra mysql --extra soap-signature --extra telemetry --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

# What Python compiles stays: many processes begin here, and each would compile all of it anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-quick lint types imports docs translations pictures bench faults soak fuzz mutants lock clean

demo: .venv/ready ## three departments, a platform and a centre, from start to balance
	$(BIN)/creditgate demo

# Each worker costs about 15 s of processor time; two leave two cores idle for half of the time.
WORKERS ?= 3
test: .venv/ready-dev ## every test, with the real servers they need
	$(BIN)/python -m tests.support.timed sh -c '$(BIN)/python -m compileall -q adapters gateway outbox xsd mappings && exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup --processor-time 12'

test-quick: .venv/ready-dev ## the tests without servers
	$(BIN)/pytest tests/unit

lint: .venv/ready-dev ## formatting, lint, and the counts of what is still wrong with the form (tests/house)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tests.house

types: .venv/ready-dev ## strict types
	$(BIN)/mypy

imports: .venv/ready-dev ## the arrows of the architecture
	$(BIN)/lint-imports

docs: .venv/ready-dev ## write the generated parts of docs/ and mappings/ anew
	$(BIN)/python -m tests.support.generate

translations: .venv/ready-dev ## take the texts of templates into the .po files; fails until each is translated
	$(BIN)/python -m tests.support.translations

pictures: .venv/ready-dev ## take the pictures of docs/images anew, by the browser's tests
	$(BIN)/pytest tests/browser --pictures docs/images

bench: .venv/ready-dev .venv-dlt/ready ## the throughput figures of docs/benchmarks.md, beside dlt
	$(BIN)/python -m tests.benchmarks.throughput --workers 8 --dlt .venv-dlt/bin/python

SEED ?= 1
FAULTS ?= 260
faults: .venv/ready-dev ## seeded faults on a real town, and a checker; writes docs/reliability.md
	$(BIN)/python -m tests.faults --seed $(SEED) --faults $(FAULTS) --write

ROWS ?= 1000000
soak: .venv/ready-dev ## a million rows through one feed: no slope of memory, every row checked at the end
	$(BIN)/python -m tests.soak --rows $(ROWS) --seed $(SEED)

DOCUMENTS ?= 20000
fuzz: .venv/ready-dev ## seeded mutations of documents against every format, held against slow readers
	$(BIN)/python -m tests.fuzz --seed $(SEED) --documents $(DOCUMENTS)

MUTANTS ?= 300
mutants: .venv/ready-dev ## seeded mutations of the core, each against the tests that enter it; writes docs/reliability.md
	$(BIN)/python -m tests.mutants --seed $(SEED) --count $(MUTANTS) --write

lock: .venv/ready-dev ## resolve the dependencies anew, with hashes
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock

clean: ## remove what make made
	rm -rf .venv .venv-dlt .mutants

.venv/ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/ready-dev: requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@ .venv/ready

.venv-dlt/ready:
	$(PYTHON) -m venv .venv-dlt
	.venv-dlt/bin/pip install --quiet --disable-pip-version-check 'dlt[postgres]>=1.18'
	touch $@
