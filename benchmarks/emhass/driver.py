"""Runs inside EMHASS's own environment: plans what it is asked and says how long that took.

One JSON object a line on standard input, one a line back. ``first`` builds a new problem, ``again`` plans the kept one
with another load, which is what EMHASS's own cache does between two calls. Timed is EMHASS alone: constructor and
``perform_naive_mpc_optim``, which builds, compiles, solves and reads the result; neither import nor pipe.
"""

import json
import logging
import os
import sys
import time
import warnings
from importlib import resources
from typing import Any, TextIO

import numpy as np
import pandas as pd
from emhass.optimization import Optimization

COST, PRICE = "unit_load_cost", "unit_prod_price"
COLUMNS = ("P_grid_pos", "P_grid_neg", "P_batt", "P_PV_curtailment")


class Kept:
    """One problem of EMHASS's, kept between calls."""

    def __init__(self, case: dict[str, Any]) -> None:
        defaults = json.loads(resources.files("emhass").joinpath("data/config_defaults.json").read_text("utf-8"))
        step = pd.Timedelta(minutes=case["step_minutes"])
        times = pd.date_range(case["start"], periods=len(case["load_w"]), freq=step)
        self._case = case
        self._table = pd.DataFrame({COST: case["import_price"], PRICE: case["export_price"]}, index=times)
        self._pv = pd.Series(np.array(case["pv_w"]), index=times)
        self._hass = defaults | {"optimization_time_step": step, "time_zone": "UTC"}
        self._optim = defaults | case["optim"] | {"delta_forecast_daily": step * len(times)}
        self._plant = defaults | case["plant"]
        self._optimization: Optimization | None = None

    def plan(self, load_w: list[float]) -> tuple[pd.DataFrame, float]:
        """EMHASS's table of results for a load in W, shape (N,), and the seconds that it took."""
        case, load = self._case, pd.Series(np.array(load_w), index=self._table.index)
        began = time.perf_counter()
        if self._optimization is None:
            self._optimization = Optimization(
                self._hass,
                self._optim,
                self._plant,
                COST,
                PRICE,
                "profit",
                {},
                _silent(),
                num_timesteps=len(load),
            )
        table = self._optimization.perform_naive_mpc_optim(
            self._table,
            self._pv,
            load,
            len(load),
            soc_init=case["soc_init"],
            soc_final=case["soc_final"],
            def_total_hours=list(case["hours"]),
            def_start_timestep=list(case["starts"]),
            def_end_timestep=list(case["ends"]),
        )
        return table, time.perf_counter() - began


def _silent() -> logging.Logger:
    logger = logging.getLogger("emhass")
    logger.setLevel(logging.CRITICAL)
    return logger


def answer(table: pd.DataFrame, seconds: float) -> dict[str, Any]:
    """The result as plain lists in W. ``status`` as EMHASS words it."""
    names = [name for name in table.columns if name in COLUMNS or name.startswith("P_deferrable")]
    status = str(table["optim_status"].iloc[0])
    return {"seconds": seconds, "status": status, "columns": {name: table[name].tolist() for name in names}}


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answers request after request until the input ends."""
    kept: Kept | None = None
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        try:
            if request["do"] == "first":
                kept = Kept(request["case"])
            assert kept is not None, "nothing has been planned yet"
            said = answer(*kept.plan(request["load_w"]))
        except Exception as error:  # the other side turns it into a sentence
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=answers, flush=True)


def main() -> None:
    """The solver prints to C's standard output, so the answers get a pipe of their own."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
