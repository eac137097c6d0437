"""The ontology is complete, well made, inside OWL 2 RL, and agrees with all that uses it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import (
    DC,
    DCAT,
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    PROV,
    RDF,
    RDFS,
    SDO,
    SH,
    SKOS,
    VANN,
    XSD,
    BNode,
    Graph,
    Literal,
    Namespace,
    URIRef,
)
from rdflib.collection import Collection
from rdflib.term import Node

ROOT = Path(__file__).parents[2]
ONTOLOGY = ROOT / "ontology"
BASE = "https://w3id.org/brupact/"
PACT = Namespace(f"{BASE}ns#")
OA = Namespace("http://www.w3.org/ns/oa#")
SCHEMA = Namespace("http://schema.org/")
ELI = "http://data.europa.eu/eli/ontology#"
LANGUAGES = ["en", "fr", "nl"]

#: The modules that declare terms; beside them stand the master and the alignments.
MODULES = [
    "agreement",
    "commit",
    "competence",
    "deliverable",
    "follow-up",
    "indicator",
    "instrument",
    "organisation",
    "priority",
    "signature",
    "source",
    "subject",
]
MASTER = "brupact"
ALIGNMENTS = "alignments"
STEMS = [*MODULES, MASTER, ALIGNMENTS]
CODE_LISTS = [
    "confidence",
    "deliverable-kind",
    "divergence-kind",
    "instrument-kind",
    "issue-kind",
    "method",
    "priority-kind",
    "role",
    "status",
    "unit",
]

#: The terms that clients rely on.
CONTRACT = """
    Agreement SocialSummit Party Theme SharedPriority Measure Passage
    Clause Commitment PriorityFunction Modality Ambition clauseOf
    Signature signs signatory onBehalfOf side
    Competence CompetenceAssignment holder from to holdsCompetence
    CompetenceDelegation delegator delegate competence
    concernsCompetence competentMember accountableMember CompetenceGap
    Instrument namesInstrument intendsToReform intendsToRevise intendsToEvaluate
    intendsToMonitor intendsToReplace intendsToApply intendsToContinue refersTo
    promises Deliverable FundingClause Divergence ExtractionIssue
    namesOrganisation targetsGroup concernsSector namesPlace
    number position inTheme partOf sourceText
    StatusReport reportsOn status statusDate evidence currentStatus
    Evaluation evaluates heldOn evaluationDue
    assertionKind stated inferred external
""".split()
STATUSES = """
    not-started in-preparation under-way adopted done adjusted blocked abandoned unverifiable
