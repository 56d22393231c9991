"""What the bare databases can do with the same rows: the ceilings that Foliot's throughput is a share of."""
