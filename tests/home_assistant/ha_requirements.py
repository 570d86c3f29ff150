"""Print the requirements of what Home Assistant sets up for our configuration, one a line.

`hass --skip-pip` installs nothing at run time, so that a test run needs no network. Home Assistant's package
declares only the core's requirements; those of its integrations stand in their manifests. Run it with Home
Assistant's Python: `python ha_requirements.py INTEGRATION...`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

# imported without being declared: analytics asks whether it runs under the supervisor
UNDECLARED = ("hassio",)

# voice: they would need a C++ compiler; install.py puts stand-ins in their place
LEFT_OUT = ("pymicro-vad", "pyspeex-noise")


def always_set_up(bootstrap: Any) -> set[str]:
    """The integrations that Home Assistant sets up whatever the configuration says."""
    names = {*bootstrap.CORE_INTEGRATIONS, *bootstrap.DEFAULT_INTEGRATIONS, "recorder"}
    return names | {*bootstrap.LOGGING_AND_HTTP_DEPS_INTEGRATIONS} - {"sentry"}


def requirements(components: Path, wanted: set[str]) -> set[str]:
    """The requirements of the `wanted` integrations and of all that they depend on."""
    found: set[str] = set()
    seen: set[str] = set()
    while wanted - seen:
        name = min(wanted - seen)
        seen.add(name)
        file = components / name / "manifest.json"
        if not file.exists():
            continue
        manifest = json.loads(file.read_text())
        found.update(line for line in manifest.get("requirements", []) if not line.startswith(LEFT_OUT))
        wanted = wanted.union(manifest.get("dependencies", []))
    return found


def main() -> None:
    package = importlib.import_module("homeassistant")
    bootstrap = importlib.import_module("homeassistant.bootstrap")
    components = Path(package.__path__[0]) / "components"
    wanted = {*always_set_up(bootstrap), *UNDECLARED, *sys.argv[1:]}
    print("\n".join(sorted(requirements(components, wanted))))


if __name__ == "__main__":
    main()