""".split()

#: What makes a `pact:` IRI a declared term.
DECLARATIONS = {
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
}
PROPERTIES = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}

#: The Web Annotation vocabulary, which rdflib lacks (https://www.w3.org/TR/annotation-vocab/).
OA_TERMS = {
    OA[name]
    for name in """
    Annotation Choice CssSelector CssStyle DataPositionSelector Direction FragmentSelector
    HttpRequestState Motivation PreferContainedDescriptions PreferContainedIRIs RangeSelector
    ResourceSelection Selector SpecificResource State Style SvgSelector TextPositionSelector
    TextQuoteSelector TimeState XPathSelector
    annotationService bodyValue cachedSource canonical end exact hasBody hasEndSelector hasPurpose
    hasScope hasSelector hasSource hasStartSelector hasState hasTarget motivatedBy prefix
    processingLanguage refinedBy renderedVia sourceDate sourceDateEnd sourceDateStart start
    styleClass styledBy suffix textDirection via
    assessing bookmarking classifying commenting describing editing highlighting identifying
    linking moderating questioning replying tagging
    ltrDirection rtlDirection autoDirection
    """.split()
}
#: Namespaces whose terms rdflib knows, so that a term outside them is a slip of the pen.
CLOSED = (DC, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SH, SKOS, VANN, XSD)

#: Terms that would say more than is meant: their domains make a node something that it is not.
TRAPS = [
    *(
        f"{ELI}{name}"
        for name in (
            "title",
            "title_alternative",
            "title_short",
            "is_about",
            "based_on",
            "has_part",
            "is_part_of",
        )
    ),
    "http://data.europa.eu/m8g/audience",
    "http://data.europa.eu/m8g/frequency",
    "http://www.w3.org/ns/odrl/2/",
    "http://www.w3.org/ns/opengov#",
    "http://data.vlaanderen.be/ns/generiek#",
    "https://data.vlaanderen.be/ns/besluit#",
    "https://data.vlaanderen.be/ns/mandaat#",
    "https://schema.org/",
    "https://metadata.un.org/",
]


def turtle_files() -> list[Path]:
    """List every Turtle file of the release, wherever a folder is present."""
    folders = (ONTOLOGY, ROOT / "data", ROOT / "shapes")
    return sorted(path for folder in folders for path in folder.rglob("*.ttl"))


def file_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def graph_of(path: Path) -> Graph:
    return Graph().parse(path)


def module(stem: str) -> Graph:
    return graph_of(ONTOLOGY / f"{stem}.ttl")


def merged(graphs: Iterable[Graph]) -> Graph:
    whole = Graph()
    for graph in graphs:
        whole += graph
    return whole


def turtle(text: str) -> Graph:
    prefixes = "".join(
        f"@prefix {name}: <{space}> .\n"
        for name, space in {
            "dcterms": DCTERMS,
            "ex": "http://example.org/",
            "owl": OWL,
            "pact": PACT,
            "rdf": RDF,
            "rdfs": RDFS,
            "skos": SKOS,
            "xsd": XSD,
        }.items()
    )
    return Graph().parse(data=prefixes + text, format="turtle")


def iris(graph: Graph) -> set[URIRef]:
    """List every IRI of a graph, in any position, datatypes of literals included."""
    nodes = {node for triple in graph for node in triple}
    datatypes = {n.datatype for n in nodes if isinstance(n, Literal) and n.datatype is not None}
    return {node for node in nodes if isinstance(node, URIRef)} | datatypes


def ours(nodes: Iterable[Node]) -> set[URIRef]:
    return {
        n for n in nodes if isinstance(n, URIRef) and n.startswith(str(PACT)) and n != str(PACT)
    }


def declared(graph: Graph) -> set[URIRef]:
    return ours(s for s, o in graph.subject_objects(RDF.type) if o in DECLARATIONS)


@cache
def terms() -> frozenset[URIRef]:
    return frozenset(term for stem in MODULES for term in declared(module(stem)))


def ontology_iri(stem: str, version: str = "") -> URIRef:
    parts = ["ns", version, "" if stem == MASTER else stem]
    return URIRef(BASE + "/".join(part for part in parts if part))


def version() -> str:
    return str(module(MASTER).value(ontology_iri(MASTER), OWL.versionInfo))


def texts(graph: Graph, subject: Node, predicate: URIRef) -> dict[str | None, str]:
    """Give the literals of a property by language, and refuse two in one language."""
    values = list(graph.objects(subject, predicate))
    found = {v.language: str(v) for v in values if isinstance(v, Literal)}
    assert len(found) == len(values), f"{subject} {predicate}: {values}"
    return found


def assert_trilingual(graph: Graph, subject: Node, predicate: URIRef) -> None:
    found = texts(graph, subject, predicate)
    assert sorted(found, key=str) == LANGUAGES, f"{subject} {predicate}"
    for text in found.values():
        assert text == " ".join(text.split()) != "", f"{subject} {predicate}: {text!r}"


# Files


def test_the_files_are_those_of_the_model() -> None:
    assert sorted(path.stem for path in ONTOLOGY.glob("*.ttl")) == sorted(STEMS)
    assert sorted(path.stem for path in (ONTOLOGY / "codes").glob("*.ttl")) == CODE_LISTS


@pytest.mark.parametrize("path", turtle_files(), ids=file_id)
def test_both_parsers_read_the_file_alike(path: Path) -> None:
    by_oxigraph = set(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE))
    assert len(by_oxigraph) == len(graph_of(path)) > 0


# Terms


def test_the_contract_is_kept() -> None:
    assert {PACT[name] for name in CONTRACT} <= terms()


def test_every_term_is_declared_once() -> None:
    counts = Counter(term for stem in STEMS for term in declared(module(stem)))
    assert [term for term, count in counts.items() if count > 1] == []
    assert set(counts) == terms()
    types = merged(map(module, STEMS))
    for term in terms():
        kinds = DECLARATIONS & set(types.objects(term, RDF.type))
        assert len(kinds) == 1, f"{term} is declared as {kinds}"


@pytest.mark.parametrize("stem", MODULES)
def test_every_term_is_documented(stem: str) -> None:
    graph = module(stem)
    assert declared(graph)
    assert ours(graph.subjects()) == declared(graph), "a module speaks of its own terms only"
    for term in declared(graph):
        assert_trilingual(graph, term, RDFS.label)
        assert_trilingual(graph, term, SKOS.definition)
        definitions = texts(graph, term, SKOS.definition)
        assert len(set(definitions.values())) == len(LANGUAGES), f"{term}: not translated"
        assert set(graph.objects(term, RDFS.isDefinedBy)) == {ontology_iri(stem)}
        if PROPERTIES & set(graph.objects(term, RDF.type)):
            for use in (SCHEMA.domainIncludes, SCHEMA.rangeIncludes):
                assert (term, use, None) in graph, f"{term} has no {use}"


def test_no_two_terms_of_a_kind_share_a_label() -> None:
    whole = merged(map(module, MODULES))
    labels: Counter[tuple[Node | None, Node]] = Counter()
    for term in terms():
        kind = OWL.Class if (term, RDF.type, OWL.Class) in whole else None
        labels.update((kind, label) for label in whole.objects(term, RDFS.label))
    assert [entry for entry, count in labels.items() if count > 1] == []


def mentions(text: str) -> set[URIRef]:
    """List the `pact:` terms that a query, or a text in a literal, writes as prefixed names."""
    return {PACT[name] for name in re.findall(r"(?<![\w:/])pact:([A-Za-z][\w-]*)", text)}


def used_terms(path: Path) -> set[URIRef]:
    if path.suffix == ".rq":
        text = re.sub(r"(?m)^\s*#.*$|\s#\s.*$", "", path.read_text(encoding="utf-8"))
        full = {URIRef(iri) for iri in re.findall(rf"<({re.escape(str(PACT))}[^>]+)>", text)}
        return mentions(text) | full
    graph = graph_of(path)
    literals = (str(node) for node in graph.objects() if isinstance(node, Literal))
    return ours(iris(graph)).union(*(mentions(text) for text in literals))


def files_that_use_terms() -> list[Path]:
    folders = (ONTOLOGY, ROOT / "data", ROOT / "shapes", ROOT / "queries")
    queries = sorted(path for folder in folders for path in folder.rglob("*.rq"))
    return turtle_files() + queries


@pytest.mark.parametrize("path", files_that_use_terms(), ids=file_id)
def test_every_term_in_use_is_declared(path: Path) -> None:
    assert sorted(used_terms(path) - terms()) == []


def test_a_term_in_use_that_is_not_declared_is_noticed(tmp_path: Path) -> None:
    data = tmp_path / "x.ttl"
    data.write_text(f'<urn:x> <{PACT}partOff> <urn:y> ; <urn:p> "see pact:isWithinn" .')
    query = tmp_path / "x.rq"
    query.write_text(f"SELECT * {{ ?x pact:holder|<{PACT}holderr> ?y }} # pact:nothing")
    assert used_terms(data) - terms() == {PACT.partOff, PACT.isWithinn}
    assert used_terms(query) - terms() == {PACT.holderr}


# Headers


@pytest.mark.parametrize("stem", STEMS)
def test_the_header(stem: str) -> None:
    graph, iri = module(stem), ontology_iri(stem)
    assert set(graph.subjects(RDF.type, OWL.Ontology)) == {iri}
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert list(graph.objects(iri, OWL.versionInfo)) == [Literal(version())], "one version for all"
    assert list(graph.objects(iri, OWL.versionIRI)) == [ontology_iri(stem, version())]
    assert_trilingual(graph, iri, DCTERMS.title)
    assert_trilingual(graph, iri, DCTERMS.description)
    for name in ("created", "modified"):
        (day,) = graph.objects(iri, DCTERMS[name])
        assert isinstance(day, Literal)
        assert day.datatype == XSD.date
    for name in ("creator", "license"):
        (value,) = graph.objects(iri, DCTERMS[name])
        assert isinstance(value, URIRef)
    assert list(graph.objects(iri, VANN.preferredNamespacePrefix)) == [Literal("pact")]
    assert list(graph.objects(iri, VANN.preferredNamespaceUri)) == [Literal(str(PACT))]


def test_the_creator_is_declared() -> None:
    (creator,) = {c for stem in STEMS for c in module(stem).objects(None, DCTERMS.creator)}
    assert (creator, RDF.type, FOAF.Agent) in module(MASTER)
    assert_trilingual(module(MASTER), creator, FOAF.name)


@pytest.mark.parametrize("stem", [*MODULES, ALIGNMENTS])
def test_a_module_imports_what_it_mentions(stem: str) -> None:
    graph = module(stem)
    homes = {s for s in MODULES if s != stem and declared(module(s)) & iris(graph)}
    expected = {ontology_iri(home, version()) for home in homes}
    assert set(graph.objects(ontology_iri(stem), OWL.imports)) == expected


def test_the_master_imports_everything_and_holds_nothing() -> None:
    graph, iri = module(MASTER), ontology_iri(MASTER)
    others = {ontology_iri(stem, version()) for stem in STEMS if stem != MASTER}
    assert set(graph.objects(iri, OWL.imports)) == others
    (creator,) = graph.objects(iri, DCTERMS.creator)
    assert set(graph.subjects()) == {iri, creator}


# OWL 2 RL (https://www.w3.org/TR/owl2-profiles/#OWL_2_RL)

#: Types in the OWL, RDF and RDFS namespaces that the ontology may give.
TYPES = DECLARATIONS | {OWL.Axiom, OWL.Ontology, OWL.TransitiveProperty}
#: Properties of those namespaces that only annotate.
ANNOTATIONS = {
    OWL.annotatedProperty,
    OWL.annotatedSource,
    OWL.annotatedTarget,
    OWL.imports,
    OWL.versionIRI,
    OWL.versionInfo,
    RDFS.comment,
    RDFS.isDefinedBy,
    RDFS.label,
    RDFS.seeAlso,
}
PROPERTY_AXIOMS = {RDFS.subPropertyOf, OWL.inverseOf}
#: Positions of class expressions: left and right side of an axiom.
CLASS_AXIOMS: dict[Node, tuple[str, str]] = {
    RDFS.subClassOf: ("sub", "super"),
    OWL.disjointWith: ("sub", "sub"),
    OWL.equivalentClass: ("equivalent", "equivalent"),
}
#: Properties that describe a class expression; each is allowed within one only.
EXPRESSION = {
    OWL.allValuesFrom,
    OWL.complementOf,
    OWL.hasValue,
    OWL.intersectionOf,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
    OWL.onClass,
    OWL.onProperty,
    OWL.oneOf,
    OWL.someValuesFrom,
    OWL.unionOf,
    RDF.first,
    RDF.rest,
}


class Profile:
    """What in a graph is outside OWL 2 RL, or outside the constructs that the house allows."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.seen: set[Node] = set()

    def faults(self) -> list[str]:
        return sorted(self._axioms()) + sorted(self._strays())

    def _axioms(self) -> Iterator[str]:
        for s, p, o in self.graph:
            if p == RDF.type:
                if self._is_logical(o) and o not in TYPES | {OWL.Restriction}:
                    yield f"type {o}"
            elif p in CLASS_AXIOMS:
                left, right = CLASS_AXIOMS[p]
                yield from self._expression(s, left)
                yield from self._expression(o, right)
            elif p in PROPERTY_AXIOMS:
                yield from self._property_axiom(s, p, o)
            elif self._is_logical(p) and p not in ANNOTATIONS | EXPRESSION:
                yield f"property {p}"

    def _strays(self) -> Iterator[str]:
        for s, p, _ in self.graph:
            if p in EXPRESSION and s not in self.seen:
                yield f"{p} outside a class expression"

    @staticmethod
    def _is_logical(node: Node) -> bool:
        return str(node).startswith((str(OWL), str(RDF), str(RDFS)))

    def _property_axiom(self, s: Node, p: Node, o: Node) -> Iterator[str]:
        kinds = [PROPERTIES & set(self.graph.objects(node, RDF.type)) for node in (s, o)]
        if not isinstance(s, URIRef) or not isinstance(o, URIRef):
            yield f"{p} of a property without a name"
        elif not kinds[0] or kinds[0] != kinds[1]:
            yield f"{p} of properties of different kinds: {s} {o}"
        elif p == OWL.inverseOf and kinds[0] != {OWL.ObjectProperty}:
            yield f"{p} of properties with literal values: {s} {o}"

    def _expression(self, node: Node, position: str) -> Iterator[str]:
        """Check one class expression; `position` is sub, super or equivalent."""
        if isinstance(node, URIRef):
            if node in {OWL.Thing, RDFS.Resource} or (node, RDF.type, OWL.Class) not in self.graph:
                yield f"{node} as {position}class"
            return
        self.seen.add(node)
        kinds = set(self.graph.predicates(node)) & EXPRESSION - {OWL.onProperty, OWL.onClass}
        if len(kinds) != 1:
            yield f"{sorted(map(str, kinds))}, not one kind, as {position}class"
            return
        (kind,) = kinds
        (value, *more) = self.graph.objects(node, kind)
        allowed = {
            "sub": {OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.someValuesFrom, OWL.hasValue},
            "super": {
                OWL.intersectionOf,
                OWL.complementOf,
                OWL.allValuesFrom,
                OWL.hasValue,
                OWL.maxCardinality,
                OWL.maxQualifiedCardinality,
            },
            "equivalent": {OWL.intersectionOf, OWL.hasValue},
        }
        if more or kind not in allowed[position]:
            yield f"{kind} as {position}class"
        if kind in {OWL.intersectionOf, OWL.unionOf, OWL.oneOf}:
            members = list(Collection(self.graph, value))
            self.seen.update(c for c in self.graph.transitive_objects(value, RDF.rest) if c)
            if kind != OWL.oneOf:
                for member in members:
                    yield from self._expression(member, position)
        elif kind == OWL.complementOf:
            yield from self._expression(value, "sub")
        elif kind == OWL.allValuesFrom:
            yield from self._expression(value, "super")
        elif kind == OWL.someValuesFrom and value != OWL.Thing:
            yield from self._expression(value, "sub")
        elif kind in {OWL.maxCardinality, OWL.maxQualifiedCardinality}:
            if str(value) not in {"0", "1"}:
                yield f"{kind} {value}"
            for filler in self.graph.objects(node, OWL.onClass):
                if filler != OWL.Thing:
                    yield from self._expression(filler, "sub")


