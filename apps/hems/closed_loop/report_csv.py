"""Every step of a simulation as one row of a CSV file, for a spreadsheet."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from .report_steps import local_times
from .report_words import finite
from .results import CONTROLLERS, Results

DIGITS = 5


def write_csv(results: Results, path: Path) -> None:
    """Write one row a step, UTF-8: local time with its offset, prices, baseline load, PV, then each controller's trace.

    Prices in the currency per kWh, power in kW, SoC as a fraction, temperatures in degrees Celsius. What a series does
    not hold stays empty. Rows are written as they are made. Raises OSError.
    """
    columns = list(_columns(results))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time", *(title for title, _ in columns)])
        for k, time in enumerate(local_times(results)):
            writer.writerow([time.isoformat(), *(_cell(series, k) for _, series in columns)])


def _columns(results: Results) -> Iterator[tuple[str, Sequence[float]]]:
    yield "import_price", results.import_price
    yield "export_price", results.export_price
    yield "load_kw", results.load_kw
    yield "pv_kw", results.pv_kw
    for name in CONTROLLERS:
        if name not in results.traces:
            continue
        trace = results.traces[name]
        yield f"{name}_import_kw", trace.import_kw
        yield f"{name}_export_kw", trace.export_kw
        yield from ((f"{name}_{storage}_soc", series) for storage, series in trace.soc.items())
        yield from ((f"{name}_{device}_kw", series) for device, series in trace.load_kw.items())
        yield from ((f"{name}_{device}_c", series) for device, series in trace.temperature_c.items())


def _cell(series: Sequence[float], k: int) -> float | str:
    value = finite(series[k], DIGITS) if k < len(series) else None
    return "" if value is None else value
