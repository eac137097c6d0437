"""By which commit a status report entered the data: said by the service, whatever a client writes.

Of two reports of one date that of the later commit counts (`pact:recordedInCommit`).
"""

from dataclasses import replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.delta import Delta
from brupact.namespaces import PREFIXES, RDF_TYPE

_REPORT: Final = NamedNode(PREFIXES["pact"] + "StatusReport")
_RECORDED: Final = NamedNode(PREFIXES["pact"] + "recordedInCommit")


def recorded(store: Store, delta: Delta, number: int) -> Delta:
    """`delta` on `store`, with reports that it adds recorded in the commit `number`.

    What a client says of that is passed over; with a report goes what was recorded of it.
    """
    added = {quad for quad in delta.added if quad.predicate != _RECORDED}
    removed = {quad for quad in delta.removed if quad.predicate != _RECORDED}
    gone = {(quad.subject, quad.graph_name) for quad in removed if _is_report(quad)}
    come = {(quad.subject, quad.graph_name) for quad in added if _is_report(quad)}
    for report, graph in gone:
        removed.update(store.quads_for_pattern(report, _RECORDED, None, graph))
    added.update(Quad(report, _RECORDED, Literal(number), graph) for report, graph in come)
    return replace(delta, added=frozenset(added), removed=frozenset(removed))


def _is_report(quad: Quad) -> bool:
    return quad.predicate == RDF_TYPE and quad.object == _REPORT
