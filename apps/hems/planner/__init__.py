"""Puts it together, pure: site, readings and forecasts become a problem; when to replan."""
