SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup lock schemas format check static lint types layers sql unit test test-slow test-failed promises promises-page docs docs-site workflows demo bench bench-judge bench-model bench-rollout bench-warehouse chaos chaos-ops soak fuzz test-containers audit clean \
  dbt-freshness dbt-test dbt-docs ml-features ml-train ml-eval ml-verify-calibration ml-pipeline ml-retrain ml-status ml-smoke ml-predict ml-thresholds \
  ml-dash-import ml-dash-import-freshness ml-canary canary-0 canary-10 canary-50 canary-100

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
OWN := $(if $(TAXONOMY),--taxonomy $(TAXONOMY))
CODE := schemas rules scorer streams trainer ops ledgermind tests
# Long files begin first, so that short ones fill the end.
SIDE_BY_SIDE ?= 2
PYTEST := $(BIN)/pytest -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder
export OMP_WAIT_POLICY ?= passive
export DBT_SEND_ANONYMOUS_USAGE_STATS ?= false
export UV_SYSTEM_CERTS ?= true
ifndef LEDGERMIND_REAL_DATA
ifneq ($(wildcard ../shared/data),)
export LEDGERMIND_REAL_DATA := $(abspath ../shared/data)
endif
endif

##@ Begin
help: ## list the verbs
	@awk -F ':.*## ' '/^##@ /{printf "%s%s\n", gap, substr($$0, 5); gap = "\n"} /^[a-z0-9 -]+:.*## /{printf "  %-23s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the virtual environment from the lock file

$(STAMP): requirements-dev.lock pyproject.toml setup.py scorer/model/bit_vectors.c
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3 and python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; point PYTHON= at one"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

.PHONY: up
up: $(STAMP) ## run everything on this machine until ctrl-C; ARGS='--simulate 50' feeds it
	@$(BIN)/ledgermind $(OWN) up $(ARGS)

demo: $(STAMP) ## see it work on this machine; TAXONOMY=FILE with your own categories
	$(BIN)/ledgermind $(OWN) demo

.PHONY: wheel
wheel: $(STAMP) ## build what `pip install` takes, into .ledgermind/dist
	$(BIN)/uv build --quiet --wheel --out-dir .ledgermind/dist
	@rm -rf build *.egg-info

clean: ## remove everything that the commands above made
	rm -rf .venv .ledgermind .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

##@ Check and test
format: $(STAMP) ## format the code
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix --quiet $(CODE)

check: static unit ## everything fast: format, lint, types, layers, unit and contract tests; with CI= also audit

static: lint types layers sql workflows $(if $(CI),audit) ## of this what runs no test

lint: $(STAMP) ## format and lint, without changing anything
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/python tests/repository/lengths.py

types: $(STAMP) ## mypy, strict, over the tests, too
	$(BIN)/mypy $(CODE)

layers: $(STAMP) ## who may import whom
	$(BIN)/lint-imports

sql: $(STAMP) ## lint the warehouse's SQL
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar warehouse/models warehouse/tests warehouse/raw --config warehouse/.sqlfluff

workflows: $(STAMP) ## lint the workflows with actionlint, where there is Go
	$(BIN)/python tests/repository/workflows.py

UNIT := not integration and not kafka and not warehouse and not chaos and not benchmark and not soak and not chaos_ops and not containers
unit: $(STAMP) ## unit and contract tests
	$(PYTEST) -q -m "$(UNIT)"

.PHONY: coverage
coverage: $(STAMP) ## branches that unit and contract tests take, with a floor; half as long again as these alone
	@rm -rf .ledgermind/coverage
	$(BIN)/python -m coverage run -m pytest -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder -q -m "$(UNIT)"
	@$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

SUITE := not benchmark and not soak and not chaos_ops
test: $(STAMP) ## the suite that needs no Docker, real Kafka included where Java and Maven are; SIDE_BY_SIDE= processes
	$(PYTEST) -m "$(SUITE) and not slow" --durations=15

test-slow: $(STAMP) ## the tests of the suite that take over 20 seconds each: trainings, dbt builds, sessions that run out
	$(PYTEST) -m "$(SUITE) and slow" --durations=15

test-failed: $(STAMP) ## those that failed in the runs before, once more and alone; not for counts of records, nor for more than three
	$(BIN)/python tests/repository/failed.py
	$(BIN)/pytest -n0 --last-failed --last-failed-no-failures none -m "$(SUITE)"

promises: $(STAMP) ## what README, docs and --help promise, each held from outside; docs/PROMISES.md lists them
	$(PYTEST) -m "not benchmark and not soak" --durations=5 tests/contracts/test_promises.py tests/promises

