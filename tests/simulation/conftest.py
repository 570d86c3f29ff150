"""A house on an injected clock. Its past is generated once; every test gets a copy of its own."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timezone

import pytest

from hems.simulation.home import House
from hems.simulation.settings import HomeSettings

START = datetime(2026, 5, 6, 10, 0, tzinfo=timezone.utc)  # a Wednesday, noon in Amsterdam

MakeHouse = Callable[..., House]


@pytest.fixture
def make_house() -> MakeHouse:
    def make(now: datetime = START, seed: int = 1) -> House:
        return House(HomeSettings(seed=seed), now)

    return make


@pytest.fixture(scope="session")
def fresh_house() -> House:
    return House(HomeSettings(), START)


@pytest.fixture
def house(fresh_house: House) -> House:
    return deepcopy(fresh_house)
