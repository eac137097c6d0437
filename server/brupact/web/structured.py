"""What a page says of its thing in schema.org, for search engines (JSON-LD 1.1)."""

from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import Literal

from brupact.describe import Description, full
from brupact.namespaces import PREFIXES
from brupact.web.context import context
from brupact.web.things import kind

_LICENCE: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
#: What our classes are among those of schema.org; a defined term where none is closer.
_TYPES: Final = {
    full(name): type
    for name, type in {
        "foaf:Person": "Person",
        "org:Organization": "Organization",
        "org:FormalOrganization": "Organization",
        "pact:Place": "Place",
        "pact:SocialSummit": "Event",
        "eli:LegalResource": "Legislation",
        "pact:Agreement": "CreativeWork",
        "pact:SharedPriority": "CreativeWork",
        "pact:Measure": "CreativeWork",
        "pact:SourceDocument": "CreativeWork",
        "skos:ConceptScheme": "DefinedTermSet",
    }.items()
}
_WORKS: Final = ("CreativeWork", "Legislation")


def structured(thing: Description, path: str) -> Mapping[str, Any]:
    """The thing with its names, what it is part of, and the page at `path` about it."""
    public = context().settings.public_url
    type = _TYPES.get(kind(thing) or "", "DefinedTerm")
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": type,
        "@id": thing.node,
        "mainEntityOfPage": {
            "@type": "WebPage",
            "@id": public + path,
            "license": _LICENCE,
        },
    }
    if names := _values(thing, "skos", "prefLabel"):
        found["name"] = names
    if others := _values(thing, "skos", "altLabel"):
        found["alternateName"] = others
    parts = [term.value for term, _ in thing.outgoing.get(PREFIXES["pact"] + "partOf", ())]
    if parts and type in _WORKS:
        found["isPartOf"] = [{"@id": iri} for iri in parts]
    return found


def _values(thing: Description, prefix: str, name: str) -> list[Any]:
    terms = [term for term, _ in thing.outgoing.get(PREFIXES[prefix] + name, ())]
    return [
        {"@value": term.value[:300], "@language": term.language} if term.language else term.value
        for term in terms
        if isinstance(term, Literal)
    ]
