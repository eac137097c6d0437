"""The log of commits: every change in order, durable, named by a chain of hashes.

`log` appends and reads, `state` gives the data at a version, `history` what changed between two,
`redaction` erases personal data, `verify` checks it all; `backup`, `upgrade` and `rdf` are what
they say. The layout and its reasons: docs/decisions/0007-commit-log.md.
"""

from brupact.commits.log import Draft, Entry, Log, Receipt
from brupact.commits.version import Version, parse_version

__all__ = ["Draft", "Entry", "Log", "Receipt", "Version", "parse_version"]
