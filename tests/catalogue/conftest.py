from urllib.parse import urlsplit

import pytest
import rdflib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from brupact.catalogue import Publication
from brupact.engine.local import LocalEngine
from brupact.settings import Settings
from brupact.web import create_app

PUBLIC = "https://data.example.org/brupact"
SETTINGS = Settings(
    public_url=PUBLIC,
    publisher_name="Example Region",
    publisher_iri="https://example.org/id/region",
    publisher_email="data@example.org",
    publisher_type="http://purl.org/adms/publishertype/RegionalAuthority",
)


class Public:
    """The service as the public reaches it: at its public address, below a path."""

    url = PUBLIC

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, accept: str | None = None) -> TestResponse:
        assert url.startswith(PUBLIC), url
        path = url.removeprefix(PUBLIC) or "/"
        headers = {"Accept": accept} if accept else {}
        return self.client.get(
            path, headers=headers, environ_overrides={"SCRIPT_NAME": urlsplit(PUBLIC).path}
        )


@pytest.fixture(scope="session")
def publication(engine: LocalEngine) -> Publication:
    return Publication(engine, SETTINGS)


@pytest.fixture(scope="session")
def public(engine: LocalEngine) -> Public:
    return Public(create_app(engine, SETTINGS).test_client())


@pytest.fixture(scope="session")
def record(public: Public) -> rdflib.Graph:
    """The catalogue as it is served."""
    return rdflib.Graph().parse(data=public.get(f"{PUBLIC}/catalogue.ttl").data, format="turtle")
