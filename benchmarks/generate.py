"""Realistic agreements in our ontology, of any size, the same for the same seed.

Each *place* has a government with competences, a council, partners, persons and instruments, and
concludes up to three agreements, one a term. An agreement has what the published one has: 7 themes,
17 shared priorities with measures, signatures, assignments of competences, the text in French and
Dutch, labels in three languages (those that the text does not give in the graph ``editorial``),
links to competences and to subjects of others. Each triple stands in one named graph.

``python -m benchmarks generate --size 1M --quotes FILE.nq`` writes a file.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from brupact.namespaces import GRAPH, ID, PREFIXES

#: Subject, predicate, object and graph, each as N-Quads writes it.
Line = tuple[str, str, str, str]

#: How many priorities each theme of an agreement has: seventeen in all, as in the published one.
PRIORITIES: Final = (2, 3, 1, 1, 5, 2, 3)
#: The first year of each agreement that a place concludes; the newest comes first, so that any
#: cut of the data holds the assignments that still run.
TERMS: Final = (2026, 2022, 2018)
LANGUAGES: Final = ("fr", "nl", "en")


@dataclass(frozen=True)
class Named:
    """A thing that all agreements share: its slug and its label by language."""

    slug: str
    fr: str
    nl: str
    en: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels by language tag."""
        return {"fr": self.fr, "nl": self.nl, "en": self.en}


@dataclass(frozen=True)
class Field:
    """A field of policy: a theme, its competences, what its priorities are about."""

    theme: Named
    competences: tuple[Named, ...]
    topics: tuple[Named, ...]


