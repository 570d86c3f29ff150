# HEMS: `make demo` shows it, `make test` tests it; see README.md.
PYTHON ?= python3
PORT ?= 5050
BIN := .venv/bin

.PHONY: demo check test test-ha bench bench-emhass bench-year browser clean

demo: .venv/installed
	@$(BIN)/python -c 'import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", $(PORT))) == 0 and "port $(PORT) is taken; choose another: make demo PORT=5051")'
	@echo "HEMS demo: http://127.0.0.1:$(PORT)/app/hems (a plan stands there within half a minute; Ctrl-C ends it)"
	@HEMS_URL=http://127.0.0.1:$(PORT) exec $(BIN)/appdaemon -c demo

check: .venv/installed-dev
	$(BIN)/ruff check apps tests benchmarks
	$(BIN)/ruff format --check apps tests benchmarks
	$(BIN)/mypy
	PYTHONPATH=apps $(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_architecture.py
	$(BIN)/python -m hems check apps/apps.yaml
	$(BIN)/python -m hems check demo/apps/apps.yaml

test: .venv/installed-dev browser
	$(BIN)/python -m pytest -q
	@echo "the optimizer's tests again, with HiGHS in CBC's place:"
	PMIP_CBC_LIBRARY=/nonexistent/libCbc.so $(BIN)/python -m pytest -q tests/optimizer tests/scenarios

test-ha: .venv/installed-dev
	$(PYTHON) tests/home_assistant/install.py
	$(BIN)/python -m pytest -m home_assistant -x -s tests/home_assistant

# All tables, one after another; the full counts stand in benchmarks/README.md. One that fails does not stop the others.
BENCHMARKS := "real_days.py --quick" "hard_cases.py --cases 40" scaling.py "worker_memory.py --solves 200" calm.py \
  "rolling.py --quick" "closed_loop.py --days 14 --home fr"

bench: .venv/installed-dev
	@status=0; for one in $(BENCHMARKS); do printf '\n## %s\n\n' "$$one"; \
	  $(BIN)/python benchmarks/$$one || status=1; done; exit $$status

# Installs EMHASS into .emhass (1.1 GB) where it is not there yet.
bench-emhass: .venv/installed-dev
	$(BIN)/python benchmarks/against_emhass.py

# Seven homes from January to September in closed loop: hours. Interrupted, it goes on where it was.
bench-year: .venv/installed-dev
	$(BIN)/python benchmarks/closed_loop.py --year --home all

# The page is tested in Debian's Chromium, which pip cannot bring.
browser:
	@command -v chromium >/dev/null || { echo "installing Chromium for the page's tests"; \
	  apt-get -qq update && apt-get -qq install -y chromium >/dev/null; }

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13) and "HEMS needs Python 3.10 to 3.13; set PYTHON=python3.12, say")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -q -r requirements.txt
	$(BIN)/python -c 'import site, pathlib; pathlib.Path(site.getsitepackages()[0], "hems.pth").write_text(str(pathlib.Path("apps").resolve()))'
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .ha hems_data demo/hems_data
