"""Controllers side by side in closed loop: the real planner and simpler ones drive one physical home over any series."""
