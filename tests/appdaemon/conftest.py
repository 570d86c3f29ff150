"""One real AppDaemon with the demo for all tests here; starting it takes some seconds."""

from collections.abc import Iterator

import pytest

from builders.appdaemon_process import Suite, copy_demo, wait_for

OLD_PROBLEMS = 55
_KINDS = ("off", "manual", "boost")
_DEVICES = ("battery", "car", "dishwasher", "pool", "tank")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The suite with its first plan, and 55 problems of an earlier life on its disk."""
    folder = copy_demo(tmp_path_factory.mktemp("demo") / "config")
    problems = folder / "hems_data" / "problems"
    problems.mkdir(parents=True)
    for k in range(OLD_PROBLEMS):
        (problems / f"20200101T0000{k:02}.000000Z.json").write_text("{}")
    suite = Suite(folder)
    try:
        wait_for(suite.plan, 30, "the first plan")
        yield suite
    finally:
        suite.close()


@pytest.fixture
def suite(running: Suite) -> Iterator[Suite]:
    """The running suite; overrides that a test has set are taken back."""
    yield running
    if running.process.poll() is None:
        for entity in (f"input_boolean.hems_{device}_{kind}" for device in _DEVICES for kind in _KINDS):
            if running.state(entity) == "on":
                running.call("input_boolean/turn_off", entity_id=entity)
