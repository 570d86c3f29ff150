"""apps.yaml as typed, frozen objects, and its faults as sentences."""
