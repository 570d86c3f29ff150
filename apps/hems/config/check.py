"""``python -m hems check apps/apps.yaml``: every fault of a configuration, before AppDaemon is started."""

from collections.abc import Hashable
from typing import Any

import yaml

from ..domain.faults import Refused, hint
from .site import APPDAEMON_KEYS, Site, parse_site

# The apps of this suite by their class, with the keys each may have beside AppDaemon's own.
APPS: dict[str, tuple[str, ...]] = {
    "Planner": tuple(field.alias or name for name, field in Site.model_fields.items()),
    "Dispatcher": ("planner", "dry_run", "notify"),
    "Page": ("planner", "dispatcher", "ledger"),
    "Ledger": ("planner", "import_energy", "export_energy", "carbon"),
}


class _Loader(yaml.SafeLoader):
    """YAML with AppDaemon's own tags; a secret or an environment variable stands for its name."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    return str(node.value)


_Loader.add_multi_constructor("!", _tagged)


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping whose keys differ: YAML would silently keep the last of two."""
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a key is a list or a mapping", key_node.start_mark)
        if key in found:
            problem = f"{key!r} is given twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def check_file(path: str, content: bytes) -> list[str]:
    """What is good about the file, one line an app. Raises Refused with every fault."""
    document = _read(path, content)
    good: list[str] = []
    faults: list[str] = []
    for app, block in document.items():
        if not isinstance(block, dict) or not str(block.get("module", "")).startswith(("hems.", "hems/")):
            continue
        try:
            good.append(_checked(path, str(app), block, document))
        except Refused as refused:
            faults += refused.faults
    if not good and not faults:
        faults = [f"{path}: no app of this suite in it; begin with hems: {{module: hems.planner_app, class: Planner}}"]
    if faults:
        raise Refused(faults)
    return good


def planner_site(path: str, content: bytes) -> tuple[str, Site]:
    """The name of the one planner app of a file, and its home. Raises Refused with every fault."""
    document = _read(path, content)
    found = {str(app): block for app, block in document.items() if _is_planner(block)}
    if len(found) != 1:
        apps = (
            f"{len(found)} apps of class Planner ({', '.join(found)}); give a file with one"
            if found
            else ("no app of class Planner in it; begin with hems: {module: hems.planner_app, class: Planner}")
        )
        raise Refused([f"{path}: {apps}"])
    ((app, block),) = found.items()
    return app, parse_site(block, f"{path}: {app}")


def _is_planner(block: Any) -> bool:
    ours = isinstance(block, dict) and str(block.get("module", "")).startswith(("hems.", "hems/"))
    return ours and block.get("class") == "Planner"


def _read(path: str, content: bytes) -> dict[Any, Any]:
    try:
        document = yaml.load(content.decode("utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise Refused([f"{path}: is not UTF-8 (byte {error.start})"]) from None
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Refused([f"{path}: is not YAML: {error.problem}{where}"]) from None
    except yaml.YAMLError as error:
        raise Refused([f"{path}: is not YAML: {str(error).splitlines()[0]}"]) from None
    except RecursionError:
        raise Refused([f"{path}: is not YAML: nested too deeply"]) from None
    except ValueError as error:  # a date that does not exist: 2026-13-45
        raise Refused([f"{path}: is not YAML: {error}"]) from None
    if not isinstance(document, dict):
        raise Refused([f"{path}: has no apps in it; begin with hems:"])
    return document


def _checked(path: str, app: str, block: dict[str, Any], document: dict[Any, Any]) -> str:
    kind = str(block.get("class"))
    if kind == "SimulatedHome":
        return f"{path}: {app}: the simulated home checks its own keys when it starts"
    if kind not in APPS:
        raise Refused([f"{path}: {app}.class: {kind!r} is not one of {', '.join(APPS)}{hint(kind, APPS)}"])
    if kind == "Planner":
        site = parse_site(block, f"{path}: {app}")
        return f"{path}: {app}: good; {len(site.devices)} devices: {', '.join(site.devices)}"
    faults = [
        f"{path}: {app}.{key}: unknown key{hint(str(key), APPS[kind])}"
        for key in block
        if key not in APPDAEMON_KEYS and key not in APPS[kind]
    ]
    planner = block.get("planner", "hems")
    if planner not in document:
        faults.append(
            f"{path}: {app}.planner: there is no app {planner!r} in this file{hint(str(planner), map(str, document))}"
        )
    if faults:
        raise Refused(faults)
    return f"{path}: {app}: good"