FIELDS: Final = (
    Field(
        Named("mobility", "Mobilité", "Mobiliteit", "Mobility"),
        (
            Named("mobility", "Mobilité", "Mobiliteit", "Mobility"),
            Named("public-works", "Travaux publics", "Openbare Werken", "Public works"),
        ),
        (
            Named("cycling", "le réseau cyclable", "het fietsnetwerk", "the cycle network"),
            Named("trams", "les lignes de tram", "de tramlijnen", "the tram lines"),
            Named("worksites", "les chantiers en voirie", "de werven", "works in the streets"),
        ),
    ),
    Field(
        Named("employment", "Emploi", "Tewerkstelling", "Employment"),
        (
            Named("employment", "Emploi", "Tewerkstelling", "Employment"),
            Named("training", "Formation", "Beroepsopleiding", "Vocational training"),
        ),
        (
            Named("guidance", "l’accompagnement", "de begeleiding", "guidance to work"),
            Named("job-aids", "les aides à l’emploi", "de tewerkstellingssteun", "job aids"),
            Named("shortages", "les métiers en pénurie", "de knelpuntberoepen", "scarce skills"),
        ),
    ),
    Field(
        Named("urban-planning", "Urbanisme", "Stedenbouw", "Urban planning"),
        (
            Named("urban-planning", "Urbanisme", "Stedenbouw", "Urban planning"),
            Named("heritage", "Patrimoine", "Erfgoed", "Heritage"),
        ),
        (
            Named("permits", "les permis d’urbanisme", "de stedenbouw", "building permits"),
            Named("squares", "les places publiques", "de openbare pleinen", "public squares"),
        ),
    ),
    Field(
        Named("spatial-planning", "Aménagement du territoire", "Ruimtelijke Ordening", "Land use"),
        (
            Named("spatial-planning", "Aménagement", "Ruimtelijke Ordening", "Spatial planning"),
            Named("housing", "Logement", "Huisvesting", "Housing"),
        ),
        (
            Named("vision", "la vision territoriale", "de territoriale visie", "the land vision"),
            Named("rents", "les loyers abordables", "de betaalbare huur", "affordable rents"),
        ),
    ),
    Field(
        Named("economy", "Économie", "Economie", "Economy"),
        (
            Named("economy", "Économie", "Economie", "Economy"),
            Named("research", "Recherche", "Wetenschappelijk Onderzoek", "Research"),
        ),
        (
            Named("shops", "les commerces de proximité", "de buurtwinkels", "local shops"),
            Named("circular", "les filières circulaires", "de circulaire sectoren", "circularity"),
            Named("industry", "l’industrie urbaine", "de stadsindustrie", "urban industry"),
            Named("digital", "l’économie numérique", "de digitale economie", "digital economy"),
        ),
    ),
    Field(
        Named("environment", "Environnement", "Leefmilieu", "Environment"),
        (
            Named("environment", "Environnement", "Leefmilieu", "Environment"),
            Named("energy", "Énergie", "Energie", "Energy"),
        ),
        (
            Named("insulation", "l’isolation du bâti", "de isolatie van gebouwen", "insulation"),
            Named("air", "la qualité de l’air", "de luchtkwaliteit", "air quality"),
        ),
    ),
    Field(
        Named("social-health", "Social-Santé", "Sociale Actie-Gezondheid", "Social and health"),
        (
            Named("social-action", "Action sociale", "Sociale Actie", "Social action"),
            Named("health", "Santé", "Gezondheid", "Health"),
        ),
        (
            Named("first-line", "la première ligne", "de eerstelijnszorg", "primary care"),
            Named("carers", "les aidants proches", "de mantelzorgers", "informal carers"),
            Named("cohesion", "la cohésion sociale", "de sociale cohesie", "social cohesion"),
        ),
    ),
)
TARGET_GROUPS: Final = (
    Named("jobseekers", "chercheurs d’emploi", "werkzoekenden", "jobseekers"),
    Named("families", "familles monoparentales", "eenoudergezinnen", "single-parent families"),
    Named("elderly-persons", "personnes âgées", "ouderen", "elderly persons"),
)
SECTORS: Final = (
    Named("crafts", "artisanat", "ambacht", "crafts"),
    Named("social-economy", "économie sociale", "sociale economie", "social economy"),
    Named("construction", "construction", "bouw", "construction"),
)
ACTIONS: Final = (
    Named("reinforce", "Renforcer", "Versterken van", "Strengthen"),
    Named("simplify", "Simplifier", "Vereenvoudigen van", "Simplify"),
    Named("coordinate", "Coordonner", "Coördineren van", "Coordinate"),
    Named("evaluate", "Évaluer", "Evalueren van", "Evaluate"),
    Named("finance", "Financer", "Financieren van", "Fund"),
    Named("extend", "Étendre", "Uitbreiden van", "Extend"),
)
CONDITIONS: Final = (
    ("avec des moyens clairement définis", "met duidelijk afgebakende middelen"),
    ("en concertation avec les communes et les CPAS", "in overleg met de gemeenten en de OCMW’s"),
    ("en priorité dans les quartiers fragilisés", "in de eerste plaats in de kwetsbare wijken"),
    ("sur la base d’une évaluation annuelle", "op basis van een jaarlijkse evaluatie"),
    ("sans charge administrative nouvelle", "zonder nieuwe administratieve lasten"),
)
#: The kinds of instruments that a place has, each with what it is called.
INSTRUMENTS: Final = (
    Named("plan", "Plan de développement", "Ontwikkelingsplan", "Development plan"),
    Named("ordinance", "Ordonnance sur la voirie", "Ordonnantie wegen", "Roads ordinance"),
    Named("scheme", "Dispositif d’aide", "Steunstelsel", "Aid scheme"),
    Named("code", "Code du territoire", "Wetboek ruimte", "Land code"),
    Named("zone", "Zone de basses émissions", "Lage-emissiezone", "Low emission zone"),
)
RELATIONS: Final = (
    "pact:refersTo", "pact:intendsToReform", "pact:intendsToRevise", "pact:intendsToEvaluate",
    "pact:intendsToApply",
)  # fmt: skip
PARTNERS: Final = (
    Named("workers", "Syndicat des travailleurs", "Werknemersbond", "Workers’ union"),
    Named("employers", "Union des employeurs", "Werkgeversbond", "Employers’ union"),
    Named("non-profit", "Fédération du non-marchand", "Non-profitfederatie", "Non-profit union"),
)
FIRST_NAMES: Final = ("Aline", "Bram", "Chloé", "Dries", "Élise", "Farid", "Greet", "Hugo", "Inès",
                      "Joris", "Katia", "Luc", "Mona", "Nils", "Odile", "Piet")  # fmt: skip
