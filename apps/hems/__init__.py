"""Home energy management for AppDaemon: reads the home, plans two days, drives the devices."""
