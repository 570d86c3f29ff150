"""From a plan and this moment to commands: dispatch, overrides, degraded modes. Pure."""
