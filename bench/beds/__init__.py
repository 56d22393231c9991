"""Where it is measured: what each store offers the scenarios."""
