"""Ports that need nothing but this process."""