FAMILY_NAMES: Final = ("Adam", "Bosmans", "Claes", "Dupré", "Evrard", "Flamand", "Goossens",
                       "Henrard", "Ivens", "Jacquet", "Klein", "Lemaire", "Maes", "Noël",
                       "Oger", "Peeters")  # fmt: skip
HEADS: Final = ("Alde", "Bor", "Cler", "Dender", "Eik", "Font", "Groen", "Haut", "Ise", "Jet")
TAILS: Final = ("beek", "bourg", "camp", "donk", "ville", "lez", "mont", "rode", "val", "zele")
#: Targets of the Sustainable Development Goals that priorities are linked to, by theme.
SUBJECTS: Final = ("11.2", "8.5", "11.3", "11.a", "8.3", "13.2", "3.8")
LANGUAGE: Final = "<http://publications.europa.eu/resource/authority/language/{}>"
FORMS: Final = (
    ("government", "Gouvernement", "Regering", "Government"),
    ("council", "Conseil économique", "Economische Raad", "Economic council"),
)


@cache
def term(name: str) -> str:
    """The IRI of a prefixed name, as N-Triples writes it."""
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


@cache
def graph(name: str) -> str:
    """The IRI of the named graph `name`, as N-Quads writes it."""
    return f"<{GRAPH}{name}>"


def thing(kind: str, reference: str) -> str:
    """The IRI of a thing, as N-Triples writes it."""
    return f"<{ID}{kind}/{reference}>"


def text(value: str, tag: str = "") -> str:
    """A literal, with its language tag if it has one."""
    value = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{value}"@{tag}' if tag else f'"{value}"'


def typed(value: object, datatype: str) -> str:
    """A literal of a datatype of XML Schema."""
    return f'"{value}"^^{term(f"xsd:{datatype}")}'


@dataclass
class _Pages:
    """The lines of one agreement, and the pieces of text that its quotations cut out."""

    lines: list[Line] = field(default_factory=list)
    pieces: list[tuple[str, str, str]] = field(default_factory=list)

    def say(self, name: str, subject: str, *values: tuple[str, str]) -> None:
        """Say `values`, each a prefixed name and an object, of `subject` in the graph `name`."""
        where = graph(name)
        self.lines += [(subject, term(predicate), value, where) for predicate, value in values]

    def state(self, subject: str, kind: str, *values: tuple[str, str]) -> None:
        """Say in the graph ``agreement`` that `subject` is a `kind`, and `values`."""
        self.say("agreement", subject, ("rdf:type", term(kind)), *values)

    def label(self, subject: str, labels: dict[str, str], quoted: Iterable[str]) -> None:
        """Label `subject`: in the graph ``agreement`` in the languages `quoted` from the text."""
        quoted = tuple(quoted)
        for tag, value in labels.items():
            where = "agreement" if tag in quoted else "editorial"
            self.say(where, subject, ("skos:prefLabel", text(value, tag)))
        for tag in quoted:
            self.pieces.append((subject, tag, labels[tag]))

    def words(self, subject: str, texts: dict[str, str]) -> None:
        """Give `subject` its words, in the languages of the text."""
        for tag, value in texts.items():
            self.say("agreement", subject, ("pact:sourceText", text(value, tag)))
            self.pieces.append((subject, tag, value))


@dataclass(frozen=True)
class Agreement:
    """One agreement: what refers to it, and its place."""

    place: int
    start: int

    @property
    def slug(self) -> str:
        """The place, as it stands in references."""
        return f"place-{self.place}"

    @property
    def name(self) -> str:
        """The place, as people call it."""
        turn, rest = divmod(self.place, len(HEADS) * len(TAILS))
        head, tail = divmod(rest, len(TAILS))
        return f"{HEADS[head]}{TAILS[tail]}" + (f" {turn + 1}" if turn else "")

    @property
    def reference(self) -> str:
        """What stands in the IRIs of its parts."""
        return f"{self.slug}-{self.start}-{self.start + 3}"

    @property
    def date(self) -> str:
        """The day on which it is signed."""
        return f"{self.start}-{self.place % 12 + 1:02}-{self.place % 28 + 1:02}"

    def competence(self, named: Named) -> str:
        """A competence of the place: were it shared, all governments would hold it at once."""
        return thing("competence", f"{self.slug}-{named.slug}")


