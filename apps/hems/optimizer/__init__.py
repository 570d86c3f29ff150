"""The mixed-integer program: one file per device, solved by CBC in a process of its own."""
