"""The edge to Home Assistant: readings, price sources, actuators, publishing. No AppDaemon import."""
