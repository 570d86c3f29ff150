"""What AppDaemon's own configuration should say where HEMS runs in it, and what happens where it does not."""

from collections.abc import Collection
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
# AppDaemon 4.5.13 parses all Python files in each pass of its utility loop, a second of CPU with the suite's 470, in which it
# answers nothing: an idle demo took 57 % of a core, and 1.3 % in production mode; beside other work a pass took 3 to 6 s.
_NOT_IN_PRODUCTION = (
    "appdaemon.yaml: without production_mode: true AppDaemon reads every file of its apps anew every second and is slow to "
    "answer meanwhile; write production_mode: true below appdaemon:"
)
# In production mode too it does so three times at the start and once before it stops its apps, for which it waits 3 s in all.
_ALL_PARSED = (
    "appdaemon.yaml: AppDaemon parses all files of HEMS at each start and before each end, and may end before the devices are "
    "given back; write below appdaemon: exclude_dirs: [{}]"
)


def folders_without_apps() -> tuple[str, ...]:
    """The names of HEMS's folders that AppDaemon need not look into."""
    return tuple(sorted(path.parent.name for path in _PACKAGE.glob("*/__init__.py")))


def advice(production_mode: bool, exclude_dirs: Collection[str]) -> list[str]:
    """A sentence for each setting that is missing, with what to write."""
    folders = folders_without_apps()
    found = [] if production_mode else [_NOT_IN_PRODUCTION]
    if not set(folders) <= set(exclude_dirs):
        found.append(_ALL_PARSED.format(", ".join(folders)))
    return found
