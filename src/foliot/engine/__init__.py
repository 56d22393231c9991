"""What runs by itself: loops of one shape, and the worker. Any number of processes may run them, without a leader."""