def agreements() -> Iterator[Agreement]:
    """All agreements there could be, in their order."""
    place = 0
    while True:
        yield from (Agreement(place, start) for start in TERMS)
        place += 1


def lines(size: int, seed: int, *, quotes: bool = False) -> Iterator[Line]:
    """At least `size` lines, whole agreements, the same for the same `seed`.

    With `quotes` each node has its quotations (Web Annotation Data Model, section 4.2) and the
    document holds the text they cut; they would be four fifths of all triples.
    """
    count = 0
    for number, agreement in enumerate(agreements()):
        if count >= size:
            return
        pages = _Pages()
        draw = random.Random(f"{seed}/{agreement.reference}")
        if number == 0:
            _shared(pages)
        if agreement.start == TERMS[0]:
            _place(pages, agreement, random.Random(f"{seed}/{agreement.slug}"))
        _whole(pages, agreement)
        _parts(pages, agreement, draw)
        _signatures(pages, agreement)
        _assignments(pages, agreement, draw)
        if quotes:
            _quotations(pages, agreement)
        count += len(pages.lines)
        yield from pages.lines


def _shared(pages: _Pages) -> None:
    for kind, name, known in (
        ("pact:TargetGroup", "target-group", TARGET_GROUPS),
        ("pact:Sector", "sector", SECTORS),
    ):
        for one in known:
            node = thing(name, one.slug)
            pages.state(node, kind)
            pages.label(node, one.labels, ("fr", "nl"))


def _place(pages: _Pages, agreement: Agreement, draw: random.Random) -> None:
    slug, name = agreement.slug, agreement.name
    for form, *called in FORMS:
        node = thing("organisation", f"{slug}-{form}")
        pages.state(node, "org:Organization", ("rdf:type", term("org:FormalOrganization")))
        labels = {tag: f"{words} {name}" for tag, words in zip(LANGUAGES, called, strict=True)}
        pages.label(node, labels, ("nl",))
    for policy in FIELDS:
        for competence in policy.competences:
            node = agreement.competence(competence)
            pages.state(node, "pact:Competence")
            pages.label(node, competence.labels, ("nl",))
    for partner in PARTNERS:
        node = thing("organisation", f"{slug}-{partner.slug}")
        council = thing("organisation", f"{slug}-council")
        pages.state(node, "org:Organization", ("org:memberOf", council))
        labels = {tag: f"{words} {name}" for tag, words in partner.labels.items()}
        pages.label(node, labels, ("nl",))
    for number in range(1, len(FIELDS) + len(PARTNERS) + 1):
        person = thing("person", f"{slug}-{number}")
        known = f"{draw.choice(FIRST_NAMES)} {draw.choice(FAMILY_NAMES)}"
        pages.state(person, "foaf:Person", ("foaf:name", text(known)))
        pages.label(person, {"nl": known}, ("nl",))
    for number in range(1, len(FIELDS) + 1):
        role = "minister-president" if number == 1 else "minister"
        post = thing("post", f"{slug}-{number}")
        pages.state(
            post, "org:Post",
            ("org:heldBy", thing("person", f"{slug}-{number}")),
            ("org:postIn", thing("organisation", f"{slug}-government")),
            ("org:role", thing("role", role)),
        )  # fmt: skip
        labels = {"fr": f"Ministre, {name}", "nl": f"Minister, {name}", "en": f"Minister, {name}"}
        pages.label(post, labels, ("nl",))
    for instrument in INSTRUMENTS:
        node = thing("instrument", f"{slug}-{instrument.slug}")
        kind = thing("instrument-kind", instrument.slug)
        pages.state(node, "pact:Instrument", ("pact:instrumentKind", kind))
        labels = {tag: f"{words} {name}" for tag, words in instrument.labels.items()}
        pages.label(node, labels, ("fr", "nl"))


