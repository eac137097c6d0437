"""The context comes from elsewhere: only identifiers that were seen, each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS
from rdflib.term import Node

ROOT = Path(__file__).parents[2]
CONTEXT = sorted((ROOT / "data" / "context").glob("*.ttl"))
OTHERS = sorted(
    path
    for folder in ("data", "ontology")
    for path in (ROOT / folder).rglob("*.ttl")
    if path not in CONTEXT
)

BASE = "https://w3id.org/brupact/"
ID = BASE + "id/"
PACT = Namespace(BASE + "ns#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
SCHEMA = Namespace("http://schema.org/")

ELI_BASE = "http://www.ejustice.just.fgov.be/"
CBE_BASE = "https://org.belgif.be/id/CbeRegisteredEntity/"
WIKIDATA_BASE = "http://www.wikidata.org/entity/"

CONFIDENCE = {
    URIRef(f"{ID}confidence/{level}")
    for level in ("verified-in-file", "seen-on-page", "string-match", "inferred", "reported")
}

# What was seen, restated: an identifier that is not here was not seen, and may not be published.
EUROVOC = set(
    """
    5 27 284 712 758 814 1017 1231 1420 1439 1469 1514 1854 2195 2238 2281 2333 2407 2468 2478
    2479 2507 2517 2606 2936 3030 3039 3066 3082 3134 3159 3181 3281 3301 3369 3572 3619 3885
    3899 4113 4116 4475 4541 4565 4619 4630 4740 4793 4850 5023 5527 5587 5636 5764 5878 5899
    5986 6353 6550 6700 6749 6849 6850 6905 8466 434743
    c_1138d9d2 c_749f2ce9 c_79e507c2 c_8bf65f26 c_c7c1e23c c_de4d6f2f c_e0911140
    """.split()
)
SDG = set(
    """
    1.2 1.3 1.4 3.4 3.5 3.8 4.1 5.5 7.3 8.3 8.5 9.2 9.4 9.5 10.2 11.1 11.2 11.3 11.6 11.7
    12.5 13.2 16.6 16.7 17.14 17.17
    """.split()
)
THEMIS = {
    "17ddaff0-b2e3-4f02-9157-76a1cf593a5b",  # Mobiliteit
    "63aa8960-a301-40b4-9bba-7cfed45f0494",  # Openbare Werken
    "fd6c39f5-cf5c-4a74-aff2-2eb5b4999a51",  # Tewerkstelling
    "91b7d388-3260-4444-90ca-9b08f612dfe4",  # Ruimtelijke Ordening
    "faf802ff-bca7-4419-acc0-d84937e5bcd4",  # Economie
    "758c3c7d-5b60-4eff-9320-2431a3120d19",  # Leefmilieu en Natuur
    "f3e7fb08-8e44-432d-9058-367b8ca7281c",  # Klimaat
    "45cfa0c9-82db-4487-8ad4-ca21fa6655ab",  # Energie
    "4a0bb077-a416-4e4d-96ce-b2e89cec0a47",  # Welzijn en Gezondheid
    "8fe54f8f-c83a-436d-8234-e683fccae582",  # Sociale Economie
    "fa4e010f-84e9-4d65-9675-1604ad41de56",  # Wonen
    "4dfb835d-ded2-4298-85bb-ff41f3563193",  # Gelijke kansen
}
BELGIF = {
    *(f"be-theme/{code}#id" for code in ("ECON", "ENVI", "HEAL", "HOUS", "MOBI", "WORK")),
    "refnis2025/4000",
    "refnis2025/21007",
}
CBE = {
    "0253777437": "organisation/brupartners",
    "0239843188": "organisation/actiris",
    "0870532933": "organisation/innoviris",
    "0207367489": "place/audi-site",  # the commune of Forest
    "0249268719": "place/port-zone",  # the Port of Brussels
}
WIKIDATA = {
    ("person/ahmed-laaouej", "Q568259"),
    ("person/karine-lalieux", "Q3193292"),
    ("place/brussels-capital-region", "Q240"),
}
ELI_PATHS = {
    "eli/arrete/2004/04/09/2004031182/moniteur",
    "eli/besluit/2004/04/09/2004031182/staatsblad",
    "eli/arrete/2006/11/21/2006031598/moniteur",
    "eli/arrete/2001/05/03/2001031033/justel",
    "eli/ordonnance/2018/05/03/2018012008/moniteur",
    "eli/ordonnantie/2018/05/03/2018012008/staatsblad",
    "eli/ordonnance/2013/05/02/2013031357/moniteur",
    "eli/besluit/2018/01/25/2018030279/justel",
    "eli/arrete/2018/07/12/2018014211/moniteur",
    "eli/arrete/2002/11/28/2002031624/moniteur",
    "eli/wet/1999/04/07/1999012230/justel",
}
# number: date of the text
LEGAL_TEXTS = {
    "2004031182": "2004-04-09",
    "2006031598": "2006-11-21",
    "2001031033": "2001-05-03",
    "2018012008": "2018-05-03",
    "2018030279": "2018-01-25",
    "2021034182": "2021-12-02",
    "2002031624": "2002-11-28",
    "2017020463": "2017-06-23",
    "2017020652": "2017-09-14",
    "1999012230": "1999-04-07",
    "2017010886": "2017-02-16",
    "2024001060": "2024-01-25",
    "2013031357": "2013-05-02",
    "2018014211": "2018-07-12",
    "2001031143": "2001-01-18",
    "2024003444": "2024-04-04",
    "2016031739": "2016-10-27",
}
# Every other outside address, whole.
PLAIN = {
    "http://data.europa.eu/nuts/code/BE1",
    "https://sws.geonames.org/2800867/",
    "http://publications.europa.eu/resource/authority/country/BEL",
    "http://publications.europa.eu/resource/authority/language/FRA",
    "http://publications.europa.eu/resource/authority/language/NLD",
}
ALLOWED = (
    PLAIN
    | {f"http://eurovoc.europa.eu/{code}" for code in EUROVOC}
    | {f"http://metadata.un.org/sdg/{code}" for code in SDG}
    | {f"http://themis.vlaanderen.be/id/concept/thema/{code}" for code in THEMIS}
    | {f"http://vocab.belgif.be/auth/{code}" for code in BELGIF}
    | {CBE_BASE + number for number in CBE}
    | {WIKIDATA_BASE + item for _, item in WIKIDATA}
    | {ELI_BASE + path for path in ELI_PATHS}
)

# Not verified: nobody saw an identifier of these, or what was seen is wrong.
NO_WIKIDATA = {
    f"{ID}{ref}"
    for ref in (
        "person/boris-dillies",
        "person/elke-van-den-brandt",
        "person/ans-persoons",
        "person/laurent-hublet",
        "person/dirk-de-smedt",
        "person/audrey-henry",
        "person/florence-lepoivre",
        "person/benoit-dassy",
        "person/michael-dufrane",
        "person/lisa-isnard",
        "person/julie-huntz",
        "person/bruno-gerard",
        "organisation/actiris",
        "organisation/innoviris",
        "organisation/brupartners",
        "organisation/government",
        "organisation/beci",
        "organisation/abvv",
        "organisation/acv",
        "instrument/lez",
        "instrument/cobat",
    )
}
NO_CBE = {
    f"{ID}organisation/{ref}"
    for ref in (
        "finance-invest-brussels",
        "abvv",
        "acv",
        "synova",
        "beci",
        "bru-ei-zo",
        "bruxeo",
        "besoc",
    )
}
NO_ELI = ("2021034182", "2017020463", "2017020652", "2024001060")
FORBIDDEN_TEXT = {
    "NUTS BE10": re.compile(r"nuts\S*/BE10(?!\d)|^BE10$", re.I),
    "EU atu code": re.compile(r"resource/authority/atu", re.I),
    "COFOG": re.compile(r"cofog", re.I),
    "wrong number for the land use plan": re.compile(r"2001031193"),
    "ACLVB / CGSLB": re.compile(r"\b(ACLVB|CGSLB)\b"),
    "ELI of a text of which the number only was seen": re.compile(rf"/eli/\S*({'|'.join(NO_ELI)})"),
    "ordinance that enables the low emission zone": re.compile(r"/eli/\S*/2017/12/07/"),
}
CBE_NUMBER = re.compile(r"0\d{9}|0\d{3}\.\d{3}\.\d{3}")
CONCEPT = re.compile(rf"{re.escape(ID)}(theme|competence|target-group|sector)/")
MAPPING = {SKOS.closeMatch, SKOS.relatedMatch, SKOS.broadMatch, SKOS.narrowMatch}
LOCAL_PATH = re.compile(r"(?<![\w/>])/(tmp|home|root|usr|opt)/")
ELI_PATH = re.compile(
    rf"{re.escape(ELI_BASE)}eli/(\w+)/(\d{{4}})/(\d\d)/(\d\d)/(\d{{10}})/(moniteur|staatsblad|justel)"
)
FRENCH = {"arrete", "ordonnance", "loi", "decret"}


def read(paths: list[Path]) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@pytest.fixture(scope="module")
def context() -> Graph:
    return read(CONTEXT)


@pytest.fixture(scope="module")
def everything() -> Graph:
    return read(CONTEXT + OTHERS)


def is_evidence(node: Node) -> bool:
    return str(node).startswith(f"{ID}evidence/")


def claims(graph: Graph) -> set[tuple[Node, Node, Node]]:
    """What is asserted directly, and what an evidence says is asserted."""
    found = {triple for triple in graph if not is_evidence(triple[0])}
    for link in graph.subjects(RDF.type, PACT.ExternalLink):
        for subject in graph.objects(link, PACT.linkSubject):
            for predicate in graph.objects(link, PACT.linkPredicate):
                for value in graph.objects(link, PACT.linkObject):
                    found.add((subject, predicate, value))
    return found


def unverified(graph: Graph) -> list[str]:
    """Whatever is on the list of what nobody verified."""
    faults = []
    for triple in graph:
        for node in triple:
            for name, pattern in FORBIDDEN_TEXT.items():
                if pattern.search(str(node)):
                    faults.append(f"{name}: {node}")
    for subject, predicate, value in claims(graph):
        if "wikidata.org/" in str(value):
            pair = (str(subject).removeprefix(ID), str(value).removeprefix(WIKIDATA_BASE))
            if str(subject) in NO_WIKIDATA or pair not in WIKIDATA:
                faults.append(f"Wikidata: {subject} {value}")
        registered = "CbeRegisteredEntity" in str(value) or (
            predicate == DCTERMS.identifier and CBE_NUMBER.fullmatch(str(value))
        )
        if registered:
            number = str(value).removeprefix(CBE_BASE)
            holder = str(subject).removeprefix(ID)
            if str(subject) in NO_CBE or CBE.get(number) != holder:
                faults.append(f"CBE: {subject} {value}")
        if predicate == ELI.date_document and str(value) == "2017-12-07":
            faults.append(f"ordinance that enables the low emission zone: {subject}")
        if predicate == ELI.id_local and str(value) not in LEGAL_TEXTS:
            faults.append(f"number that was not seen: {value}")
    return faults


def unseen(graph: Graph) -> list[str]:
    """Outside addresses in the place of an object that are not on the list of what was seen."""
    return [
        f"{subject} {predicate} {value}"
        for subject, predicate, value in claims(graph)
        if isinstance(value, URIRef)
        and predicate != RDF.type
        and not value.startswith(BASE)
        and str(value) not in ALLOWED
    ]


def without_evidence(graph: Graph) -> list[str]:
    """Links that no evidence carries, evidence that is not whole, evidence of nothing."""
    faults = []
    carried: dict[tuple[Node, Node, Node], int] = {}
    for link in graph.subjects(RDF.type, PACT.ExternalLink):
        one: dict[URIRef, Node] = {}
        for term in (
            PACT.linkSubject,
            PACT.linkPredicate,
            PACT.linkObject,
            PACT.seenAt,
            PACT.confidence,
            PACT.assertionKind,
            DCTERMS.date,
        ):
            values = list(graph.objects(link, term))
            if len(values) == 1:
                one[term] = values[0]
            else:
                faults.append(f"{link}: {len(values)} values of {term}")
        if len(one) < 7:
            continue
        seen = one[PACT.seenAt]
        if not isinstance(seen, Literal) or seen.language != "en" or len(seen.strip()) < 8:
            faults.append(f"{link}: does not say where it was seen")
        if one[PACT.confidence] not in CONFIDENCE:
            faults.append(f"{link}: no confidence of the list")
        if one[PACT.assertionKind] != PACT.external:
            faults.append(f"{link}: not external")
        date = one[DCTERMS.date]
        if not isinstance(date, Literal) or date.datatype != XSD.date:
            faults.append(f"{link}: no date")
        triple = (one[PACT.linkSubject], one[PACT.linkPredicate], one[PACT.linkObject])
        carried[triple] = carried.get(triple, 0) + 1
        if triple not in graph:
            faults.append(f"{link}: evidence of nothing")
    for triple in graph:
        subject, predicate, value = triple
        if is_evidence(subject) or predicate == RDF.type or not isinstance(value, URIRef):
            continue
        if carried.get(triple, 0) != 1:
            faults.append(f"{carried.get(triple, 0)} evidences: {subject} {predicate} {value}")
    faults.extend(
        f"no evidence of its number: {text}"
        for text in graph.subjects(RDF.type, ELI.LegalResource)
        if (text, ELI.id_local, graph.value(text, ELI.id_local)) not in carried
    )
    return faults


def wrong_legal_texts(graph: Graph) -> list[str]:
    """Texts whose number, date, ELI and language do not agree, or that fall into a domain trap."""
    faults = []
    for text in graph.subjects(RDF.type, ELI.LegalResource):
        number = str(text).removeprefix(f"{ID}legal-text/")
        if [str(value) for value in graph.objects(text, ELI.id_local)] != [number]:
            faults.append(f"{text}: its number is not that of its address")
        dates = [str(value) for value in graph.objects(text, ELI.date_document)]
        seen = LEGAL_TEXTS.get(number)
        if dates != [seen]:
            faults.append(f"{text}: dated {dates}, seen {seen}")
        for expression in graph.objects(text, ELI.is_realized_by):
            match = ELI_PATH.fullmatch(str(expression))
            if not match:
                faults.append(f"{expression}: not an ELI")
                continue
            kind, year, month, day, numac, place = match.groups()
            if [f"{year}-{month}-{day}"] != dates or numac != number:
                faults.append(f"{expression}: not the date and number of {text}")
            language = "FRA" if kind in FRENCH else "NLD"
            if [str(value)[-3:] for value in graph.objects(expression, ELI.language)] != [language]:
                faults.append(f"{expression}: not in {language}")
            if (place == "moniteur") > (language == "FRA") or (place == "staatsblad") > (
                language == "NLD"
            ):
                faults.append(f"{expression}: gazette of the other language")
            if (expression, RDF.type, ELI.LegalExpression) not in graph:
                faults.append(f"{expression}: not an expression")
    works = set(graph.subjects(RDF.type, ELI.LegalResource))
    for subject, predicate, _ in graph:
        if str(predicate).startswith(str(ELI)):
            if str(predicate).startswith(str(ELI.title)):
                faults.append(f"{subject}: eli:title would make a work an expression")
            elif predicate != ELI.language and subject not in works:
                faults.append(f"{subject}: {predicate} would make it a legal work")
    return faults


def wrong_matches(graph: Graph) -> list[str]:
    """Properties that would make a thing what it is not, or say more than was seen."""
    faults = []
    for subject, predicate, value in graph:
        if predicate in (OWL.sameAs, SKOS.exactMatch):
            faults.append(f"too strong: {subject} {predicate} {value}")
        if predicate in MAPPING and not CONCEPT.match(str(subject)):
            faults.append(f"not a concept: {subject}")
        if "themis.vlaanderen.be" in str(value) and predicate not in (
            SKOS.closeMatch,
            PACT.linkObject,
        ):
            faults.append(f"never more or other than a close match: {subject} {predicate}")
        if predicate == SCHEMA.sameAs and str(value).startswith(CBE_BASE):
            number = Literal(str(value).removeprefix(CBE_BASE))
            if (subject, DCTERMS.identifier, number) not in graph:
                faults.append(f"number not repeated: {subject}")
    return faults


Check = Callable[[Graph], list[str]]


def test_there_is_a_context() -> None:
    assert len(CONTEXT) >= 8
    assert OTHERS


@pytest.mark.parametrize("path", CONTEXT, ids=lambda path: path.stem)
def test_parsers_agree(path: Path) -> None:
    graph = read([path])
    quads = set(pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE))
    assert len(graph) == len(quads) > 0
    assert not [term for triple in graph for term in triple if isinstance(term, BNode)]
    assert not LOCAL_PATH.search(path.read_text(encoding="utf-8"))


def test_a_triple_stands_once(context: Graph) -> None:
    assert sum(len(read([path])) for path in CONTEXT) == len(context)
    assert not [triple for triple in read(OTHERS) if triple in context]


def test_nothing_unverified(everything: Graph) -> None:
    assert unverified(everything) == []


@pytest.mark.parametrize("check", [unseen, without_evidence, wrong_legal_texts, wrong_matches])
def test_context(context: Graph, check: Check) -> None:
    assert check(context) == []


def test_every_seen_legal_text_is_there(context: Graph) -> None:
    numbers = {str(value) for value in context.objects(None, ELI.id_local)}
    assert numbers == set(LEGAL_TEXTS)
    expressions = {str(value) for value in context.objects(None, ELI.is_realized_by)}
    assert expressions == {ELI_BASE + path for path in ELI_PATHS}


def test_links_start_at_something(everything: Graph) -> None:
    described = set(everything.subjects(RDF.type, None))
    loose = {
        str(value)
        for link in everything.subjects(RDF.type, PACT.ExternalLink)
        for term in (PACT.linkSubject, PACT.linkObject, PACT.confidence)
        for value in everything.objects(link, term)
        if str(value).startswith(ID) and value not in described
    }
    assert loose == set()


PREFIXES = f"""
@base <{ID}> .
@prefix dcterms: <{DCTERMS}> .
@prefix eli: <{ELI}> .
@prefix owl: <{OWL}> .
@prefix pact: <{PACT}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <{SCHEMA}> .
@prefix skos: <{SKOS}> .
@prefix xsd: <{XSD}> .
"""
WHOLE = """
<evidence/x> a pact:ExternalLink ;
    pact:linkSubject <priority/2026-2029-1> ; pact:linkPredicate dcterms:subject ;
    pact:linkObject <http://metadata.un.org/sdg/11.2> ; pact:assertionKind pact:external ;
    pact:confidence <confidence/inferred> ; pact:seenAt "a public file"@en ;
    dcterms:date "2026-11-23"^^xsd:date .
