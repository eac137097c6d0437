"""What goes on: requests counted."""

from typing import Any


class Watch:
    """Notes each request."""

    def note(self, scope: Any, status: int, sent: int, seconds: float, number: str) -> None:
        """Note a request that was answered."""
