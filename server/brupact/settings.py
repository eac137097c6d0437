"""What an operator may set, in one table; help, documentation and tests read it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from brupact.errors import BrupactError
from brupact.sparql.federation import Allowed

#: The settings are named so in the environment.
PREFIX: Final = "BRUPACT_"
#: Names with the prefix that belong to the tests.
_NOT_OURS: Final = {"BRUPACT_CONFORMANCE", "BRUPACT_SOAK"}

#: The value of a setting for a copy of the site that has no endpoint.
NO_ENDPOINT: Final = "none"

#: What can stand in a ``mailto`` IRI (RFC 6068) as it is.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")

#: What each setting means.
HELP: Final = {
    "public_url": "The address at which the public reaches the service, without a final slash; "
    "absolute links are made from it, never from the Host header.",
    "endpoint_url": "The address of the SPARQL endpoint that the catalogue names; empty for that "
    "of this service, none where there is none.",
    "publisher_name": "Who publishes the catalogue.",
    "publisher_iri": "The IRI of the publisher.",
    "publisher_email": "Where to write to the publisher; empty for none.",
    "publisher_type": "The IRI of the kind of publisher, of the table of ADMS "
    "(http://purl.org/adms/publishertype/RegionalAuthority, …); empty for none.",
    "licence": "The IRI of the licence of data that name none themselves; empty for none.",
    "query_timeout": "How many seconds a query or an update may take.",
    "query_memory": "How many mebibytes of memory a query may use beside the data.",
    "readers": "How many queries are evaluated at a time, at most.",
    "past_readers": "How many queries of past versions are evaluated at a time, at most.",
    "past_memory": "How many mebibytes past versions may take that are kept at hand.",
    "client_queries": "How many queries of one client are evaluated at a time; more wait.",
    "client_long_queries": "How many of them may take longer than a second; more are 429.",
    "proxies": "How many proxies stand in front, each adding to X-Forwarded-For; 0 for none.",
    "max_body": "How many bytes the body of a request may have.",
    "service_hosts": "The endpoints that SERVICE may contact, https://host[:port][/path], with "
    "commas between them; what lies below one is allowed too; empty for none.",
    "service_timeout": "How many seconds a query may wait for other hosts (SERVICE).",
    "service_max_rows": "How many solutions a query may take from other hosts.",
    "service_max_bytes": "How many bytes a query may take from other hosts.",
    "web_processes": "How many processes speak HTTP.",
    "web_threads": "How many requests each of them handles at a time.",
    "state": "The directory that holds the tokens; empty for none: then nobody may do more than "
    "read.",
    "snapshot_commits": "After how many commits the log gets a snapshot of the whole data, from "
    "which past versions are read sooner.",
    "log_level": "What the log tells: debug, info, warning or error, and what matters more.",
    "log_sample": "The share of the requests that it tells of, 0 to 1; of failures (429, 5xx) and "
    "of those that take longer than a second it tells always.",
    "log_client": "What it tells of the address of a client: none, short (its network: the first "
    "24 bits of IPv4, 48 of IPv6), or full.",
}


#: The values of settings that have but a few.
CHOICES: Final = {
    "log_level": ("debug", "info", "warning", "error"),
    "log_client": ("none", "short", "full"),
}


class UnknownSetting(BrupactError):
    """A setting that does not exist, or a value that it cannot have."""


@dataclass(frozen=True)
class Settings:
    """The settings, each with its default."""

    public_url: str = "http://127.0.0.1:8000"
    endpoint_url: str = ""
    publisher_name: str = "brupact editors"
    publisher_iri: str = "https://w3id.org/brupact/id/organisation/editors"
    publisher_email: str = ""
    publisher_type: str = ""
    licence: str = "http://publications.europa.eu/resource/authority/licence/CC0"
    query_timeout: float = 30.0
    query_memory: int = 1024
    readers: int = 40
    past_readers: int = 4
    past_memory: int = 512
    client_queries: int = 32
    client_long_queries: int = 8
    proxies: int = 0
    max_body: int = 128 << 20
    service_hosts: str = ""
    service_timeout: float = 10.0
    service_max_rows: int = 10_000
    service_max_bytes: int = 8 << 20
    web_processes: int = 1
    web_threads: int = 48
    state: str = ""
    snapshot_commits: int = 1000
    log_level: str = "info"
    log_sample: float = 0.01
    log_client: str = "short"

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        for name in ("public_url", "publisher_iri"):
            if not getattr(self, name).startswith(("http://", "https://")):
                raise UnknownSetting(f"{PREFIX}{name.upper()}: give an http or https address")
        for name in ("publisher_type", "licence"):
            if not getattr(self, name).startswith(("http://", "https://")) and getattr(self, name):
                raise UnknownSetting(f"{PREFIX}{name.upper()}: give an http or https IRI, or none")
        if not self.endpoint_url.startswith(("http://", "https://")) and (
            self.endpoint_url not in ("", NO_ENDPOINT)
        ):
            raise UnknownSetting(f"{PREFIX}ENDPOINT_URL: give an http or https address, or none")
        if self.publisher_email and not _ADDRESS.fullmatch(self.publisher_email):
            raise UnknownSetting(f"{PREFIX}PUBLISHER_EMAIL: give an address, without mailto:")
        try:
            Allowed.read(self.service_hosts)
        except ValueError as error:
            raise UnknownSetting(f"{PREFIX}SERVICE_HOSTS: {error}") from None
        for name in ("query_timeout", "query_memory", "readers", "past_readers", "past_memory",
                     "max_body", "service_timeout", "service_max_rows", "service_max_bytes",
                     "snapshot_commits", "web_processes",
                     "web_threads"):  # fmt: skip
            if not 0 < getattr(self, name) < math.inf:
                raise UnknownSetting(f"{PREFIX}{name.upper()}: give a number above zero")
        if not 0 <= self.log_sample <= 1:
            raise UnknownSetting(f"{PREFIX}LOG_SAMPLE: give a number from 0 to 1")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise UnknownSetting(f"{PREFIX}{name.upper()}: one of {', '.join(choices)}")
        if self.proxies < 0:
            raise UnknownSetting(f"{PREFIX}PROXIES: give a number, 0 for none")
        if self.public_url.endswith("/"):
            raise UnknownSetting(f"{PREFIX}PUBLIC_URL: leave out the final slash")


def from_environment(environment: Mapping[str, str], **overrides: str) -> Settings:
    """The settings that `environment` gives, under `overrides`.

    :raises UnknownSetting: for a name that is no setting, or a value that it cannot have.
    """
    known = {PREFIX + field.name.upper(): field.name for field in fields(Settings)}
    given = {name for name in environment if name.startswith(PREFIX)} - _NOT_OURS
    if unknown := sorted(given - known.keys()):
        raise UnknownSetting(f"{unknown[0]}: no such setting; there are {', '.join(known)}")
    values: dict[str, Any] = {}
    for name in given:
        kind = type(getattr(Settings, known[name]))
        try:
            values[known[name]] = kind(environment[name])
        except ValueError:
            raise UnknownSetting(f"{name}: {environment[name]!r} is not a number") from None
    return Settings(**values | overrides)
