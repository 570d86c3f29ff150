"""What names say: whether a list holds prices, which key of its entries is the price, and whose prices they are."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .entries import read_number
from .price_unit import unit_of_key, words_of

_DAYS = {
    "today",
    "tomorrow",
    "yesterday",
    "next",
    "day",
    "current",
    "previous",
    "current_day",
    "next_day",
    "2",
    "two",
    "days",
}
_PRICE = {
    "price", "prices", "pricing", "rate", "rates", "tariff", "tariffs", "cost", "costs", "kwh", "mwh", "preis", "preise",
    "prijs", "prijzen", "pris", "priser", "prix", "precio", "precios", "prezzo", "prezzi", "preco", "hinta", "hinnat", "hind",
    "cena", "ceny", "kaina", "tarif", "tarief", "tariefs", "elpris", "strompreis", "spot", "marketprice", "spotprice", "pvpc",
}  # fmt: skip
# The ends of compounds: Bruttopreis, elpris, stroomprijs.
_COMPOUND = ("price", "prices", "preis", "preise", "prijs", "prijzen", "pris", "priser", "hinta", "tarif", "tarief")
# Generic names: a price only where the unit or the list's name says so.
_GENERIC = ("value", "amount", "y", "val", "number", "total", "all_in", "buy", "sell", "import", "export", "feed_in")
# A list with one of these words holds something made from prices, or of another kind.
_NO_LIST = {
    "level", "levels", "cheap", "cheapest", "best", "worst", "expensive", "lowest", "highest", "rank", "ranking", "ranks",
    "statistics", "stats", "statistic", "history", "historical", "dispatch", "dispatches", "schedule", "schedules", "plan",
    "planned", "sessions", "consumption", "usage", "production", "solar", "pv", "temperature", "co2", "carbon", "emissions",
    "probability", "probabilities", "confidence", "peak", "peaks", "windows", "savings", "accuracy", "actions", "periods",
    "average", "averages", "gas",
}  # fmt: skip
_NO_VALUE = {
    "min", "max", "avg", "average", "mean", "median", "level", "rank", "score", "percent", "pct", "percentage", "ratio",
    "probability", "confidence", "index", "count", "id", "renewables", "renewable", "co2", "carbon", "low", "high", "lower",
    "upper", "p10", "p90", "p50", "std", "spread", "diff", "difference", "temperature", "power", "discount", "position",
    "sustainability", "capped", "adjusted", "consumption", "usage", "gas", "day", "cumulative", "standing",
}  # fmt: skip
_WITH_ALL = {"with", "inc", "incl", "including", "included", "total", "gross", "final", "allin", "all"}
_NOT_ALL = {"exc", "excl", "excluding", "excluded", "ex", "net", "without", "excludes"}
_TAXED = {"vat", "value", "tax", "btw", "moms", "amount"}
_PART = {
    "spot", "market", "raw", "base", "wholesale", "tax", "taxes", "vat", "fee", "fees", "grid", "network", "markup",
    "surcharge", "transport", "sourcing", "predicted", "advanced", "energy", "system", "transfer", "levy", "handling",
}  # fmt: skip
_EXPORT = {
    "export", "exported", "sell", "selling", "feedin", "return", "returned", "injection", "outgoing", "teruglevering",
    "einspeisung", "production", "fit", "surplus",
}  # fmt: skip
_FORECAST = {
    "forecast",
    "forecasts",
    "predict",
    "predicted",
    "prediction",
    "predictions",
    "estimate",
    "estimates",
    "estimated",
}
# The words of a list's name to how well it is known to hold prices.
_KNOWN = {
    "raw": 100,
    "prices": 95,
    "price": 95,
    "rates": 90,
    "forecasts": 85,
    "data": 80,
    "interval prices": 85,
    "": 75,
}
# How deep a price may stand in its entry.
_DEEPEST = 3
_RANK_PRICE, _RANK_OTHER, _RANK_FORECAST = 70, 40, 60


def stem(name: str) -> str:
    """A list's name without the day it is of: "raw" for raw_today and raw_tomorrow, "" for today and tomorrow."""
    return " ".join(word for word in words_of(name) if word not in _DAYS)


