"""What a change does to the data, quad by quad, told before it is made."""

from brupact.delta.delta import Delta, require_writable, stays_apart
from brupact.delta.errors import ContactRefused, NotWritable
from brupact.delta.states import of_files, of_graph, of_quads, of_states
from brupact.delta.update import of_update

__all__ = [
    "ContactRefused",
    "Delta",
    "NotWritable",
    "of_files",
    "of_graph",
    "of_quads",
    "of_states",
    "of_update",
    "require_writable",
    "stays_apart",
]
