"""Sources by their name in apps.yaml: which are read from entities, and which action gives the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["prices", "pv", "temperature"]


@dataclass(frozen=True)
class Preset:
    """A source that is known by name.

    Without an ``action`` the entities of the source are read. ``data``: what the action is called with; {config_entry} and
    {area} stand for the keys of the source, and what is not given there is left out. ``days``: one call for each, 0 is
    today. ``events``: bus events that bring the same lists, taken where no entity is given. ``needs``: keys without which
    it cannot be asked.
    """

    kind: Kind
    action: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    days: tuple[int, ...] = ()
    events: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


# Both libraries take the date of a date and time: a whole day where start and end bear the same one. VAT is the tariff's.
_DAY_WITHOUT_VAT = {
    "config_entry": "{config_entry}",
    "incl_vat": False,
    "start": "{date} 00:00:00",
    "end": "{date} 00:00:00",
}
_OCTOPUS = tuple(f"octopus_energy_electricity_{day}_day_rates" for day in ("previous", "current", "next"))

PRESETS: Mapping[str, Preset] = {
    "nordpool": Preset("prices"),
    # Its days are those of central Europe, so a local day in another zone is spread over two of them.
    "nordpool_core": Preset(
        "prices",
        "nordpool.get_prices_for_date",
        {"config_entry": "{config_entry}", "date": "{date}", "areas": "{area}"},
        (-1, 0, 1),
        needs=("config_entry",),
    ),
    # Without an end it answers for today alone.
    "tibber": Preset("prices", "tibber.get_prices", {"start": "{start}", "end": "{end}"}),
    "energyzero": Preset(
        "prices", "energyzero.get_energy_prices", _DAY_WITHOUT_VAT, (-1, 0, 1), needs=("config_entry",)
    ),
    "easyenergy": Preset(
        "prices", "easyenergy.get_energy_usage_prices", _DAY_WITHOUT_VAT, (-1, 0, 1), needs=("config_entry",)
    ),
    "green_planet": Preset(
        "prices",
        "green_planet_energy.get_prices",
        {"config_entry_id": "{config_entry}", "hours": 24},
        needs=("config_entry",),
    ),
    "octopus": Preset("prices", events=_OCTOPUS),
    "amber": Preset("prices"),
    "entsoe": Preset("prices"),
    "energidataservice": Preset("prices"),
    "stromligning": Preset("prices"),
    "epex_spot": Preset("prices"),
    "pvpc": Preset("prices"),
    "frank_energie": Preset("prices"),
    "zonneplan": Preset("prices"),
    "flow_power": Preset("prices"),
    "template": Preset("prices"),
    "solcast": Preset("pv"),
    "open_meteo": Preset("pv"),
    "forecast_solar": Preset(
        "pv", "forecast_solar.get_forecast", {"config_entry": "{config_entry}"}, needs=("config_entry",)
    ),
    # All forecasts that the Energy dashboard was told of, together; no action, but a command of the websocket.
    "home_assistant_energy": Preset("pv", "energy.solar_forecast"),
}


def preset_names(kind: str) -> list[str]:
    """The names that a source of this kind may have."""
    return [name for name, preset in PRESETS.items() if preset.kind == kind]


def filled(value: Any, words: Mapping[str, str | None]) -> Any:
    """``value`` with every {word} replaced; entries of a mapping or a list whose word is not known (None) are left out."""
    if isinstance(value, str):
        for word, text in words.items():
            if "{" + word + "}" in value:
                if text is None:
                    return None
                value = value.replace("{" + word + "}", text)
        return value
    if isinstance(value, Mapping):
        found = {str(key): filled(one, words) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not None or value[key] is None}
    if isinstance(value, list | tuple):
        return [one for one in (filled(one, words) for one in value) if one is not None]
    return value


def mentions(value: Any, word: str) -> bool:
    """Whether {word} stands anywhere in a value."""
    if isinstance(value, str):
        return "{" + word + "}" in value
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(mentions(one, word) for one in parts)
