"""Runs inside EMHASS's own environment: its ML load forecaster, at many moments of one home.

One JSON object on standard input, one JSON list on standard output: a list of W for each issue. The forecaster has EMHASS's
defaults and is fitted anew when a new day of 48 half-hours has begun; each forecast starts from the newest measurements.
"""

import asyncio
import json
import logging
import sys
from typing import Any

import pandas as pd
from emhass.machine_learning_forecaster import MLForecaster

LOAD = "sensor.power_load_no_var_loads"
MODEL, LAGS, PER_DAY = "KNeighborsRegressor", 48, 48


async def forecasts(request: dict[str, Any]) -> list[list[float]]:
    """W of the next LAGS half-hours from each issue on."""
    logger = logging.getLogger("emhass")
    logger.setLevel(logging.CRITICAL)
    begin = pd.Timestamp(request["start_s"], unit="s", tz="UTC").tz_convert(request["time_zone"])
    times = pd.date_range(begin, periods=len(request["load_w"]), freq="30min")
    load = pd.DataFrame({LOAD: request["load_w"]}, index=times)
    found, fitted, model = [], None, None
    for k in request["issues"]:
        past = load.iloc[max(0, k - request["history"]) : k].asfreq("30min")
        if model is None or k // PER_DAY != fitted:
            model, fitted = MLForecaster(past.copy(), "load", LOAD, MODEL, LAGS, {}, logger), k // PER_DAY
            await model.fit(split_date_delta="48h", perform_backtest=False)
        ahead = await model.predict(past.iloc[-3 * LAGS :].asfreq("30min"))
        found.append([max(0.0, float(watt)) for watt in ahead])
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(forecasts(json.load(sys.stdin)))))