def _whole(pages: _Pages, agreement: Agreement) -> None:
    ref, name = agreement.reference, agreement.name
    period = f"{agreement.start}-{agreement.start + 3}"
    whole, summit = thing("agreement", ref), thing("summit", f"{agreement.slug}-{agreement.date}")
    when = typed(agreement.date, "date")
    sides = {side: thing("party", f"{ref}-{side}") for side in ("government", "council")}
    pages.state(
        whole, "pact:Agreement",
        ("dcterms:date", when), ("pact:concludedAt", summit), ("pact:term", thing("term", ref)),
        *(("pact:party", party) for party in sides.values()),
        ("dcterms:source", _source(agreement)),
    )  # fmt: skip
    pages.label(
        whole,
        {
            "fr": f"Protocole d’accord {period}, {name}", "nl": f"Protocolakkoord {period}, {name}",
            "en": f"Protocol agreement {period}, {name}",
        },
        ("nl",),
    )  # fmt: skip
    pages.state(summit, "pact:SocialSummit", ("dcterms:date", when))
    title = {"fr": f"Sommet social, {name}", "nl": f"Sociale Top, {name}",
             "en": f"Social summit, {name}"}  # fmt: skip
    pages.label(summit, title, ("nl",))
    pages.state(
        thing("term", ref), "dcterms:PeriodOfTime",
        ("dcat:startDate", typed(agreement.start, "gYear")),
        ("dcat:endDate", typed(agreement.start + 3, "gYear")),
    )  # fmt: skip
    pages.label(thing("term", ref), {"nl": f"legislatuur {period}"}, ("nl",))
    for (side, party), (_, fr, nl, en) in zip(sides.items(), FORMS, strict=True):
        represented = thing("organisation", f"{agreement.slug}-{side}")
        pages.state(party, "pact:Party", ("pact:representedBy", represented))
        group = thing("signatory-group", f"{ref}-{side}")
        pages.state(group, "pact:SignatoryGroup", ("pact:groupOf", party))
        for node in (party, group):
            labels = {"fr": f"{fr} {name}", "nl": f"{nl} {name}", "en": f"{en} {name}"}
            pages.label(node, labels, ("nl",))
    document = (
        ("dcterms:format", text("text/plain")),
        *(("dcterms:language", LANGUAGE.format(code)) for code in ("FRA", "NLD")),
    )
    pages.state(_source(agreement), "pact:SourceDocument", *document)


def _source(agreement: Agreement) -> str:
    return thing("source", agreement.reference)


def _parts(pages: _Pages, agreement: Agreement, draw: random.Random) -> None:
    ref, number, named = agreement.reference, 0, 0
    whole = thing("agreement", ref)
    for position, (policy, how_many) in enumerate(zip(FIELDS, PRIORITIES, strict=True), start=1):
        theme = thing("theme", f"{ref}-{policy.theme.slug}")
        pages.state(
            theme, "pact:Theme", ("pact:number", typed(position, "integer")),
            ("pact:partOf", whole),
        )  # fmt: skip
        pages.label(theme, policy.theme.labels, ("fr", "nl"))
        for _ in range(how_many):
            number += 1
            priority = thing("priority", f"{ref}-{number}")
            pages.state(
                priority, "pact:SharedPriority", ("pact:number", typed(number, "integer")),
                ("pact:priorityKind", thing("priority-kind", "shared")),
                ("pact:inTheme", theme), ("pact:partOf", whole),
            )  # fmt: skip
            _words(pages, agreement, priority, policy, f"{number}", draw)
            _concern(pages, agreement, priority, f"{number}", policy, draw)
            subject = f"<http://metadata.un.org/sdg/{SUBJECTS[position - 1]}>"
            pages.say("context", priority, ("dcterms:subject", subject))
            if number <= len(INSTRUMENTS) or draw.random() < 0.3:
                instrument = INSTRUMENTS[named % len(INSTRUMENTS)].slug
                relation = draw.choice(RELATIONS)
                node = thing("instrument", f"{agreement.slug}-{instrument}")
                pages.say("agreement", priority, (relation, node))
                named += 1
            for item in range(1, draw.choice((0, 0, 0, 1, 2, 2, 3)) + 1):
                measure = thing("measure", f"{ref}-{number}-{item}")
                pages.state(
                    measure, "pact:Measure", ("pact:position", typed(item, "integer")),
                    ("pact:partOf", priority),
                    draw.choice(_NAMED)(agreement, draw),
                )  # fmt: skip
                _words(pages, agreement, measure, policy, f"{number}-{item}", draw)


