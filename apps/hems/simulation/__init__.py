"""A simulated home that obeys physics: pure, seeded, on an injected clock."""
