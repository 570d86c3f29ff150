"""Columns of a file of measurements: what they hold is in their names, and so is the unit."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..domain.faults import hint, shown

Kind = Literal["load_kw", "pv_kw", "pv_forecast_kw", "spot_per_kwh"]
ROOF = "roof"
_NAMES = ("load_kw", "load_w", "pv_kw", "pv_w", "pv_forecast_kw", "spot_per_kwh", "spot_per_mwh", "price_eur_mwh")
_PV = re.compile(r"pv(?:_(?P<plant>.+?))??(?P<forecast>_forecast)?_(?P<unit>kw|w)", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """What a column holds; ``factor`` brings it to kW or to the price of a kWh. ``plant`` is empty but for PV."""

    kind: Kind
    factor: float
    plant: str = ""


def column_of(name: str) -> Column | None:
    """What a column of that name holds, or None. ``pv_kw`` belongs to the plant ``roof``."""
    lower = name.lower()
    if lower in ("load_kw", "load_w"):
        return Column("load_kw", 0.001 if lower.endswith("_w") else 1.0)
    if lower in ("spot_per_kwh", "spot_per_mwh", "price_eur_mwh"):
        return Column("spot_per_kwh", 0.001 if lower.endswith("mwh") else 1.0)
    match = _PV.fullmatch(name)
    if match is None or (match["plant"] and hint(match["plant"].lower(), ["forecast"])):
        return None  # pv_forcast_kw is no plant called forcast
    kind: Kind = "pv_forecast_kw" if match["forecast"] else "pv_kw"
    return Column(kind, 0.001 if match["unit"].lower() == "w" else 1.0, match["plant"] or ROOF)


def columns_of(
    path: Path, names: list[str], wanted: frozenset[Kind], required: tuple[Kind, ...]
) -> tuple[dict[int, Column], list[str]]:
    """The wanted columns by their place in the header, and the faults of the header as sentences."""
    columns: dict[int, Column] = {}
    faults: list[str] = []
    for k, name in enumerate(names):
        column = column_of(name)
        if column is None:
            # Other columns are no concern of ours, but a slip of the pen in one of ours is.
            if name.lower().split("_")[0] in ("load", "pv", "spot", "price") or hint(name.lower(), _NAMES):
                known = hint(name.lower(), _NAMES) or f"; write one of {', '.join(_NAMES)}, pv_NAME_kw, or leave it out"
                faults.append(f"{path}: line 1: {shown(name)} is not a known column{known}")
        elif column.kind in wanted:
            twin = next(
                (names[j] for j, c in columns.items() if (c.kind, c.plant) == (column.kind, column.plant)), None
            )
            if twin is not None:
                faults.append(f"{path}: line 1: {twin} and {name} say the same; leave one out")
            columns[k] = column
    found = {column.kind for column in columns.values()}
    write = {"load_kw": "load_kw or load_w", "spot_per_kwh": "spot_per_kwh, spot_per_mwh or price_eur_mwh"}
    faults += [
        f"{path}: line 1: has no column {write.get(kind, kind)} (columns: {', '.join(names)})"
        for kind in required
        if kind not in found
    ]
    plants = {column.plant for column in columns.values() if column.kind == "pv_kw"}
    for k, column in columns.items():
        if column.kind == "pv_forecast_kw" and column.plant not in plants:
            faults.append(
                f"{path}: line 1: {names[k]} forecasts the plant {column.plant}, of which there is no column pv_{column.plant}_kw"
            )
    return columns, faults
