"""Each constraint can fail: the release is spoilt for each of them, and validation must say so.

How to spoil a node follows from the constraint itself for most components (``FAULTS``); the rest
is in the table ``OWN_FAULTS``. Independent faults are made together and validated at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS, XSD
from rdflib.term import Node

from brupact.release import Release
from brupact.validation import data_graph

HERE = Path(__file__).parent
PACT = Namespace("https://w3id.org/brupact/ns#")
OA = Namespace("http://www.w3.org/ns/oa#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
CUBE = Namespace("http://purl.org/linked-data/cube#")
SCHEMA = Namespace("http://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
PSHAPE = Namespace("https://w3id.org/brupact/shapes#")
UNDESCRIBED = URIRef("urn:example:undescribed")

#: Classes of which the release holds nothing yet: their nodes come from the examples that pass.
WITHOUT_DATA = {
    "StatusReport": "no status has been reported on the day of the release",
    "Evaluation": "no evaluation has been held on the day of the release",
    "Milestone": "the text sets none",
    "PriorityVersion": "no priority has been adapted on the day of the release",
    "Act": "nothing has been carried out on the day of the release",
    "Observation": "the text names no indicator",
}

Triple = tuple[Node, Node, Node]
#: A step of a property path: alternative predicates, each forward or inverse.
Step = list[tuple[URIRef, bool]]
Path_ = list[Step]


@dataclass(frozen=True)
class Fault:
    """What to take out and put in, so that `component` of `constraint` fails on `focus`."""

    constraint: str
    component: str
    focus: Node
    removed: frozenset[Triple]
    added: frozenset[Triple]

    @property
    def slots(self) -> set[tuple[Node, Node]]:
        """What it touches; faults with disjoint slots can be made together."""
        changed = self.removed | self.added
        return {(s, p) for s, p, _ in changed} | {(p, o) for _, p, o in changed}


def ordered(nodes: Iterable[Node]) -> list[Node]:
    """`nodes` in a fixed order."""
    return sorted(nodes, key=str)


@dataclass
class Spoiler:
    """Knows the focus nodes of each shape in `data`, and how to spoil one of them."""

    data: Graph
    shapes: Graph
    focus_nodes: dict[URIRef, list[Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for shape in self.shapes.subjects(RDF.type, SH.NodeShape):
            nodes = set(self.shapes.objects(shape, SH.targetNode))
            for target in self.shapes.objects(shape, SH.targetClass):
                for class_ in self.data.transitive_subjects(RDFS.subClassOf, target):
                    nodes |= set(self.data.subjects(RDF.type, class_))
            self._reach(shape, nodes)

    def _reach(self, shape: Node, nodes: set[Node]) -> None:
        assert isinstance(shape, URIRef)
        self.focus_nodes[shape] = ordered(nodes)
        for constraint in self.shapes.objects(shape, SH.sparql):
            assert isinstance(constraint, URIRef)
            self.focus_nodes[constraint] = self.focus_nodes[shape]
        for inner in self.shapes.objects(shape, SH.property):
            if (shape, RDF.type, SH.PropertyShape) in self.shapes:
                path = self.path(shape)
                self._reach(inner, {v for node in nodes for v in self.values(node, path)})
            else:
                self._reach(inner, nodes)

    def path(self, shape: Node) -> Path_:
        """The steps of the path of a property shape."""
        return self._steps(self.shapes.value(shape, SH.path))

    def _steps(self, path: Node | None) -> Path_:
        if isinstance(path, URIRef):
            return [[(path, False)]]
        inverse = self.shapes.value(path, SH.inversePath)
        if isinstance(inverse, URIRef):
            return [[(inverse, True)]]
        alternatives = self.shapes.value(path, SH.alternativePath)
        if alternatives is not None:
            steps = [self._steps(each) for each in Collection(self.shapes, alternatives)]
            return [[option for [step] in steps for option in step]]
        assert path is not None
        return [step for each in Collection(self.shapes, path) for step in self._steps(each)]

    def links(self, node: Node, step: Step) -> Iterator[tuple[Triple, Node]]:
        """The triples that lead from `node` along `step`, and where they lead."""
        for predicate, inverse in step:
            if inverse:
                for subject in self.data.subjects(predicate, node):
                    yield (subject, predicate, node), subject
            else:
                for value in self.data.objects(node, predicate):
                    yield (node, predicate, value), value

    def values(self, node: Node, path: Path_) -> list[Node]:
        """Where `path` leads from `node`, in a fixed order."""
        reached = {node}
        for step in path:
            reached = {value for each in reached for _, value in self.links(each, step)}
        return ordered(reached)

    def clear(self, node: Node, path: Path_) -> set[Triple]:
        """The triples to take out so that `path` leads nowhere."""
        return {triple for triple, _ in self.links(node, path[0])}

    def origin(self, node: Node, path: Path_) -> tuple[Node, set[Triple]]:
        """The node from which the last step starts, and the triples missing to get there."""
        added: set[Triple] = set()
        for depth, step in enumerate(path[:-1]):
            onward = ordered(value for _, value in self.links(node, step))
            if not onward:
                onward = [URIRef(f"urn:example:step-{depth}")]
                added.add(self.link(node, step, onward[0]))
            node = onward[0]
        return node, added

    def insert(self, node: Node, path: Path_, *values: Node) -> set[Triple]:
        """The triples to put in so that `path` leads to `values` too."""
        start, added = self.origin(node, path)
        return added | {self.link(start, path[-1], value) for value in values}

    def last(self, node: Node, path: Path_) -> set[Triple]:
        """The triples of the last step, from where `insert` starts."""
        return {triple for triple, _ in self.links(self.origin(node, path)[0], path[-1])}

    @staticmethod
    def link(node: Node, step: Step, value: Node) -> Triple:
        predicate, inverse = step[0]
        return (value, predicate, node) if inverse else (node, predicate, value)

    def parameter(self, shape: Node, name: str) -> Node:
        """The value of a parameter of a shape."""
        value = self.shapes.value(shape, SH[name])
        assert value is not None, (shape, name)
        return value


Change = tuple[set[Triple], set[Triple]]
Maker = Callable[[Spoiler, Node, Node], Change]


def other(value: Node | None, n: int) -> Node:
    """A value of the same sort as `value`, but another."""
    if not isinstance(value, Literal):
        return URIRef(f"urn:example:other-{n}")
    if value.datatype == XSD.integer:
        return Literal(1000 + n)
    if value.datatype == XSD.date:
        return Literal(f"2031-01-{n + 1:02}", datatype=XSD.date)
    return Literal(f"other-{n}", lang=value.language)


def drop(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    return spoiler.clear(node, spoiler.path(shape)), set()


def crowd(spoiler: Spoiler, shape: Node, node: Node, name: str = "maxCount") -> Change:
    path = spoiler.path(shape)
    present = spoiler.values(node, path)
    most = int(str(spoiler.parameter(shape, name)))
    kind = spoiler.shapes.value(spoiler.shapes.value(shape, SH.qualifiedValueShape), SH["class"])
    extra = [
        other(present[0] if present else None, n)
        for n in range(most + 1 if kind else max(1, most + 1 - len(present)))
    ]
    types: set[Triple] = {(value, RDF.type, kind) for value in extra} if kind else set()
    return set(), spoiler.insert(node, path, *extra) | types


def put(value: Node, spoiler: Spoiler, shape: Node, node: Node) -> Change:
    path = spoiler.path(shape)
    if isinstance(value, Literal) and path[-1][0][1]:
        value = UNDESCRIBED
    return spoiler.last(node, path), spoiler.insert(node, path, value)


def put_also(values: list[Node], spoiler: Spoiler, shape: Node, node: Node) -> Change:
    return set(), spoiler.insert(node, spoiler.path(shape), *values)


def beyond(name: str, step: int, spoiler: Spoiler, shape: Node, node: Node) -> Change:
    return put(Literal(int(str(spoiler.parameter(shape, name))) + step), spoiler, shape, node)


def wrong_kind(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    wanted = spoiler.parameter(shape, "nodeKind")
    return put(UNDESCRIBED if wanted == SH.Literal else Literal("?"), spoiler, shape, node)


def wrong_datatype(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    wanted = spoiler.parameter(shape, "datatype")
    return put(Literal(7) if wanted == XSD.string else Literal("?"), spoiler, shape, node)


def forbidden(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    members = spoiler.shapes.value(spoiler.parameter(shape, "not"), SH["in"])
    assert members is not None
    return put_also([Collection(spoiler.shapes, members)[0]], spoiler, shape, node)


def unequal(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    predicate = spoiler.parameter(shape, "equals")
    return set(), {(node, predicate, UNDESCRIBED)}


def overlapping(spoiler: Spoiler, shape: Node, node: Node) -> Change:
    predicate = spoiler.parameter(shape, "disjoint")
    path = spoiler.path(shape)
    value = (spoiler.values(node, path) or [Literal("twice", lang="fr")])[0]
    return set(), {*spoiler.insert(node, path, value), (node, predicate, value)}


def disordered(
    name: str, pair: tuple[Node, Node], spoiler: Spoiler, shape: Node, node: Node
) -> Change:
    predicate = spoiler.parameter(shape, name)
    [[(path, _)]] = spoiler.path(shape)
    removed: set[Triple] = {
        (node, p, o) for p in (path, predicate) for o in spoiler.data.objects(node, p)
    }
    return removed, {(node, path, pair[0]), (node, predicate, pair[1])}


def day(text: str) -> Literal:
    return Literal(text, datatype=XSD.date)


#: How a node is made to fail a constraint of each component.
FAULTS: dict[str, Maker] = {
    "MinCount": drop,
    "MaxCount": crowd,
    "QualifiedMinCount": drop,
    "QualifiedMaxCount": partial(crowd, name="qualifiedMaxCount"),
    "Class": partial(put, UNDESCRIBED),
    "Or": partial(put, UNDESCRIBED),
    "In": partial(put, UNDESCRIBED),
    "Datatype": wrong_datatype,
    "Pattern": partial(put, Literal("?!")),
    "MinLength": partial(put, Literal("")),
    "NodeKind": wrong_kind,
    "MinInclusive": partial(beyond, "minInclusive", -1),
    "MaxInclusive": partial(beyond, "maxInclusive", 1),
    "LanguageIn": partial(put_also, [Literal("falsch", lang="de")]),
    "UniqueLang": partial(put_also, [Literal("un", lang="fr"), Literal("deux", lang="fr")]),
    "HasValue": drop,
    "Equals": unequal,
    "Disjoint": overlapping,
    "Not": forbidden,
    "LessThan": partial(disordered, "lessThan", (Literal(5), Literal(5))),
    "LessThanOrEquals": partial(
        disordered, "lessThanOrEquals", (day("2031-01-02"), day("2031-01-01"))
    ),
}  # fmt: skip


def set_to(predicate: URIRef, value: Node, spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Give `node` this value of `predicate`, and no other."""
    old: set[Triple] = {(node, predicate, o) for o in spoiler.data.objects(node, predicate)}
    assert old, "nothing to set"
    return old, {(node, predicate, value)}


