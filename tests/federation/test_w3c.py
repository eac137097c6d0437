"""The tests of the W3C for SERVICE, their endpoints played by servers on loopback.

The folder ``service`` of the suite names endpoints of other hosts; here their addresses in the
queries are those of the servers. The endpoint of a nested SERVICE has the same federation.
"""

from contextlib import ExitStack
from typing import Any

import pytest
from pyoxigraph import Dataset, Store
from rdflib.term import Node
from tests.conformance.handlers import QT
from tests.conformance.results import canonical, expected, load, read_json
from tests.conformance.suite import FOLDER, MF, Case, local, read_manifest
from tests.federation.servers import JSON, answering, replying, serving, solutions

from brupact.engine import Query, QueryRefused
from brupact.engine.local import LocalEngine
from brupact.federation import Federation
from brupact.settings import Settings

CASES = read_manifest("service") if FOLDER.is_dir() else []
if not CASES:
    pytest.skip("the suite of the W3C is not at hand", allow_module_level=True)
#: The endpoint is a variable: not evaluated, and said so.
REFUSED = "service5"


def holding(data: list[Node]) -> LocalEngine:
    store = Store()
    for iri in data:
        store.extend(Dataset(load(local(iri), str(iri))))
    return LocalEngine(store, union=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.iri.rpartition("#")[2])
def test_service(case: Case) -> None:
    def values(node: Node | None, name: str) -> list[Any]:
        return [*case.manifest.objects(node, QT[name])]

    action = case.the(MF.action)
    (query,), result = values(action, "query"), case.the(MF.result)
    assert result is not None
    text, here = local(query).read_text(encoding="utf-8"), holding(values(action, "data"))
    with ExitStack() as stack:
        # Whoever is named by a test is allowed, also where nobody is there.
        gate = stack.enter_context(serving(replying(solutions([]), "404 Not Found")))
        text = text.replace("http://invalid.endpoint.org", gate.address)
        allowed = [gate.address]
        for number, service in enumerate(reversed(values(action, "serviceData"))):
            (endpoint,), data = values(service, "endpoint"), values(service, "data")
            federation = Federation(holding(data), Settings(service_hosts=",".join(allowed)))
            behave = answering(holding(data), federation)
            address = stack.enter_context(serving(behave)).address
            text = text.replace(str(endpoint), f"{address}/{number}")
            allowed.append(address)
        federation = Federation(here, Settings(service_hosts=",".join(allowed)))
        if case.iri.endswith(REFUSED):
            with pytest.raises(QueryRefused, match="variable"):
                federation.resolve(text, str(query))
            return
        resolved = federation.resolve(text, str(query))
    answer = here.query(Query(resolved.text, JSON, None, base=str(query))).body
    _, wanted = expected(local(result), str(result))
    assert canonical(read_json(answer)) == canonical(wanted)


def test_no_case_is_lost() -> None:
    assert len(CASES) == 7