def day_of(name: str) -> int | None:
    """0 for a list of today, 1 of tomorrow, -1 of yesterday; None where its name says nothing of it."""
    words = set(words_of(name))
    if {"today", "tomorrow"} <= words:
        return None
    if "tomorrow" in words or {"next", "day"} <= words:
        return 1
    return 0 if "today" in words else -1 if "yesterday" in words else None


def rank_of(name: str, area: bool) -> int:
    """How likely a list of this name holds the prices, 0 where it does not. ``area``: it is an answer's by area or home."""
    root, words = stem(name), set(words_of(name))
    if words & _NO_LIST and not area:
        return 0
    if root in _KNOWN:
        return _KNOWN[root]
    if words & _FORECAST:
        return _RANK_FORECAST
    return _RANK_PRICE if _of_prices(words) or area else _RANK_OTHER


def is_forecast(name: str) -> bool:
    """Whether a list's name says that it is an estimate."""
    return bool(set(words_of(name)) & _FORECAST)


def is_export(*names: str | None) -> bool:
    """Whether a name says that the prices are of energy fed into the grid."""
    words = [words_of(name) for name in names if name]
    return any(set(of) & _EXPORT or ("feed", "in") in set(pairwise(of)) for of in words)


def is_gas(*names: str | None) -> bool:
    """Whether a name says that the prices are of gas."""
    return any("gas" in words_of(name) for name in names if name)


def says_price(name: str) -> bool:
    """Whether a name has a word for prices in it."""
    return _of_prices(set(words_of(name)))


def _of_prices(words: set[str]) -> bool:
    return bool(words & _PRICE) or any(word.endswith(_COMPOUND) for word in words)


def score_of(key: str, export: bool) -> int:
    """How surely a key of an entry is its price, 0 where it is none. ``export``: the price of feeding in is looked for."""
    words = set(words_of(key))
    said = unit_of_key(key)
    if key in _GENERIC:
        score = 45 if key in ("total", "all_in") else 30
    elif words & _NO_VALUE and said.per_kwh is None:
        return 0
    elif _of_prices(words) or (said.currency and said.per_kwh) or (words & (_WITH_ALL | _NOT_ALL) and words & _TAXED):
        score = 50
    else:
        return 0
    score += 10 * bool(words & _WITH_ALL) - 15 * bool(words & _NOT_ALL)
    score -= 10 * bool(words & (_PART - {"tax", "vat"})) + 10 * bool(words & {"tax", "vat"} and not words & _WITH_ALL)
    score -= 20 * (is_export(key) != export) if is_export(key) or export else 0
    return max(score - (said.currency == "EUR"), 1)


def is_generic(key: str) -> bool:
    """Whether a key says nothing of prices: "value", "y"."""
    return key in _GENERIC


def value_keys(rows: Iterable[Any], export: bool) -> list[str]:
    """Keys of the entries that hold a price, the best first; "a.b" for the key b of the mapping under a.

    A key that less than half as many entries have as another is none.
    """
    counts: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Mapping):
            for key in _number_keys(row, ""):
                counts[key] = counts.get(key, 0) + 1
    scored = [(score_of(key, export), counts[key], key) for key in counts]
    most = max((count for score, count, _ in scored if score > 0), default=0)
    usual = [one for one in scored if one[0] > 0 and 2 * one[1] >= most]
    return [key for _, _, key in sorted(usual, key=lambda one: (-one[0], -one[1], one[2]))]


def _number_keys(row: Mapping[Any, Any], above: str) -> list[str]:
    found: list[str] = []
    for key, value in row.items():
        inner = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
        if isinstance(inner, Mapping) and above.count(".") < _DEEPEST:
            found += _number_keys(inner, f"{above}{key}.")
        elif read_number(value) is not None:
            found.append(f"{above}{key}")
    return found


def probable(rows: Sequence[Any]) -> bool:
    """Whether entries carry a probability: a forecast of something, with a bare value, is no price."""
    first = next((row for row in rows if isinstance(row, Mapping)), {})
    return any({"probability", "confidence", "likelihood"} & set(words_of(str(key))) for key in first)
