"""Runs inside EMHASS's own environment: forecasts with EMHASS's methods and plans with its naive MPC, step after step.

One JSON object a line on standard input, one a line back. ``profile`` hands over the year that the forecast method
``typical`` reads, ``plan`` asks for a plan. The number of steps follows the published prices and so changes with every
plan, for which EMHASS's cache builds its problem anew; so does this. Timed is EMHASS's optimization alone: constructor and
``perform_naive_mpc_optim``.
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
from emhass.forecast import Forecast
from emhass.optimization import Optimization

COST, PRICE = "unit_load_cost", "unit_prod_price"
COLUMNS = ("P_grid", "P_batt", "P_PV", "P_PV_curtailment")
# EMHASS's naive MPC takes half of its first step from the sensor; its profile is of a house with this limit.
ALPHA = BETA = 0.5
PROFILE_LIMIT_W, PROFILE_STEP = 9000.0, pd.Timedelta(minutes=30)


class Planner:
    """EMHASS, its defaults, and the year of its typical load."""

    def __init__(self) -> None:
        self._defaults = json.loads(resources.files("emhass").joinpath("data/config_defaults.json").read_text("utf-8"))
        self._logger = logging.getLogger("emhass")
        self._logger.setLevel(logging.CRITICAL)
        self._year = pd.Series(dtype=float)

    def learn(self, request: dict[str, Any]) -> None:
        """The year of half hours in W; ``seconds`` since 1970."""
        times = pd.to_datetime(request["seconds"], unit="s", utc=True).tz_convert(request["time_zone"])
        self._year = pd.Series(np.array(request["load_w"], dtype=float), index=times)

    def plan(self, request: dict[str, Any]) -> dict[str, Any]:
        """The plan as lists in W, shape (N,), and EMHASS's status; no columns where it found none."""
        step = pd.Timedelta(minutes=request["step_minutes"])
        start = pd.Timestamp(request["start"]).tz_convert(request["time_zone"])
        times = pd.date_range(start, periods=len(request["pv_w"]), freq=step)
        load = _mixed(self._load(request, times, step), request["load_now_w"]).clip(lower=0.0)
        pv = _mixed(pd.Series(np.array(request["pv_w"], dtype=float), index=times), request["pv_now_w"])
        prices = pd.DataFrame({COST: request["import_price"], PRICE: request["export_price"]}, index=times)
        hass = self._defaults | {"optimization_time_step": step, "time_zone": request["time_zone"]}
        optim = self._defaults | request["optim"] | {"delta_forecast_daily": step * len(times)}
        plant = self._defaults | request["plant"]
        began = time.perf_counter()
        optimization = Optimization(
            hass, optim, plant, COST, PRICE, "profit", {}, self._logger, num_timesteps=len(times)
        )
        table = optimization.perform_naive_mpc_optim(
            prices,
            pv,
            load,
            len(times),
            soc_init=request["soc_init"],
            soc_final=request["soc_final"],
            def_total_hours=optim["operating_hours_of_each_deferrable_load"],
            def_start_timestep=optim["start_timesteps_of_each_deferrable_load"],
            def_end_timestep=optim["end_timesteps_of_each_deferrable_load"],
        )
        return _answer(table, time.perf_counter() - began)

    def _load(self, request: dict[str, Any], times: pd.DatetimeIndex, step: pd.Timedelta) -> pd.Series:
        if request["load_method"] == "naive":
            known = request["history"]
            index = pd.date_range(pd.Timestamp(known["start"]), periods=len(known["load_w"]), freq=step)
            history = pd.Series(known["load_w"], index=index.tz_convert(request["time_zone"]))
            return Forecast.get_naive_load_forecast(history, times, tolerance=step / 2)
        data = pd.DataFrame({"load": self._year})
        if step != PROFILE_STEP:
            data = Forecast.resample_data(data, step, PROFILE_STEP)
        days = [Forecast.get_typical_load_forecast(data, pd.Timestamp(day))[0] for day in np.unique(times.date)]
        load = pd.concat(days)["load"].reindex(times).interpolate().bfill().ffill()
        return load * request["profile_limit_w"] / PROFILE_LIMIT_W


def _mixed(forecast: pd.Series, now_w: float | None) -> pd.Series:
    """EMHASS's correction of the first step by what is measured."""
    now = pd.DataFrame({"now": [] if now_w is None else [now_w]})
    return Forecast.get_mix_forecast(now, forecast.astype(float), ALPHA, BETA, "now")


def _answer(table: pd.DataFrame, seconds: float) -> dict[str, Any]:
    found = "P_batt" in table.columns and len(table) > 0
    status = str(table["optim_status"].iloc[0]) if "optim_status" in table.columns and len(table) else "no plan"
    names = [name for name in table.columns if name in COLUMNS or name.startswith("P_deferrable")] if found else []
    columns = {name: table[name].tolist() for name in names}
    # What EMHASS gives where it found nothing is no number, which JSON does not know.
    if not all(np.isfinite(values).all() for values in columns.values()):
        columns = {}
    return {"seconds": seconds, "status": status, "columns": columns}


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answers request after request until the input ends. What EMHASS raises is its status: nothing is published."""
    planner = Planner()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        said: dict[str, Any] = {"seconds": 0.0, "status": "learnt", "columns": {}}
        try:
            if request["do"] == "profile":
                planner.learn(request)
            else:
                said = planner.plan(request)
        except Exception as error:
            said["status"] = f"{type(error).__name__}: {error}"
        print(json.dumps(said), file=answers, flush=True)


def main() -> None:
    """The solver prints to C's standard output, so the answers get a pipe of their own."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
