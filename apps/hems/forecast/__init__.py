"""What is not known yet: baseline load, PV and the price tail, estimated from the past."""
