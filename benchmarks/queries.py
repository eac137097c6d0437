"""The queries that are measured.

In a text ``$NODE`` stands for the IRI of a node, and ``$N`` for a number that changes nothing of
the work and makes each text another one. Cold, every request has its own node and number; warm,
all have the same.
"""

from dataclasses import dataclass
from typing import Final

from benchmarks.generate import PRIORITIES, Data
from brupact.namespaces import ID, PREFIXES

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_PROLOGUE: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("pact", "skos", "dcterms")
)
#: The numbers of cold requests begin here, above the rows of any answer.
FIRST: Final = 100_000_000


@dataclass(frozen=True)
class Measured:
    """A query, with what its answers are about."""

    name: str
    #: What it asks, for people.
    asks: str
    #: What `$NODE` is: ``priority``, ``agreement``, ``dossier``, or empty for none.
    node: str
    text: str
    accept: str = RESULTS

    @property
    def whole(self) -> str:
        """The text with its prefixes."""
        return _PROLOGUE + self.text

    def filled(self, node: str, number: int) -> str:
        """The query for `node` and `number`."""
        return self.whole.replace("$NODE", node).replace("$N", str(number))


QUERIES: Final = (
    Measured(
        "look-up", "the labels of one priority (3 rows)", "priority",
        "SELECT ?label WHERE { <$NODE> skos:prefLabel ?label } LIMIT $N",
    ),
    Measured(
        "join", "the priorities of one agreement with theme and label (17 rows)", "agreement",
        "SELECT ?number ?priority ?label ?theme ?themeLabel WHERE {"
        " ?priority pact:partOf <$NODE> ; a pact:SharedPriority ; pact:number ?number ;"
        " pact:inTheme ?theme ; skos:prefLabel ?label . ?theme skos:prefLabel ?themeLabel ."
        ' FILTER(LANG(?label) = "fr" && LANG(?themeLabel) = "fr") } LIMIT $N',
    ),
    Measured(
        "aggregate", "how many labels the things of each class have (over the whole)", "",
        "SELECT ?class (COUNT(?label) AS ?labels) WHERE {"
        " ?node a ?class ; skos:prefLabel ?label } GROUP BY ?class LIMIT $N",
    ),
    Measured(
        "text filter", "which parts of all agreements speak of one dossier (2 rows)", "dossier",
        "SELECT ?part ?text WHERE { ?part pact:sourceText ?text"
        ' FILTER(CONTAINS(STR(?text), "($NODE)")) } LIMIT $N',
    ),
    Measured(
        "path", "everything that one agreement contains, at any depth (about 45 rows)",
        "agreement",
        "SELECT ?part WHERE { ?part pact:partOf+ <$NODE> } LIMIT $N",
    ),
    Measured(
        "optional", "the priorities of one agreement, in order, with what they refer to (17 rows)",
        "agreement",
        "SELECT ?number ?label ?instrument WHERE {"
        " ?priority pact:partOf <$NODE> ; a pact:SharedPriority ; pact:number ?number"
        " FILTER(?number < $N)"
        ' OPTIONAL { ?priority skos:prefLabel ?label FILTER(LANG(?label) = "en") }'
        " OPTIONAL { ?priority pact:refersTo ?instrument } } ORDER BY ?number",
    ),
    Measured(
        "construct", "all that is said of one priority, as RDF (about 12 triples)", "priority",
        "CONSTRUCT { <$NODE> ?property ?value } WHERE { <$NODE> ?property ?value } LIMIT $N",
        TRIPLES,
    ),
    Measured(
        "ask", "whether one priority has a number below another", "priority",
        "ASK { <$NODE> pact:number ?number FILTER(?number < $N) }",
    ),
)  # fmt: skip

#: How many nodes a query is asked about, at most.
NODES: Final = 20_000


def nodes(query: Measured, data: Data) -> list[str]:
    """What stands for ``$NODE`` in `query`, over the whole of `data`."""
    if query.node == "agreement":
        return [f"{ID}agreement/{reference}" for reference in data.references[:NODES]]
    numbers = range(1, sum(PRIORITIES) + 1)
    form = {"priority": ID + "priority/{}-{}", "dossier": "dossier {}/{}"}.get(query.node)
    if form is None:
        return [""]
    every = [form.format(ref, number) for ref in data.references for number in numbers]
    step = -(-len(every) // NODES)
    return every[::step]