def add(predicate: URIRef, value: Node, spoiler: Spoiler, _: Node, node: Node) -> Change:
    return set(), {(node, predicate, value)}


def same_as_sibling(
    predicate: URIRef, via: URIRef, spoiler: Spoiler, _: Node, node: Node
) -> Change:
    """Give `node` the value of another node of its class that hangs on the same node."""
    data = spoiler.data
    classes = set(data.objects(node, RDF.type))
    whole = data.value(node, via)
    values = ordered(
        value
        for sibling in data.subjects(via, whole)
        if classes == set(data.objects(sibling, RDF.type))
        for value in data.objects(sibling, predicate)
        if (node, predicate, value) not in data
    )
    return set_to(predicate, values[0], spoiler, _, node)


def same_notation(spoiler: Spoiler, _: Node, node: Node) -> Change:
    one, two = ordered(spoiler.data.subjects(SKOS.inScheme, node))[:2]
    notation = spoiler.data.value(two, SKOS.notation)
    assert notation is not None
    return set_to(SKOS.notation, notation, spoiler, _, one)


def selectors(spoiler: Spoiler, node: Node) -> tuple[Node, Node]:
    found = sorted(
        spoiler.data.objects(node, OA.hasSelector),
        key=lambda s: spoiler.data.value(s, OA.exact) is None,
    )
    return found[0], found[1]


