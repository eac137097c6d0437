"""The commands on the log of commits: those that read it, and those that change the data; and the
export of the site.
"""

from typing import Final

from brupact.commands.changing import commit, redact, revert
from brupact.commands.exporting import export
from brupact.commands.options import STATE, state_directory
from brupact.commands.reading import backup, diff, log, restore, verify

COMMANDS: Final = (commit, log, diff, revert, verify, backup, restore, redact, export)

__all__ = ["COMMANDS", "STATE", "state_directory"]
