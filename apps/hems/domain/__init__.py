"""The words: a problem, a plan, and the things of a home, without Home Assistant and without a solver."""
