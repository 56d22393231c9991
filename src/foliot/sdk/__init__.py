"""The Python face of Foliot."""
