"""Time: the kinds of schedules, and how wall times become instants. `foliot.domain.schedule` is its public face."""
