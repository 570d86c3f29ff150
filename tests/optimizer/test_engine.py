"""CBC where it loads, HiGHS where it does not, and a sentence where neither does. In processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

APPS = str(Path(__file__).resolve().parents[2] / "apps")
# python-mip loads CBC from here where it is set; nothing is there, as on musl.
WITHOUT_CBC = {"PMIP_CBC_LIBRARY": "/nonexistent/libCbc.so"}


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={key: value for key, value in os.environ.items() if key != "PMIP_CBC_LIBRARY"}
        | {"PYTHONPATH": APPS}
        | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_cbc_where_it_loads() -> None:
    assert run("from hems.optimizer.engine import solver_name; print(solver_name())") == "CBC\n"


def test_a_model_can_be_collected_at_any_time() -> None:
    """Its ``__del__`` finds its function without cffi's lock, which may be held when the collector runs."""
    program = "from hems.optimizer.engine import loaded_engine; loaded_engine(); import mip.cbc as c; "
    assert run(program + "print('Cbc_deleteModel' in {**vars(type(c.cbclib)), **vars(c.cbclib)})") == "True\n"
    without = "import mip.cbc as c; print('Cbc_deleteModel' in {**vars(type(c.cbclib)), **vars(c.cbclib)})"
    assert run(without) == "False\n"


def test_highs_where_cbc_does_not_load_and_nothing_is_said_of_it() -> None:
    program = "import hems.optimizer.plan; from hems.optimizer.engine import solver_name; print(solver_name())"
    assert run(program, **WITHOUT_CBC) == "HiGHS\n"


def test_neither_is_said_in_words() -> None:
    program = """
import sys
sys.modules["mip.highs"] = None
from hems.optimizer.engine import NoEngine, loaded_engine
try:
    loaded_engine()
except NoEngine as error:
    print(error)
"""
    assert "neither CBC nor HiGHS" in run(program, **WITHOUT_CBC)