chaos: $(STAMP) ## kill, freeze and break workers on a real Kafka, and count; CHAOS_SEED= repeats a run, CHAOS_RECORDS= sizes it
	CHAOS_RECORDS=$${CHAOS_RECORDS:-10000} $(BIN)/pytest -s -m chaos tests/chaos

chaos-ops: $(STAMP) ## the faults that an operator meets, each until its alert arrives at a receiver, within a quarter of an hour
	$(BIN)/pytest -m chaos_ops --log-cli-level=WARNING tests/chaos tests/warehouse

soak: $(STAMP) ## half an hour on three nodes of Kafka, with networks that fail; SOAK_ROUNDS= and SOAK_RECORDS= size it
	$(BIN)/pytest -s -m soak tests/chaos tests/model

.PHONY: mutations
mutations: $(STAMP) ## 5,000 mutations of every file of a release, hashes made right; LEDGERMIND_MUTATIONS= sizes it
	$(BIN)/pytest -s -q -m soak tests/trainer/release/test_mutations.py

fuzz: $(STAMP) ## let a coverage-guided fuzzer look for bytes that break a promise; FUZZ_SECONDS= says for how long
	@mkdir -p .ledgermind/fuzz/corpus
	$(BIN)/uv run --quiet --no-project --python $(BIN)/python --with atheris==3.0.0 python -m tests.fuzz.guided \
	  .ledgermind/fuzz/corpus tests/fuzz/cases -dict=tests/fuzz/words.dict -artifact_prefix=.ledgermind/fuzz/ \
	  -max_total_time=$${FUZZ_SECONDS:-600} -max_len=2048 -timeout=10 -print_final_stats=1

.PHONY: fuzz-files
fuzz-files: $(STAMP) ## read made-up and mutated cells and files of banks: one outcome each, none slow; FUZZ_INPUTS= and FUZZ_SEED= size it
	@mkdir -p .ledgermind/fuzz
	cd .ledgermind/fuzz && PYTHONPATH=$(CURDIR) $(CURDIR)/$(BIN)/python -m tests.fuzz.files $${FUZZ_INPUTS:-1000000} $${FUZZ_SEED:-1}

test-containers: $(STAMP) ## what runs in containers; needs a Docker engine, and images by name or built as docs/TESTING.md says
	$(BIN)/pytest -m containers tests/containers

audit: $(STAMP) ## known vulnerabilities of the pinned packages; asks the advisory database, says so where it cannot
	$(BIN)/python tests/repository/audit.py

##@ Measure
bench-judge: $(STAMP) ## what the judge asks of the warehouse, timed and explained, into docs/DATA_QUALITY.md; JUDGE_ROWS= sizes it
	JUDGE_PAGE=1 JUDGE_ROWS=$${JUDGE_ROWS:-1000000} $(BIN)/pytest -q -s -m benchmark tests/benchmarks/test_judge_scale.py

bench: $(STAMP) ## measure each step, in process and end to end, side by side
	$(BIN)/pytest -q -s -m benchmark --ignore tests/benchmarks/test_peers.py tests/benchmarks

.PHONY: bench-checkouts bench-peers
bench-checkouts: $(STAMP) ## one worker of each of two checkouts, in turns: BEFORE= and AFTER= name the folders; CHECKOUT_ROUNDS= sizes it
	@test -n "$(BEFORE)" -a -n "$(AFTER)" || { echo "give BEFORE= and AFTER=, two folders of this repository"; exit 2; }
	BEFORE="$(BEFORE)" AFTER="$(AFTER)" $(BIN)/pytest -q -s -m benchmark --timeout 7200 tests/benchmarks/test_checkouts.py

bench-peers: $(STAMP) ## the worker beside Quix Streams, Kafka Streams and a bare loop, in turns; PEER_ROUNDS= and PEER_RECORDS= size it
	$(BIN)/pytest -q -s -m benchmark --timeout 7200 tests/benchmarks/test_peers.py

bench-warehouse: $(STAMP) ## build the warehouse over a made year; SCALE_TRANSACTIONS= sizes it
	SCALE_TRANSACTIONS=$${SCALE_TRANSACTIONS:-1000000} $(BIN)/pytest -q -s -m benchmark tests/benchmarks/test_warehouse_scale.py

bench-rollout: $(STAMP) ## the rollout and the replay at length; ROLLOUT_USERS=, ROLLOUT_RATE= and REPLAY_RECORDS= size them
	ROLLOUT_USERS=$${ROLLOUT_USERS:-100000} ROLLOUT_RATE=$${ROLLOUT_RATE:-2000} $(BIN)/pytest -q -s -m kafka tests/integration/test_rollout_moves.py
	REPLAY_RECORDS=$${REPLAY_RECORDS:-100000} $(BIN)/pytest -q -s tests/integration/test_replay.py -k "very_events or adds_up"

