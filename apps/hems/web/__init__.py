"""The page: what the plan costs, what runs when, and why, for the people who live in the home."""