def test_the_ontology_is_inside_owl_2_rl() -> None:
    assert Profile(merged(map(module, STEMS))).faults() == []


def closure(stem: str) -> set[str]:
    """List a module and all that it imports, by way of others too."""
    homes = {ontology_iri(s, version()): s for s in STEMS}
    found, pending = set[str](), [stem]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            graph = module(current)
            pending += [homes[i] for i in graph.objects(None, OWL.imports) if isinstance(i, URIRef)]
    return found


@pytest.mark.parametrize("stem", STEMS)
def test_every_module_stands_with_its_imports(stem: str) -> None:
    assert Profile(merged(map(module, closure(stem)))).faults() == []


def test_axioms_speak_of_named_terms_only() -> None:
    """The rules that derive triples know no class expressions."""
    assert not EXPRESSION & set(merged(map(module, STEMS)).predicates())


SOME = "[ a owl:Restriction ; owl:onProperty ex:p ; owl:someValuesFrom ex:B ]"
ALL = "[ a owl:Restriction ; owl:onProperty ex:p ; owl:allValuesFrom ex:B ]"
EXAMPLE = """
    ex:A a owl:Class . ex:B a owl:Class . ex:p a owl:ObjectProperty . ex:q a owl:ObjectProperty .
    ex:d a owl:DatatypeProperty .
"""