def moved(by: tuple[int, int], spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Move the start and the end of a target."""
    place = selectors(spoiler, node)[1]
    changes = [
        set_to(p, Literal(int(str(spoiler.data.value(place, p))) + n), spoiler, _, place)
        for p, n in zip((OA.start, OA.end), by, strict=True)
    ]
    return changes[0][0] | changes[1][0], changes[0][1] | changes[1][1]


def other_context(predicate: URIRef, spoiler: Spoiler, _: Node, node: Node) -> Change:
    return set_to(predicate, Literal("???"), spoiler, _, selectors(spoiler, node)[0])


def of_a_target(make: Maker, spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Spoil the first target of a quote in the source document `node`."""
    return make(spoiler, _, ordered(spoiler.data.subjects(OA.hasSource, node))[0])


def unquoted(spoiler: Spoiler, _: Node, node: Node) -> Change:
    assert (node, PACT.sourceText, None) in spoiler.data
    removed: set[Triple] = {
        (s, PACT.quoteOf, node) for s in spoiler.data.subjects(PACT.quoteOf, node)
    }
    return removed, set()


def invented(spoiler: Spoiler, _: Node, node: Node) -> Change:
    text = ordered(spoiler.data.subjects(PACT.sourceText))[0]
    return set(), {(text, PACT.sourceText, Literal("Dit staat er niet", lang="nl"))}


def with_eli(predicate: URIRef, value: Node, spoiler: Spoiler, _: Node, node: Node) -> Change:
    assert spoiler.data.value(node, ELI.is_realized_by), "no ELI"
    return set_to(predicate, value, spoiler, _, node)


def new_node(class_: URIRef, spoiler: Spoiler, _: Node, node: Node) -> Change:
    return set(), {(UNDESCRIBED, RDF.type, class_)}


def twin(keys: list[URIRef], spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Another node with the values of `keys` that `node` has."""
    same: set[Triple] = {(UNDESCRIBED, p, o) for p in keys for o in spoiler.data.objects(node, p)}
    assert len(same) == len(keys), "nothing to repeat"
    return set(), same


def without(predicate: URIRef, spoiler: Spoiler, _: Node, node: Node) -> Change:
    removed: set[Triple] = {(node, predicate, o) for o in spoiler.data.objects(node, predicate)}
    assert removed, "nothing to take out"
    return removed, set()


def with_reached(make: Maker, spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Spoil a milestone that was reached."""
    assert (node, PACT.reachedOn, None) in spoiler.data, "not reached"
    return make(spoiler, _, node)


def optional_dimension(spoiler: Spoiler, _: Node, node: Node) -> Change:
    assert (node, CUBE.dimension, None) in spoiler.data, "no dimension"
    return set(), {(node, CUBE.componentRequired, Literal(False))}


def delegated_twice(spoiler: Spoiler, _: Node, node: Node) -> Change:
    """Two delegations to `node` at the same time, by two persons."""
    one, two = (URIRef(f"urn:example:delegation-{n}") for n in range(2))
    return set(), {
        (one, PACT.delegate, node),
        (one, PACT.delegator, LALIEUX),
        (two, PACT.delegate, node),
        (two, PACT.delegator, UNDESCRIBED),
    }


def undefined_term(spoiler: Spoiler, _: Node, node: Node) -> Change:
    return set(), {(PACT.Undefined, RDF.type, OWL.Class)}


OTHER_POSITION = partial(set_to, PACT.position, Literal(99))
PART_TWICE = partial(same_as_sibling, PACT.position, PACT.partOf)
SIGNED_TWICE = partial(same_as_sibling, PACT.position, PACT.signs)
NUMBER_TWICE = partial(same_as_sibling, PACT.number, PACT.partOf)
NOT_FIRST = partial(of_a_target, partial(set_to, PACT.position, Literal(9)))
OTHER_PREFIX = partial(of_a_target, partial(other_context, OA.prefix))
OTHER_SUFFIX = partial(of_a_target, partial(other_context, OA.suffix))
WRONG_SDG = URIRef("https://metadata.un.org/sdg/11.2")
TOO_WIDE = Literal(" trop large", lang="fr")
LALIEUX = URIRef("https://w3id.org/brupact/id/person/karine-lalieux")
IN_FRENCH = Literal("en français", lang="fr")
IN_ENGLISH = Literal("in English", lang="en")
OTHER_DELEGATION = partial(set_to, PACT.underDelegation, UNDESCRIBED)
SAME_DIMENSIONS = partial(twin, [CUBE.dataSet, PACT.periodEnd, PACT.observedPart])
AUDIENCE = URIRef("http://data.europa.eu/m8g/audience")
WRONG_OSLO = URIRef("http://data.vlaanderen.be/ns/generiek#wrong")

#: The faults that do not follow from the component.
OWN_FAULTS: list[tuple[str, str, Maker]] = [
    ("Section-positionOrder", "SPARQL", OTHER_POSITION),
    ("Clause-positionOrder", "SPARQL", OTHER_POSITION),
    ("Signature-positionOrder", "SPARQL", OTHER_POSITION),
    ("Measure-positionOrder", "SPARQL", OTHER_POSITION),
    ("Passage-positionOrder", "SPARQL", OTHER_POSITION),
    ("Section-positionOrder", "SPARQL", PART_TWICE),
    ("Signature-positionOrder", "SPARQL", SIGNED_TWICE),
    ("Measure-positionOrder", "SPARQL", PART_TWICE),
    ("Theme-numberUnique", "SPARQL", NUMBER_TWICE),
    ("SharedPriority-numberUnique", "SPARQL", NUMBER_TWICE),
    ("Signature-sideOfAgreement", "SPARQL", partial(set_to, PACT.side, UNDESCRIBED)),
    ("Signature-postOfSignatory", "SPARQL", partial(set_to, PACT.signedInPost, UNDESCRIBED)),
    ("CompetenceAssignment-delegated", "SPARQL", OTHER_DELEGATION),
    ("CompetenceDelegation-assigned", "SPARQL", partial(add, PACT.competence, UNDESCRIBED)),
    ("Delegate-delegator", "SPARQL", delegated_twice),
    ("Milestone-reached", "SPARQL", partial(with_reached, partial(without, PACT.evidence))),
    ("PriorityVersion-dayUnique", "SPARQL", partial(twin, [PACT.versionOf, PACT.validFrom])),
    ("PriorityVersion-samePriority", "SPARQL", partial(add, PACT.revises, UNDESCRIBED)),
    ("Observation-unique", "SPARQL", SAME_DIMENSIONS),
    ("Component-optional", "SPARQL", optional_dimension),
    ("Dimension-codeList", "SPARQL", partial(add, SCHEMA.rangeIncludes, SKOS.Concept)),
    ("SourceText-quoted", "SPARQL", unquoted),
    ("SourceDocument-textInSource", "SPARQL", invented),
    ("SourceDocument-quoteOrder", "SPARQL", NOT_FIRST),
    ("SourceDocument-quoteExact", "SPARQL", partial(of_a_target, partial(moved, (1, 1)))),
    ("SourceDocument-quoteExact", "SPARQL", partial(of_a_target, partial(moved, (-1, 0)))),
    ("SourceDocument-quoteLength", "SPARQL", partial(of_a_target, partial(moved, (0, 1)))),
    ("SourceDocument-quoteContext", "SPARQL", OTHER_PREFIX),
    ("SourceDocument-quoteContext", "SPARQL", OTHER_SUFFIX),
    ("ConceptScheme-notationUnique", "SPARQL", same_notation),
    ("Ontology-versionAgrees", "SPARQL", partial(set_to, OWL.versionInfo, Literal("9.9.9"))),
    ("LegalResource-eliDate", "SPARQL", partial(with_eli, ELI.date_document, day("1999-01-01"))),
    ("LegalResource-eliNumac", "SPARQL", partial(with_eli, ELI.id_local, Literal("1999000001"))),
    ("ExternalLink-stands", "SPARQL", partial(set_to, PACT.linkObject, UNDESCRIBED)),
    ("WrittenNode-declaredProperty", "SPARQL", partial(add, PACT.undeclared, Literal("?"))),
    ("WholeDataset-declaredProperty", "SPARQL", partial(add, PACT.undeclared, Literal("?"))),
    ("WholeDataset-propertyNamespace", "SPARQL", partial(add, WRONG_OSLO, Literal("?"))),
    ("WholeDataset-termIsDefinedBy", "SPARQL", undefined_term),
    ("ExternalLink-linkNamespace", "Not", partial(set_to, PACT.linkObject, WRONG_SDG)),
    ("Vocabulary-typeNamespace", "Not", partial(add, RDF.type, WRONG_OSLO)),
    ("TermAlignment-namespace", "Not", partial(add, RDFS.subClassOf, WRONG_OSLO)),
    ("WholeDataset-declaredClass", "SPARQL", partial(new_node, PACT.Undeclared)),
    ("Labelled-labelText", "Pattern", partial(add, SKOS.altLabel, TOO_WIDE)),
    ("ClauseKind", "Xone", partial(add, RDF.type, PACT.Modality)),
    ("NamedGraphName", "Pattern", partial(new_node, SD.NamedGraph)),
]  # fmt: skip

#: What must never happen, said once more in the words of the agreement.
FORBIDDEN: list[tuple[str, str, Maker]] = [
    ("CompetenceDelegation-delegatorRole", "In", partial(set_to, PACT.delegator, LALIEUX)),
    ("SectionContent-textLanguage", "LanguageIn", partial(add, PACT.sourceText, IN_FRENCH)),
    ("SharedPriority-sourceText", "LanguageIn", partial(add, PACT.sourceText, IN_ENGLISH)),
    ("NotAnEvent-noAudience", "MaxCount", partial(add, AUDIENCE, UNDESCRIBED)),
]  # fmt: skip


def examples_that_pass() -> Graph:
    """The nodes of the classes of which the release holds nothing."""
    graph = Graph()
    for name in WITHOUT_DATA:
        [path] = HERE.glob(f"*/{name}_PASS.ttl")
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def data(release: Release) -> Graph:
    """All that the release holds, derived triples included."""
    return data_graph(release.store)


Found = set[tuple[str, str, str]]


def focus_of(constraint: str, node: Node) -> Node:
    """What is said to offend against `constraint` once `node` is spoilt; of a new graph, itself."""
    return UNDESCRIBED if constraint == "NamedGraphName" else node


def made(
    spoiler: Spoiler, found: Found, constraint: str, component: str, n: int, make: Maker
) -> Fault:
    """The fault on one of the focus nodes that had no such result; `n` spreads the choice."""
    shape = PSHAPE[constraint]
    nodes = [
        node
        for node in spoiler.focus_nodes.get(shape, [])
        if (constraint, component, str(node)) not in found
    ]
    assert nodes, f"no node to spoil for {constraint}"
    errors = []
    for node in nodes[n % len(nodes) :] + nodes[: n % len(nodes)]:
        try:
            removed, added = make(spoiler, shape, node)
        except (AssertionError, IndexError) as error:
            errors.append(str(error))
            continue
        removed, added = removed - added, {t for t in added if t not in spoiler.data}
        if removed | added:
            focus = focus_of(constraint, node)
            return Fault(constraint, component, focus, frozenset(removed), frozenset(added))
    raise AssertionError(
        f"{constraint} {component}: nothing to spoil on {len(nodes)} nodes {errors[:1]}"
    )


def all_faults(spoiler: Spoiler, found: Found, constraints: set[tuple[str, str]]) -> list[Fault]:
    """A fault for each constraint by its component, and all of the table."""
    own = {(constraint, component) for constraint, component, _ in OWN_FAULTS}
    table = [
        (constraint, component, FAULTS[component])
        for constraint, component in sorted(constraints - own)
    ]
    return [
        made(spoiler, found, constraint, component, n, make)
        for n, (constraint, component, make) in enumerate(table + OWN_FAULTS + FORBIDDEN)
    ]


def batches(faults: list[Fault], size: int) -> Iterator[list[Fault]]:
    """Faults that do not touch each other, together."""
    groups: list[tuple[list[Fault], set[tuple[Node, Node]]]] = []
    for fault in faults:
        for group, slots in groups:
            if len(group) < size and not fault.slots & slots:
                break
        else:
            group, slots = [], set()
            groups.append((group, slots))
        group.append(fault)
        slots |= fault.slots
    return (group for group, _ in groups)


Check = Callable[[Graph], Found]


def found_with(data: Graph, faults: list[Fault], check: Check) -> Found:
    """What is found in the data with the faults; the data are as before afterwards."""
    removed = {triple for fault in faults for triple in fault.removed if triple in data}
    added = {triple for fault in faults for triple in fault.added if triple not in data}
    for triple in removed:
        data.remove(triple)
    for triple in added:
        data.add(triple)
    found = check(data)
    for triple in added:
        data.remove(triple)
    for triple in removed:
        data.add(triple)
    return found


def missed(faults: list[Fault], found: Found) -> list[Fault]:
    return [f for f in faults if (f.constraint, f.component, str(f.focus)) not in found]


def test_the_release_has_no_violation_to_begin_with(
    data: Graph,
    shapes: Graph,
    validate: Callable[[Graph, Graph, str], set[tuple[str, str, str, str, str, str]]],
) -> None:
    assert [r for r in validate(data, shapes, "turbo") if r[2] == "Violation"] == []


def test_each_constraint_is_tripped_by_spoilt_data(
    data: Graph,
    shapes: Graph,
    constraints: set[tuple[str, str]],
    validate: Callable[[Graph, Graph, str], set[tuple[str, str, str, str, str, str]]],
) -> None:
    def check(graph: Graph) -> Found:
        return {(r[3], r[4], r[0]) for r in validate(graph, shapes, "turbo")}

    data += examples_that_pass()
    before = check(data)
    spoiler = Spoiler(data, shapes)
    faults = all_faults(spoiler, before, constraints)
    assert {(f.constraint, f.component) for f in faults} == constraints
    # Faults made together may hide each other: what is not found is made again with fewer others.
    for size in (60, 6, 1):
        faults = [
            fault
            for batch in batches(faults, size)
            for fault in missed(batch, found_with(data, batch, check))
        ]
    assert not faults, [(f.constraint, f.component, str(f.focus)) for f in faults]
