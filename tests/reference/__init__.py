"""An exact, independent judge of plans, written from the contract of the two documents alone."""