@pytest.mark.parametrize(
    "axiom",
    [
        "ex:A rdfs:subClassOf ex:B .",
        "ex:A owl:disjointWith ex:B .",
        "ex:p owl:inverseOf ex:q ; a owl:TransitiveProperty .",
        f"{SOME} rdfs:subClassOf ex:A .",
        f"ex:A rdfs:subClassOf {ALL} .",
        "[ a owl:Class ; owl:unionOf ( ex:A ex:B ) ] rdfs:subClassOf ex:A .",
        "ex:A rdfs:subClassOf [ a owl:Class ; owl:complementOf ex:B ] .",
        "ex:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ex:p ; owl:maxCardinality 1 ] .",
        f"ex:A owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( ex:B {ALL} ) ] .".replace(
            ALL, "[ a owl:Restriction ; owl:onProperty ex:p ; owl:hasValue ex:i ]"
        ),
    ],
)
def test_owl_2_rl_is_let_through(axiom: str) -> None:
    assert Profile(turtle(EXAMPLE + axiom)).faults() == []


@pytest.mark.parametrize(
    "axiom",
    [
        f"ex:A rdfs:subClassOf {SOME} .",
        f"{ALL} rdfs:subClassOf ex:A .",
        "ex:A rdfs:subClassOf [ a owl:Class ; owl:unionOf ( ex:A ex:B ) ] .",
        f"ex:A rdfs:subClassOf [ a owl:Class ; owl:intersectionOf ( ex:B {SOME} ) ] .",
        f"ex:A owl:equivalentClass {SOME} .",
        f"ex:A owl:disjointWith {ALL} .",
        "ex:A rdfs:subClassOf [ a owl:Class ; owl:oneOf ( ex:i ) ] .",
        "ex:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ex:p ; owl:maxCardinality 2 ] .",
        "ex:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ex:p ; owl:minCardinality 1 ] .",
        "ex:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ex:p ; owl:hasSelf true ] .",
        "[ a owl:Class ; owl:complementOf ex:B ] rdfs:subClassOf ex:A .",
        "owl:Thing rdfs:subClassOf ex:A .",
        "ex:A rdfs:subClassOf owl:Thing .",
        "ex:A rdfs:subClassOf ex:Undeclared .",
        "ex:A owl:disjointUnionOf ( ex:A ex:B ) .",
        "ex:A owl:unionOf ( ex:A ex:B ) .",
        "ex:A rdfs:subClassOf [ a owl:Class ] .",
        "ex:p a owl:FunctionalProperty .",
        "ex:p a owl:ReflexiveProperty .",
        "ex:p rdfs:domain ex:A .",
        "ex:p rdfs:range ex:A .",
        "ex:p rdfs:subPropertyOf ex:d .",
        "ex:p rdfs:subPropertyOf ex:undeclared .",
        "ex:d owl:inverseOf ex:d .",
        "[ owl:inverseOf ex:p ] rdfs:subPropertyOf ex:q .",
        "ex:p owl:propertyChainAxiom ( ex:p ex:q ) .",
        "ex:i owl:sameAs ex:j .",
        "ex:A owl:hasKey ( ex:p ) .",
        "ex:T a rdfs:Datatype ; owl:onDatatype xsd:integer .",
    ],
)
def test_all_else_is_a_fault(axiom: str) -> None:
    assert Profile(turtle(EXAMPLE + axiom)).faults() != []


