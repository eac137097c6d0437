"""What an operator may set, in one table; help, documentation and tests read it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from brupact.errors import BrupactError

#: The settings are named so in the environment.
PREFIX: Final = "BRUPACT_"
#: Names with the prefix that belong to the tests.
_NOT_OURS: Final = {"BRUPACT_CONFORMANCE", "BRUPACT_SOAK"}

#: What each setting means.
HELP: Final = {
    "public_url": "The address at which the public reaches the service, without a final slash; "
    "absolute links are made from it, never from the Host header.",
    "publisher_name": "Who publishes the catalogue.",
    "publisher_iri": "The IRI of the publisher.",
    "publisher_email": "Where to write to the publisher; empty for none.",
}


class UnknownSetting(BrupactError):
    """A setting that does not exist, or a value that it cannot have."""


@dataclass(frozen=True)
class Settings:
    """The settings, each with its default."""

    public_url: str = "http://127.0.0.1:8000"
    publisher_name: str = "brupact editors"
    publisher_iri: str = "https://w3id.org/brupact/id/organisation/editors"
    publisher_email: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        for name in ("public_url", "publisher_iri"):
            if not getattr(self, name).startswith(("http://", "https://")):
                raise UnknownSetting(f"{PREFIX}{name.upper()}: give an http or https address")
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
    return Settings(**{known[name]: environment[name] for name in given} | overrides)
