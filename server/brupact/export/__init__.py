"""The whole site as files, for a host without this service."""

from brupact.export.folder import NotOurs, NotWritten, require_ours
from brupact.export.site import Incomplete, Made, Options, export

__all__ = ["Incomplete", "Made", "NotOurs", "NotWritten", "Options", "export", "require_ours"]