@pytest.mark.parametrize("path", turtle_files(), ids=file_id)
def test_nothing_validates_by_inference(path: Path) -> None:
    assert not {RDFS.domain, RDFS.range, OWL.sameAs} & set(graph_of(path).predicates())


# The shape of the model


def test_the_kinds_of_clause_exclude_one_another() -> None:
    graph = module("agreement")
    kinds = {PACT.Commitment, PACT.PriorityFunction, PACT.Modality, PACT.Ambition}
    assert set(graph.subjects(RDFS.subClassOf, PACT.Clause)) == kinds
    assert_disjoint(graph, kinds)


def test_the_levels_of_the_agreement_exclude_one_another() -> None:
    levels = {PACT.SharedPriority, PACT.Measure, PACT.Theme, PACT.Clause}
    assert_disjoint(merged(map(module, MODULES)), levels)


def assert_disjoint(graph: Graph, classes: set[URIRef]) -> None:
    for one in classes:
        for other in classes - {one}:
            pair = {(one, OWL.disjointWith, other), (other, OWL.disjointWith, one)}
            assert any(axiom in graph for axiom in pair), f"{one} {other}"


def test_being_within_is_transitive() -> None:
    graph = module("agreement")
    assert (PACT.isWithin, RDF.type, OWL.TransitiveProperty) in graph
    below = {PACT.partOf, PACT.clauseOf, PACT.inSection}
    assert set(graph.subjects(RDFS.subPropertyOf, PACT.isWithin)) == below
    for part in (PACT.partOf, PACT.clauseOf):
        assert (part, RDFS.subPropertyOf, DCTERMS.isPartOf) in module(ALIGNMENTS)


