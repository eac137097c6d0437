"""The web application: one factory, one blueprint an idea."""

from brupact.web.app import create_app

__all__ = ["create_app"]
