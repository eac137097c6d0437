"""The description of the SPARQL service (SPARQL 1.1 Service Description)."""

from rdflib import Graph, URIRef

from brupact.catalogue.record import FORMATS, SD, VOID, Facts, Record, number
from brupact.catalogue.survey import Sizes
from brupact.sparql.formats import DOCUMENTS, RESULTS


def service(facts: Facts, sizes: Sizes) -> Graph:
    """The service with its languages, formats, features, and the graphs of its dataset.

    Nothing of `facts` is needed that has to be counted.
    """
    record = Record()
    whole = record.add(
        facts.thing("default-graph"),
        SD.Graph,
        (VOID.triples, number(sizes.whole)),
    )
    record.add(whole, VOID.Dataset)
    dataset = record.add(facts.thing("sparql-dataset"), SD.Dataset, (SD.defaultGraph, whole))
    for iri, size in sizes.graphs.items():
        content = record.add(facts.graph(iri), SD.Graph, (VOID.triples, number(size)))
        record.add(content, VOID.Dataset)
        name = record.add(URIRef(iri), SD.NamedGraph, (SD.name, URIRef(iri)), (SD.graph, content))
        record.add(dataset, None, (SD.namedGraph, name))
    features = {
        SD.UnionDefaultGraph: not facts.scratch,
        SD.BasicFederatedQuery: facts.settings.service_hosts,
    }
    record.add(
        facts.thing("sparql"),
        SD.Service,
        (SD.endpoint, facts.url("/sparql")),
        (SD.supportedLanguage, [SD.SPARQL11Query, *[SD.SPARQL11Update] * facts.updates]),
        (SD.resultFormat, [FORMATS[format.w3c] for format in (*RESULTS, *DOCUMENTS)]),
        (SD.feature, [feature for feature, is_there in features.items() if is_there]),
        (SD.defaultEntailmentRegime, URIRef("http://www.w3.org/ns/entailment/Simple")),
        (SD.defaultDataset, dataset),
    )
    return record.graph