#: What a measure names: a group, a sector, an organisation.
_NAMED: Final = (
    lambda agreement, draw: (
        "pact:targetsGroup", thing("target-group", draw.choice(TARGET_GROUPS).slug)
    ),
    lambda agreement, draw: ("pact:concernsSector", thing("sector", draw.choice(SECTORS).slug)),
    lambda agreement, draw: (
        "pact:namesOrganisation",
        thing("organisation", f"{agreement.slug}-{draw.choice(PARTNERS).slug}"),
    ),
)  # fmt: skip


def _words(
    pages: _Pages, agreement: Agreement, node: str, policy: Field, item: str, draw: random.Random
) -> None:
    """The words of a part in both languages of the text, and its short title in three."""
    action, topic, beside = draw.choice(ACTIONS), draw.choice(policy.topics), draw.choice(FIELDS)
    name, other = agreement.name, draw.choice(beside.topics)
    fr, nl = draw.choice(CONDITIONS)
    dossier = f"dossier {agreement.reference}/{item}"
    pages.words(
        node,
        {
            "fr": f"{action.fr} {topic.fr} à {name}, {fr}, et mieux articuler cette politique avec"
            f" {other.fr} ({dossier}).",
            "nl": f"{action.nl} {topic.nl} in {name}, {nl}, met een betere afstemming van dit"
            f" beleid op {other.nl} ({dossier}).",
        },
    )
    for tag in LANGUAGES:
        title = f"{action.labels[tag]} {topic.labels[tag]}"
        pages.say("editorial", node, ("skos:prefLabel", text(f"{title}, {name}", tag)))


def _concern(
    pages: _Pages, agreement: Agreement, part: str, item: str, policy: Field, draw: random.Random
) -> None:
    """The link of a part to the competence it concerns: ours, with method, date and reason."""
    competence = draw.choice(policy.competences)
    node = thing("competence-concern", f"{agreement.reference}-{item}-{competence.slug}")
    reasons = {
        "fr": f"La priorité relève du thème « {policy.theme.fr} ».",
        "nl": f"De prioriteit valt onder het thema “{policy.theme.nl}”.",
        "en": f"The priority stands under the theme “{policy.theme.en}”.",
    }
    pages.say(
        "links", node, ("rdf:type", term("pact:CompetenceConcern")),
        ("pact:concernedPart", part), ("pact:competence", agreement.competence(competence)),
        ("pact:method", thing("method", "subject-match")),
        ("pact:assertionKind", term("pact:inferred")),
        ("dcterms:date", typed(agreement.date, "date")), ("dcterms:source", _source(agreement)),
        *(("pact:rationale", text(reason, tag)) for tag, reason in reasons.items()),
    )  # fmt: skip


def _signatures(pages: _Pages, agreement: Agreement) -> None:
    ref, slug = agreement.reference, agreement.slug
    forms = [("government", "government")] * len(FIELDS)
    forms += [("council", partner.slug) for partner in PARTNERS]
    for number, (side, organisation) in enumerate(forms, start=1):
        node = thing("signature", f"{ref}-{number}")
        in_post = [("pact:signedInPost", thing("post", f"{slug}-{number}"))]
        pages.state(
            node, "pact:Signature", ("pact:position", typed(number, "integer")),
            ("pact:signs", thing("agreement", ref)),
            ("pact:signatory", thing("person", f"{slug}-{number}")),
            ("pact:onBehalfOf", thing("organisation", f"{slug}-{organisation}")),
            ("pact:side", thing("party", f"{ref}-{side}")),
            ("pact:inGroup", thing("signatory-group", f"{ref}-{side}")),
            ("pact:signedAt", thing("summit", f"{slug}-{agreement.date}")),
            ("pact:signatureDate", typed(agreement.date, "date")),
            *(in_post if side == "government" else ()),
        )  # fmt: skip
        pages.pieces.append((node, "nl", f"Handtekening {number}"))


