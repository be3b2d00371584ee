# Two commands do everything on a machine that has Python >= 3.11, pip, venv and make:
#   make course    sets up, runs the chapters, builds the book
#   make test      sets up, checks and tests all of it
# PYTHON=python3.12 make test   takes another interpreter.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m

.PHONY: help course test installed check notebooks book studies bench graders lab readme clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -4
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

# A stamp for each set of packages: installing runs again only when what is asked for changes.
$(VENV)/installed-%: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "Creating $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing rnnlab[$*] (the first time takes a minute or two)"
	@$(RUN) pip install --quiet --disable-pip-version-check --upgrade pip
	@{ $(RUN) pip install --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'; echo $$? > $(VENV)/status; } \
	  | sed -un 's/^Collecting \([^ ]*\).*/  \1/p; s/^Successfully installed.*/  installed/p'; exit $$(cat $(VENV)/status)
	@touch $@

course: $(VENV)/installed-book ## run the ten chapters and build the book (MODE=--full for the full studies)
	@$(BIN)/python book/build.py course $(MODE)

test: check ## everything: checks, then all tests
	@$(RUN) pytest

installed: $(VENV)/installed-dev ## run the chapters from a wheel in an empty folder, with Colab's packages and with the oldest
	@$(RUN) pytest tests/installed_course.py

check: $(VENV)/installed-dev ## what CI runs first: format, lint, types, spelling, guards
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/codespell
	@$(RUN) pytest -q tests/test_order.py tests/test_docs.py

notebooks: $(VENV)/installed-book ## build notebooks/ from course/
	@$(BIN)/python book/build.py notebooks

book: $(VENV)/installed-book ## build the site from the chapters' last run
	@$(BIN)/python book/build.py site

readme: $(VENV)/installed-book ## write what is generated in README.md
	@$(BIN)/python book/build.py readme

studies: $(VENV)/installed-course ## run every full study whose records are missing into results/
	@$(BIN)/rnnlab study run --all --full

bench: $(VENV)/installed-bench ## measure the engine against its peers
	@$(BIN)/python benchmarks/engine.py

graders: $(VENV)/installed-course ## export an assignment and have Otter Grader and nbgrader grade it
	@$(BIN)/python benchmarks/graders.py

lab: $(VENV)/installed-book ## open the notebooks in Jupyter
	@$(RUN) pip install --quiet --constraint constraints.txt jupyterlab
	@$(RUN) jupyterlab notebooks

clean: ## remove what was built, keep the environment
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