bench-model: $(STAMP) ## the model on real purchases, each view; MODEL_FOLDS= sizes it, MODEL_ABLATION=1 takes its parts away
	MODEL_FOLDS=$${MODEL_FOLDS:-5} $(BIN)/pytest -q -s -m benchmark --timeout 3600 tests/benchmarks/test_model_quality.py tests/benchmarks/test_walk_forward.py tests/benchmarks/test_served_precision.py

##@ Write anew
lock: $(STAMP) ## resolve the dependencies again, with hashes and without any host
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.lock

schemas: $(STAMP) ## write the JSON Schemas and the AsyncAPI page anew
	$(BIN)/ledgermind schemas write

.PHONY: goldens
goldens: $(STAMP) ## write the goldens anew, for a change that is meant to change them: REASON= says why
	@test -n "$(REASON)" || { echo "goldens say what must not change; to write them anew give REASON="; exit 2; }
	GOLDENS_REASON="$(REASON)" $(BIN)/python -m tests.goldens.write
	GOLDENS_REASON="$(REASON)" $(BIN)/pytest -q -n0 tests/warehouse/test_compiled_sql.py

docs docs-site: $(STAMP) ## the docs site, with the newest model card and dbt's documentation where there are: .ledgermind/site
	$(BIN)/python -m ops.site $(ARGS)

promises-page: $(STAMP) ## write docs/PROMISES.md anew from the tests' marks
	$(BIN)/python -m tests.promises.page

##@ Warehouse
dbt-freshness: $(STAMP) ## how fresh each source is; fails where one is stale or was not measured
	$(BIN)/ledgermind warehouse freshness $(ARGS)

dbt-test: $(STAMP) ## run every test of the warehouse
	$(BIN)/ledgermind warehouse test $(ARGS)

dbt-docs: $(STAMP) ## the warehouse's documentation as one static page
	$(BIN)/ledgermind warehouse docs $(ARGS)

##@ Model
ml-features: $(STAMP) ## materialise features for training
	$(BIN)/ledgermind features $(ARGS)

ml-train: $(STAMP) ## train, calibrate, gate and write a release
	$(BIN)/ledgermind train $(ARGS)

ml-eval: $(STAMP) ## a release against the labels that it has not learned; 2 means there are none yet
	$(BIN)/ledgermind evaluate $(ARGS)

ml-verify-calibration: $(STAMP) ## check a release: 0 fine, 1 broken, 2 nothing to verify
	$(BIN)/ledgermind verify-calibrator $(ARGS)

ml-pipeline: $(STAMP) ## features, freshness, dbt build and tests, training, verification, gate; 3 means refused, with the reason
	$(BIN)/ledgermind retrain --no-challenger $(ARGS)

ml-retrain: $(STAMP) ## ml-pipeline, and a release that passed enters the rollout as challenger at 0 %
	$(BIN)/ledgermind retrain $(ARGS)

ml-status: $(STAMP) ## the releases, and who is served what
	$(BIN)/ledgermind status
	$(BIN)/ledgermind rollout status

ml-smoke: $(STAMP) ## whether the newest release answers, and the running worker where there is one, in seconds
	$(BIN)/ledgermind smoke $(ARGS)

ml-predict: $(STAMP) ## ask a release about an example, or: make ml-predict ARGS='"TESCO STORES 3021" --amount -12.50'
	$(BIN)/ledgermind predict $(or $(ARGS),"SQ *CAFE LUNA BERLIN" --amount -4.20)

ml-thresholds: $(STAMP) ## the thresholds in force, per category
	$(BIN)/ledgermind thresholds $(ARGS)

##@ Dashboards
ml-dash-import: $(STAMP) ## bring the canary's and the stream's dashboards into Grafana; LEDGERMIND_GRAFANA_URL= and _TOKEN= say which
	$(BIN)/ledgermind dashboards import ml-canary-overview stream-health

ml-dash-import-freshness: $(STAMP) ## bring the dashboard of sources into Grafana
	$(BIN)/ledgermind dashboards import ml-source-freshness

##@ Rollout
ml-canary: $(STAMP) ## move the canary's share: make ml-canary PERCENT=10 REASON='shadow looked well' [OVERRIDE='why'] [ARGS=…]
	@test -n "$(PERCENT)" -a -n "$(REASON)" || { echo "give PERCENT= and REASON="; exit 2; }
	$(BIN)/ledgermind rollout set "$(PERCENT)" --reason "$(REASON)" $(if $(OVERRIDE),--override "$(OVERRIDE)") $(ARGS)

canary-0 canary-10 canary-50 canary-100: $(STAMP) ## the same by name: make canary-50 REASON=… ARGS="--prometheus …", or OVERRIDE=…
	@$(MAKE) --no-print-directory ml-canary PERCENT=$(@:canary-%=%)
