"""What Home Assistant's integrations publish, as slots in UTC: prices, PV power, temperatures, loads."""
