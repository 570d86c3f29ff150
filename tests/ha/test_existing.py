"""Entities that the configuration names and the home does not have."""

from builders.dictionary_home import DictionaryHome
from builders.site_block import make_site
from hems.config.site import Site
from hems.ha.existing import Missing, entities_of


def home_without(*absent: str) -> DictionaryHome:
    home = DictionaryHome()
    for _, entity in entities_of(make_site()):
        if entity not in absent:
            home.set(entity, "1")
    return home


def found_missing(home: DictionaryHome, site: Site) -> list[str]:
    return list(Missing(site).look(home).values())


def test_a_home_that_has_all_of_them_misses_none() -> None:
    assert found_missing(home_without(), make_site()) == []


def test_a_missing_entity_is_named_with_its_path_and_the_nearest_that_exists() -> None:
    site = make_site(**{"grid.power": "sensor.grid_pwr"})
    home = home_without()
    home.set("sensor.grid_power", "1")
    assert found_missing(home, site) == ["hems.grid.power: sensor.grid_pwr does not exist; sensor.grid_power does"]


def test_only_an_entity_of_the_same_kind_is_proposed() -> None:
    site = make_site(**{"grid.power": "sensor.qqqqqqqq"})
    assert found_missing(home_without(), site) == ["hems.grid.power: sensor.qqqqqqqq does not exist"]


def test_targets_of_actions_are_looked_for_too() -> None:
    found = found_missing(home_without("select.mode"), make_site())
    assert len(found) == 1 and found[0].startswith(
        "hems.batteries.battery.actions.self_use[0].select.select_option.entity_id: select.mode"
    )


def test_a_home_that_is_not_there_yet_misses_nothing() -> None:
    assert found_missing(DictionaryHome(), make_site()) == []


def test_an_action_looks_like_an_entity_and_is_none() -> None:
    action = {"action": "tibber.get_prices", "data": {"home": "sensor.home"}}
    site = make_site(**{"prices.import": action, "outdoor": {"weather": "weather.home"}})
    found = {entity for _, entity in entities_of(site)}
    assert "tibber.get_prices" not in found
    assert {"sensor.home", "weather.home"} <= found


def test_sentence_of_an_entity_that_stays_missing_is_made_once() -> None:
    missing, home = Missing(make_site(**{"grid.power": "sensor.grid_pwr"})), home_without("sensor.grid_pwr")
    home.set("sensor.grid_power", "1")
    first = missing.look(home)["sensor.grid_pwr"]
    home.entities.pop("sensor.grid_power")
    assert missing.look(home)["sensor.grid_pwr"] == first
    home.set("sensor.grid_pwr", "1")
    assert missing.look(home) == {}
