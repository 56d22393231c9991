"""What is true: the values and rules of scheduling. No I/O, no clock, no framework."""
