"""What one can ask: use cases over the ports. The first argument of every method is the identity of who asks."""
