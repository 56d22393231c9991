"""The job types that ship with Foliot. Their names begin with `foliot.`, so that they cannot meet a user's."""