def _assignments(pages: _Pages, agreement: Agreement, draw: random.Random) -> None:
    """Who holds which competence: the portfolios are dealt out anew each term."""
    holders = list(range(1, len(FIELDS) + 1))
    draw.shuffle(holders)
    for holder, policy in zip(holders, FIELDS, strict=True):
        for competence in policy.competences:
            node = thing("competence-assignment", f"{agreement.reference}-{competence.slug}")
            ended = [("pact:to", typed(f"{agreement.start + 3}-12-31", "date"))]
            pages.state(
                node, "pact:CompetenceAssignment",
                ("pact:holder", thing("person", f"{agreement.slug}-{holder}")),
                ("pact:competence", agreement.competence(competence)),
                ("pact:from", typed(agreement.date, "date")),
                *(ended if agreement.start != TERMS[0] else ()),
                ("pact:assertionKind", term("pact:stated")),
                ("dcterms:source", _source(agreement)),
            )  # fmt: skip
            pages.pieces.append((node, "nl", competence.nl))


#: How many characters before and after a quotation its selector gives.
_CONTEXT: Final = 32


def _quotations(pages: _Pages, agreement: Agreement) -> None:
    """Cut every piece out of one text, and give each node a quotation a language of it."""
    content = "\n\n".join(exact for _, _, exact in pages.pieces)
    source, start = _source(agreement), 0
    seen: dict[tuple[str, str], int] = {}
    digest = hashlib.sha256(content.encode()).hexdigest()
    pages.say(
        "agreement", source, ("pact:sourceContent", text(content)), ("pact:sha256", text(digest))
    )
    for node, tag, exact in pages.pieces:
        end = start + len(exact)
        position = seen[node, tag] = seen.get((node, tag), 0) + 1
        whole = f"{node[:-1]}#quote-{tag}"
        quote, target = f"{whole}>", f"{whole}-target-{position}>"
        words, place = f"{whole}-exact-{position}>", f"{whole}-position-{position}>"
        if position == 1:
            pages.state(
                quote, "pact:Quote", ("rdf:type", term("oa:Annotation")), ("pact:quoteOf", node),
                ("dc:language", text(tag)), ("oa:motivatedBy", term("oa:identifying")),
            )  # fmt: skip
        pages.say("agreement", quote, ("oa:hasTarget", target))
        pages.state(
            target, "oa:SpecificResource", ("pact:position", typed(position, "integer")),
            ("oa:hasSource", source), ("oa:hasSelector", words), ("oa:hasSelector", place),
        )  # fmt: skip
        pages.state(
            words, "oa:TextQuoteSelector", ("oa:exact", text(exact)),
            ("oa:prefix", text(content[max(0, start - _CONTEXT) : start])),
            ("oa:suffix", text(content[end : end + _CONTEXT])),
        )  # fmt: skip
        pages.state(
            place, "oa:TextPositionSelector", ("oa:start", typed(start, "integer")),
            ("oa:end", typed(end, "integer")),
        )  # fmt: skip
        start = end + 2


@dataclass(frozen=True)
class Data:
    """The same triples in two files: with their graphs, and without."""

    quads: Path
    triples: Path
    #: How many there are.
    count: int
    #: The agreements, by their references, in their order.
    references: tuple[str, ...]


def write(folder: Path, size: int, seed: int) -> Data:
    """Write the data of `size` and `seed` into `folder`, unless this code has done so before."""
    print_ = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    stem = folder / f"{size}-{seed}-{print_}"
    data, note = stem.with_suffix(".nq"), stem.with_suffix(".json")
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        count, references = 0, []
        with data.open("w") as quads, stem.with_suffix(".nt").open("w") as triples:
            for s, p, o, g in lines(size, seed):
                quads.write(f"{s} {p} {o} {g} .\n")
                triples.write(f"{s} {p} {o} .\n")
                count += 1
                if o == _AGREEMENT:
                    references.append(s.rpartition("/")[2][:-1])
        note.write_text(json.dumps({"count": count, "references": references}))
    known = json.loads(note.read_text())
    return Data(data, stem.with_suffix(".nt"), known["count"], tuple(known["references"]))


_AGREEMENT: Final = term("pact:Agreement")
