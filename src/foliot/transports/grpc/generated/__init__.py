"""The messages of proto/, made by `./dev proto`; never edited."""