"""
LINK = "<priority/2026-2029-1> dcterms:subject <http://metadata.un.org/sdg/11.2> .\n"
TEXT = '<legal-text/2018012008> a eli:LegalResource ; eli:id_local "2018012008" ;'
OFFENCES: list[tuple[Check, str]] = [
    (unverified, "<person/ans-persoons> rdfs:seeAlso <http://www.wikidata.org/entity/Q1> ."),
    (unverified, "<instrument/lez> rdfs:seeAlso <http://www.wikidata.org/entity/Q240> ."),
    (unverified, "<person/ahmed-laaouej> rdfs:seeAlso <https://www.wikidata.org/entity/Q5> ."),
    (
        unverified,
        "<evidence/x> a pact:ExternalLink ; pact:linkSubject <organisation/beci> ; "
        "pact:linkPredicate rdfs:seeAlso ; pact:linkObject <http://www.wikidata.org/entity/Q1> .",
    ),
    (unverified, "<place/x> schema:sameAs <http://data.europa.eu/nuts/code/BE10> ."),
    (
        unverified,
        "<place/x> rdfs:seeAlso <http://publications.europa.eu/resource/authority/atu/BEL_RBC> .",
    ),
    (unverified, f"<organisation/beci> schema:sameAs <{CBE_BASE}0123456789> ."),
    (unverified, '<organisation/synova> dcterms:identifier "0123.456.789" .'),
    (unverified, f"<organisation/actiris> schema:sameAs <{CBE_BASE}0253777437> ."),
    (
        unverified,
        f"<legal-text/x> eli:is_realized_by "
        f"<{ELI_BASE}eli/ordonnance/2021/12/02/2021034182/moniteur> .",
    ),
    (unverified, '<legal-text/x> eli:date_document "2017-12-07"^^xsd:date .'),
    (unverified, '<legal-text/x> eli:id_local "2017000001" .'),
    (unverified, '<legal-text/x> eli:id_local "2001031193" .'),
    (unverified, "<theme/x> skos:closeMatch <http://data.europa.eu/cofog/GF07> ."),
    (unverified, '<organisation/synova> skos:altLabel "ACLVB"@nl .'),
    (unverified, '<organisation/synova> skos:altLabel "CGSLB (SYNOVA)"@fr .'),
    (unseen, "<theme/x> skos:closeMatch <http://eurovoc.europa.eu/9999> ."),
    (unseen, "<priority/2026-2029-1> dcterms:subject <https://metadata.un.org/sdg/11.2> ."),
    (
        unseen,
        f"<legal-text/x> eli:is_realized_by <{ELI_BASE}eli/loi/1999/04/07/1999012230/justel> .",
    ),
    (unseen, "<theme/x> skos:closeMatch <http://example.org/> ."),
    (without_evidence, LINK),
    (without_evidence, WHOLE),
    (without_evidence, LINK + WHOLE + WHOLE.replace("evidence/x", "evidence/y")),
    (without_evidence, LINK + WHOLE.replace('pact:seenAt "a public file"@en ;', "")),
    (without_evidence, LINK + WHOLE.replace("a public file", "here")),
    (without_evidence, LINK + WHOLE.replace("confidence/inferred", "confidence/certain")),
    (without_evidence, LINK + WHOLE.replace("pact:external ;", "pact:stated ;")),
    (without_evidence, LINK + WHOLE.replace('"2026-11-23"^^xsd:date', '"2026"')),
    (without_evidence, TEXT + ' eli:date_document "2018-05-03"^^xsd:date .'),
    (wrong_legal_texts, TEXT + ' eli:date_document "2018-05-04"^^xsd:date .'),
    (wrong_legal_texts, TEXT.replace("legal-text/2018", "legal-text/2017") + " ."),
    (
        wrong_legal_texts,
        TEXT + ' eli:date_document "2018-05-03"^^xsd:date ; eli:is_realized_by '
        f"<{ELI_BASE}eli/ordonnance/2018/05/04/2018012008/moniteur> .",
    ),
    (wrong_legal_texts, '<legal-text/x> eli:title "Ordonnance"@fr .'),
    (wrong_legal_texts, "<priority/2026-2029-6> eli:is_about <instrument/cobat> ."),
    (wrong_matches, f"<organisation/actiris> owl:sameAs <{CBE_BASE}0239843188> ."),
    (wrong_matches, "<place/x> skos:closeMatch <http://eurovoc.europa.eu/3039> ."),
    (
        wrong_matches,
        "<theme/x> skos:broadMatch <http://themis.vlaanderen.be/id/concept/thema/x> .",
    ),
    (wrong_matches, f"<organisation/actiris> schema:sameAs <{CBE_BASE}0239843188> ."),
]


@pytest.mark.parametrize(("check", "turtle"), OFFENCES)
def test_the_checks_can_fail(check: Check, turtle: str) -> None:
    assert check(Graph().parse(data=PREFIXES + turtle, format="turtle"))


def test_a_whole_link_passes() -> None:
    graph = Graph().parse(data=PREFIXES + LINK + WHOLE, format="turtle")
    for check in (unverified, unseen, without_evidence, wrong_legal_texts, wrong_matches):
        assert check(graph) == []
