"""What the suite did and what it brought: money and energy by quarter hour and local day, beside the same house unplanned."""
