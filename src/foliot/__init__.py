"""A durable, multi-tenant scheduler and job queue."""

__version__ = "0.1.0"
