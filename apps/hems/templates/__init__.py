"""How systems that are sold are told what to do: one JSON file each, read by ``config.template``."""