def test_every_intention_names_its_instrument() -> None:
    intentions = {term for term in terms() if term.startswith(f"{PACT}intendsTo")}
    below = intentions | {PACT.refersTo, PACT.conformsToMethodOf}
    assert len(intentions) == 7
    assert set(module("instrument").subjects(RDFS.subPropertyOf, PACT.namesInstrument)) == below


# Words of other vocabularies


def exists(iri: URIRef) -> bool:
    """Tell whether a namespace that we know whole has the term; of others nothing is said."""
    if iri.startswith(str(OA)):
        return iri in OA_TERMS
    # rdflib knows schema.org in its https form only.
    term = URIRef(iri.replace(str(SCHEMA), str(SDO), 1)) if iri.startswith(str(SCHEMA)) else iri
    return all(term in space for space in CLOSED if term.startswith(str(space)))


def misspelt(graph: Graph) -> set[URIRef]:
    return {iri for iri in iris(graph) if not exists(iri)}


@pytest.mark.parametrize("path", turtle_files(), ids=file_id)
def test_words_of_other_vocabularies_exist(path: Path) -> None:
    assert misspelt(graph_of(path)) == set()


@pytest.mark.parametrize(
    "iri",
    [
        f"{RDF}Typ",
        f"{RDFS}subClassof",
        f"{OWL}objectProperty",
        f"{SKOS}preflabel",
        f"{DCTERMS}licence",
        f"{PROV}wasAssociatedwith",
        f"{ORG}Organisation",
        f"{OA}hasTargets",
        f"{DCAT}Datasets",
        f"{SCHEMA}domainInclude",
    ],
)
def test_a_misspelt_word_is_noticed(iri: str) -> None:
    as_subject = turtle(f"<{iri}> a ex:A .")
    as_predicate = turtle(f"ex:s <{iri}> ex:o .")
    as_datatype = turtle(f'ex:s ex:p "x"^^<{iri}> .')
    for graph in (as_subject, as_predicate, as_datatype):
        assert misspelt(graph) == {URIRef(iri)}


