# Needs Python >= 3.11, git and make; everything else goes into .venv.
.PHONY: demo demo-cli test lint format bench docs docs-images clean

PY := .venv/bin/python
# Tests and benchmarks start gatehouse often; each start would compile all of it again where an environment forbids to keep
# that, as images of containers do.
unexport PYTHONDONTWRITEBYTECODE
SCRIPTS := examples/make-demo

demo:  ## a local forge with the bot at work, for your browser; make demo ARGS='--port 8484'
	@tools/setup run
	@$(PY) -m bot playground $(ARGS)

demo-cli:  ## check the sample's change and show the report in the terminal
	@tools/setup run
	@tools/demo $(ARGS)

test:  ## the whole suite on all cores; make test ARGS='-k globs'
	@tools/setup dev
	$(PY) -m pytest -n auto --dist worksteal $(ARGS)

lint:  ## style, format, types, and the house's import rules
	@tools/setup dev
	$(PY) -m ruff check . $(SCRIPTS)
	$(PY) -m ruff format --check . $(SCRIPTS)
	$(PY) -m mypy
	$(PY) -m mypy $(SCRIPTS)
	.venv/bin/lint-imports

format:  ## what lint would ask for, where it can be done by itself
	@tools/setup dev
	$(PY) -m ruff check --fix . $(SCRIPTS)
	$(PY) -m ruff format . $(SCRIPTS)

bench:  ## print the table of docs/performance.md for this machine
	@tools/setup dev
	$(PY) -m benchmarks $(ARGS)

docs:  ## pages that are made from code
	@tools/setup run
	$(PY) -m bot.config.reference > docs/configuration.md
	$(PY) -m bot.service.commands.reference > docs/commands.md
	$(PY) -m bot.checks.explain docs/rules
	$(PY) tools/readme-report

docs-images:  ## the pictures of docs/images, taken of a running playground; needs tools/install chromium
	@tools/setup dev
	$(PY) tools/screenshots

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
