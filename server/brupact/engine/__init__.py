"""What evaluates queries: one interface, so that an engine can be exchanged for another."""

from brupact.engine.interface import Answer, Engine, Query, QueryRefused

__all__ = ["Answer", "Engine", "Query", "QueryRefused"]