@pytest.mark.parametrize("path", sorted(ONTOLOGY.rglob("*.ttl")), ids=file_id)
def test_no_term_is_borrowed_that_says_too_much(path: Path) -> None:
    assert [iri for iri in iris(graph_of(path)) for trap in TRAPS if iri.startswith(trap)] == []


# Alignments


def without_reason(graph: Graph) -> list[tuple[Node, Node, Node]]:
    """List the alignments that do not carry exactly one reason, in English."""
    skipped = set(graph.subjects(RDF.type, OWL.Ontology)) | set(graph.subjects(RDF.type, OWL.Axiom))
    bare = []
    for s, p, o in graph:
        if s in skipped or p == RDF.type:
            continue
        notes = [
            note
            for note in graph.subjects(OWL.annotatedSource, s)
            if (note, OWL.annotatedProperty, p) in graph and (note, OWL.annotatedTarget, o) in graph
        ]
        reasons = [reason for note in notes for reason in graph.objects(note, RDFS.comment)]
        if len(notes) != 1 or [getattr(r, "language", None) for r in reasons] != ["en"]:
            bare.append((s, p, o))
    return bare


def without_alignment(graph: Graph) -> list[Node]:
    """List the reasons for a statement that the graph does not make."""
    return [
        note
        for note in graph.subjects(RDF.type, OWL.Axiom)
        if (
            graph.value(note, OWL.annotatedSource),
            graph.value(note, OWL.annotatedProperty),
            graph.value(note, OWL.annotatedTarget),
        )
        not in graph
    ]


