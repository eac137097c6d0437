"""What the tests of federation share: data here, and what is asked of them."""

from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.federation import Federation
from brupact.settings import Settings

HERE = "http://example.org/"


@pytest.fixture()
def here() -> LocalEngine:
    """Three things with a number each."""
    store = Store()
    for number in (1, 2, 3):
        thing = NamedNode(f"{HERE}{number}")
        store.add(Quad(thing, NamedNode(f"{HERE}number"), Literal(number)))
    return LocalEngine(store)


@pytest.fixture()
def federated(here: LocalEngine) -> Callable[..., Federation]:
    """Federation with the allowed addresses and other settings that are given."""

    def make(*addresses: str, **settings: float) -> Federation:
        return Federation(here, Settings(service_hosts=",".join(addresses), **settings))  # type: ignore[arg-type]  # numbers

    return make


@pytest.fixture()
def rows(here: LocalEngine) -> Callable[[str], list[str]]:
    """The rows of the answer to a query over the data here, in CSV, in order."""

    def ask(text: str) -> list[str]:
        return sorted(here.query(Query(text, "text/csv", None)).body.decode().splitlines()[1:])

    return ask
