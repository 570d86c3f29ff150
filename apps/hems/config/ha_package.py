"""``python -m hems ha-package``: what belongs into Home Assistant itself, as one package: helpers and the watchdog."""

import argparse
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from .check import planner_site
from .ha_package_dashboard import dashboard
from .ha_package_safe import safe_actions
from .ha_package_watchdog import ALARM, automations
from .ha_package_yaml import yaml_text
from .helpers import Helper, controllable, helpers
from .loads import Program, Quota
from .site import Site

# The heartbeat comes every half minute, and a busy machine may be late with one.
_LEAST_MINUTES = 2
_MOST_MINUTES = 24 * 60

_HEADER = """HEMS in Home Assistant: its helpers, and a watchdog that acts when HEMS no longer does. Made from apps.yaml by
  python -m hems ha-package apps/apps.yaml --out <config>/packages/hems.yaml
Do not edit it: make it again when apps.yaml changes, and restart Home Assistant. In configuration.yaml:
  homeassistant: {packages: !include_dir_named packages}
No helper has `initial`, so all keep their state over a restart."""
_OWN = "Helpers of your own that apps.yaml names, and that are not made here (Settings, Devices & services, Helpers):"
_DASHBOARD = """A dashboard for HEMS, made from apps.yaml by
  python -m hems ha-package apps/apps.yaml --dashboard
Settings, Dashboards, Add dashboard, New from scratch; then Edit, Raw configuration editor, and paste this."""


def add_ha_package(commands: Any) -> None:
    """Adds the subcommand ``ha-package``."""
    package = commands.add_parser(
        "ha-package", help="print Home Assistant's side: helpers and a watchdog, or a dashboard"
    )
    package.add_argument("file", help="the apps.yaml of the home")
    package.add_argument("--out", help="write into this file instead of printing")
    package.add_argument(
        "--watchdog-minutes",
        type=_minutes,
        default=10,
        help=f"the watchdog acts when HEMS was silent for so long, {_LEAST_MINUTES} to {_MOST_MINUTES} (default 10)",
    )
    package.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="DEVICE",
        help="a car or load that the watchdog stops; without it they stay as they are (may be given several times)",
    )
    package.add_argument("--dashboard", action="store_true", help="a dashboard with helpers and sensors instead")


def ha_package_text(chosen: argparse.Namespace, content: bytes) -> str:
    """The package of an apps.yaml, or its dashboard, as YAML. Raises Refused with every fault."""
    app, site = planner_site(chosen.file, content)
    if chosen.dashboard:
        return yaml_text(dashboard(site), _DASHBOARD)
    silence = timedelta(minutes=chosen.watchdog_minutes)
    return package_text(site, f"{chosen.file}: {app}", silence, chosen.stop)


def package_text(site: Site, path: str, silence: timedelta, stop: Collection[str] = ()) -> str:
    """The package of a home. ``silence``: how long HEMS may not be heard of; ``stop``: see ``safe_actions``. Raises Refused."""
    safe = safe_actions(site, stop, path)
    document: dict[str, Any] = {}
    for helper in (*helpers(site), ALARM):
        document.setdefault(helper.kind, {})[helper.key] = _described(helper)
    document["automation"] = automations(safe, controllable(site), silence.total_seconds())
    own = sorted(set(_own_helpers(site)))
    comment = "\n".join([_HEADER, *([_OWN, f"  {', '.join(own)}"] if own else [])])
    return yaml_text(document, comment)


def _described(helper: Helper) -> dict[str, Any]:
    # without `initial` Home Assistant gives a helper back the state that it had
    attributes = {key: value for key, value in helper.attributes.items() if key != "initial"}
    return {"name": helper.name, "icon": helper.icon, **attributes}


def _own_helpers(site: Site) -> Iterator[str]:
    """Entities of the kinds of helpers that apps.yaml names as a wish: the family may have them already."""
    wishes: list[Any] = [wish for ev in site.evs.values() for wish in (ev.ready_by, ev.target_soc)]
    for load in site.loads.values():
        if isinstance(load, Program):
            wishes.append(load.requested)
        elif isinstance(load, Quota):
            wishes.append(load.hours_per_day)
    yield from (wish for wish in wishes if isinstance(wish, str) and wish.startswith("input_"))


def _minutes(text: str) -> int:
    minutes = int(text)
    if not _LEAST_MINUTES <= minutes <= _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text} is not within {_LEAST_MINUTES}..{_MOST_MINUTES}")
    return minutes