def test_every_alignment_has_its_reason() -> None:
    graph = module(ALIGNMENTS)
    assert without_reason(graph) == []
    assert without_alignment(graph) == []
    assert len(set(graph.subjects(RDF.type, OWL.Axiom))) > 40
    assert all(isinstance(note, BNode) for note in graph.subjects(RDF.type, OWL.Axiom))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[] a owl:Axiom ; owl:annotatedSource ex:A ; owl:annotatedProperty rdfs:subClassOf ; "
        "owl:annotatedTarget ex:B .",
        "[] a owl:Axiom ; owl:annotatedSource ex:A ; owl:annotatedProperty rdfs:seeAlso ; "
        'owl:annotatedTarget ex:B ; rdfs:comment "why"@en .',
        "[] a owl:Axiom ; owl:annotatedSource ex:A ; owl:annotatedProperty rdfs:subClassOf ; "
        'owl:annotatedTarget ex:B ; rdfs:comment "why" .',
    ],
)
def test_an_alignment_without_reason_is_noticed(note: str) -> None:
    graph = turtle(f"ex:A rdfs:subClassOf ex:B . {note}")
    assert len(without_reason(graph)) == 1


def test_a_reason_for_nothing_is_noticed() -> None:
    note = "[] a owl:Axiom ; owl:annotatedSource ex:A ; owl:annotatedProperty rdfs:subClassOf ; "
    assert without_alignment(turtle(note + 'owl:annotatedTarget ex:B ; rdfs:comment "why"@en .'))


# Code lists


def code_list(stem: str) -> Graph:
    return graph_of(ONTOLOGY / "codes" / f"{stem}.ttl")


@pytest.mark.parametrize("stem", CODE_LISTS)
def test_a_code_list_is_whole(stem: str) -> None:
    graph, scheme = code_list(stem), URIRef(f"{BASE}id/code-list/{stem}")
    assert set(graph.subjects(RDF.type, SKOS.ConceptScheme)) == {scheme}
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts
    assert set(graph.objects(scheme, SKOS.hasTopConcept)) == concepts
    assert set(graph.subjects()) == concepts | {scheme}
    assert list(graph.objects(scheme, OWL.versionInfo)) == [Literal(version())]
    for node in concepts | {scheme}:
        assert_trilingual(graph, node, SKOS.prefLabel)
        assert_trilingual(graph, node, SKOS.definition)
    for concept in concepts:
        assert list(graph.objects(concept, SKOS.inScheme)) == [scheme]
        assert list(graph.objects(concept, SKOS.topConceptOf)) == [scheme]
        notation = str(graph.value(concept, SKOS.notation))
        assert concept == URIRef(f"{BASE}id/{stem}/{notation}")
    labels = Counter(o for c in concepts for o in graph.objects(c, SKOS.prefLabel))
    assert max(labels.values()) == 1


def test_the_statuses_are_those_of_the_contract() -> None:
    found = set(code_list("status").subjects(RDF.type, SKOS.Concept))
    assert found == {URIRef(f"{BASE}id/status/{slug}") for slug in STATUSES}


@pytest.mark.parametrize("path", turtle_files(), ids=file_id)
def test_every_code_in_use_exists(path: Path) -> None:
    codes = {iri for stem in CODE_LISTS for iri in iris(code_list(stem))}
    folders = tuple(f"{BASE}id/{stem}/" for stem in ["code-list", *CODE_LISTS])
    used = {iri for iri in iris(graph_of(path)) if str(iri).startswith(folders)}
    assert sorted(used - codes) == []


def test_every_code_list_has_a_property() -> None:
    whole = merged(map(module, MODULES))
    named = {iri for iri in whole.objects(None, RDFS.seeAlso)}
    lists = {URIRef(f"{BASE}id/code-list/{stem}") for stem in CODE_LISTS} - {
        URIRef(f"{BASE}id/code-list/role")  # the value of org:role, which is not ours to document
    }
    assert lists == named
