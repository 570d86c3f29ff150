"""The borders of the package: what imports what, and what must not lie under AppDaemon's app folder."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from appdaemon.dependency import get_dependency_graph, topo_sort

APPS = Path(__file__).resolve().parents[1] / "apps"
PACKAGE = APPS / "hems"
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({file.parent for file in FILES})

# Each layer may import itself and what stands below it.
LAYERS = ({"web", "telemetry", "flexibility", "simulation"}, {"ha"}, {"ledger"}, {"planner"}, {"config"},
          {"forecast", "optimizer", "control", "sources"}, {"domain"})  # fmt: skip


def relative(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def imports(file: Path) -> Iterator[ast.Import | ast.ImportFrom]:
    tree = ast.parse(file.read_text("utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def foreign(file: Path) -> set[str]:
    """Top-level names of everything imported that is not our own."""
    found: set[str] = set()
    for node in imports(file):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found


def own_parts(file: Path) -> set[str]:
    """Folders of this package that a file imports from, its own left out."""
    here = file.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in imports(file):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - (node.level - 1)]
            target = [*base, *(node.module or "").split(".")]
            if target[0] and (PACKAGE / target[0]).is_dir():
                found.add(target[0])
    return found - {here[0] if here else ""}


def test_appdaemon_finds_no_import_cycle() -> None:
    graph, failed = get_dependency_graph(FILES)
    assert not failed
    assert len(graph) == len(FILES) > 50
    order = topo_sort(graph)
    assert order.index("hems.domain.parse") < order.index("hems.planner_app")


def test_app_folder_itself_is_no_package() -> None:
    assert not (APPS / "__init__.py").exists()


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_every_folder_is_a_package_with_nothing_but_its_docstring(folder: Path) -> None:
    body = ast.parse((folder / "__init__.py").read_text("utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    assert isinstance(body[0].value.value, str) and body[0].value.value.strip()


def test_own_modules_are_imported_relatively_and_by_name() -> None:
    for file in FILES:
        assert "hems" not in foreign(file), relative(file)
        for node in imports(file):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.module, f"{relative(file)}: from . import hides the edge from AppDaemon"


def test_only_apps_import_appdaemon() -> None:
    importers = {relative(file) for file in FILES if "appdaemon" in foreign(file)}
    assert importers
    assert all(name.endswith("_app.py") and "/" not in name for name in importers), importers


def test_only_the_optimizer_imports_the_solver() -> None:
    importers = {relative(file) for file in FILES if "mip" in foreign(file)}
    assert importers
    assert all(name.startswith("optimizer/") for name in importers), importers


def test_imports_flow_one_way() -> None:
    below: set[str] = set()
    for layer in reversed(LAYERS):
        for folder in layer:
            for file in (PACKAGE / folder).rglob("*.py"):
                assert own_parts(file) <= below, f"{relative(file)} imports {own_parts(file) - below}"
        below = below | layer


def test_nobody_imports_an_app() -> None:
    for file in FILES:
        named = {node.module or "" for node in imports(file) if isinstance(node, ast.ImportFrom)}
        assert not any(module.endswith("_app") for module in named), relative(file)


def test_what_thinks_reads_neither_clock_nor_file() -> None:
    for folder in ("domain", "forecast", "planner", "config", "control", "ledger"):
        for file in (PACKAGE / folder).rglob("*.py"):
            assert not foreign(file) & {"time", "os", "pathlib", "socket", "subprocess", "appdaemon"}, relative(file)
            assert not {"now", "utcnow", "today", "open"} & called(file), relative(file)


def called(file: Path) -> set[str]:
    """Names of everything that a file calls."""
    calls = (node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


def test_no_module_keeps_state() -> None:
    for file in FILES:
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Set | ast.ListComp | ast.SetComp):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                assert not any(not name.lstrip("_").isupper() and name != "__all__" for name in names), relative(file)
        assert not any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(file.read_text("utf-8")))), relative(
            file
        )


def test_no_configuration_lies_in_the_package() -> None:
    assert [path for end in ("*.yaml", "*.yml", "*.toml") for path in PACKAGE.rglob(end)] == []


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_no_module_hides_one_of_pythons_own(file: Path) -> None:
    if file.parent == PACKAGE:
        assert file.stem not in sys.stdlib_module_names
