"""Whether a service description is one (SPARQL 1.1 Service Description, section 3)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pyoxigraph import Dataset, NamedNode

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_TYPE: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_REGIME, _PROFILE = "http://www.w3.org/ns/entailment/", "http://www.w3.org/ns/owl-profile/"
_FORMAT: Final = "http://www.w3.org/ns/formats/"

#: Per property: the class of what has it, and the class or the namespace of its values.
PROPERTIES: Final[Mapping[str, tuple[str, str]]] = {
    "endpoint": ("Service", "http"),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", _REGIME),
    "entailmentRegime": ("NamedGraph", _REGIME),
    "defaultSupportedEntailmentProfile": ("Service", _PROFILE),
    "supportedEntailmentProfile": ("NamedGraph", _PROFILE),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", _FORMAT),
    "inputFormat": ("Service", _FORMAT),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", ""),
    "graph": ("NamedGraph", "Graph"),
}
CLASSES: Final = {
    "Service", "Feature", "Language", "Function", "Aggregate", "EntailmentRegime",
    "EntailmentProfile", "GraphCollection", "Dataset", "Graph", "NamedGraph",
}  # fmt: skip
#: What the vocabulary itself names of a class.
INSTANCES: Final[Mapping[str, frozenset[str]]] = {
    "Language": frozenset({"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}),
    "Feature": frozenset({
        "DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs",
        "BasicFederatedQuery",
    }),
}  # fmt: skip
_WIDER: Final = {"Dataset": "GraphCollection"}


def faults(description: Dataset, endpoint: str, test: str) -> list[str]:
    """What the test with the name `test` finds wrong with the `description` of `endpoint`."""
    return [*_TESTS[test](description, endpoint)]


def _is_rdf(description: Dataset, endpoint: str) -> Iterator[str]:
    if not any(True for _ in description.quads_for_object(NamedNode(f"{SD}Service"))):
        yield "describes no sd:Service"


def _names_endpoint(description: Dataset, endpoint: str) -> Iterator[str]:
    found = {str(q.object) for q in description.quads_for_predicate(NamedNode(f"{SD}endpoint"))}
    if found != {f"<{endpoint}>"}:
        yield f"sd:endpoint is {found}, not {endpoint}"


def _fits_schema(description: Dataset, endpoint: str) -> Iterator[str]:
    yield from _is_rdf(description, endpoint)
    for quad in description:
        name = quad.predicate.value.removeprefix(SD)
        if name == quad.predicate.value:
            if quad.predicate == _TYPE and _short(quad.object) not in CLASSES | {""}:
                yield f"no class of the vocabulary: {quad}"
        elif name not in PROPERTIES:
            yield f"no property of the vocabulary: {quad}"
        else:
            domain, range = PROPERTIES[name]
            if domain not in _classes(description, quad.subject):
                yield f"not said of a {domain}: {quad}"
            if not _fits(description, quad.object, range):
                yield f"not a {range}: {quad}"


def _fits(description: Dataset, value: object, range: str) -> bool:
    if range not in CLASSES:
        return isinstance(value, NamedNode) and value.value.startswith(range)
    known = INSTANCES.get(range, frozenset())
    return _short(value) in known or range in _classes(description, value)


def _classes(description: Dataset, node: object) -> set[str]:
    quads = description.quads_for_predicate(_TYPE)
    names = {_short(quad.object) for quad in quads if quad.subject == node}
    return names | {_WIDER[name] for name in names if name in _WIDER}


def _short(node: object) -> str:
    """The name of `node` in the vocabulary; empty where it is not of the vocabulary."""
    text = node.value if isinstance(node, NamedNode) else ""
    return text.removeprefix(SD) if text.startswith(SD) else ""


_TESTS: Final[Mapping[str, Callable[[Dataset, str], Iterator[str]]]] = {
    "returns-rdf": _is_rdf,
    "has-endpoint-triple": _names_endpoint,
    "conforms-to-schema": _fits_schema,
}
