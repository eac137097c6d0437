from dataclasses import fields
from pathlib import Path

import pytest

from brupact.settings import HELP, PREFIX, Settings, UnknownSetting, from_environment


def test_the_environment_sets_and_the_command_line_wins() -> None:
    environment = {"BRUPACT_PUBLISHER_NAME": "Region", "HOME": "/", "BRUPACT_SOAK": "2"}
    settings = from_environment(environment, public_url="https://example.org/data")
    assert settings == Settings(publisher_name="Region", public_url="https://example.org/data")


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"BRUPACT_PUBLISHER": "x"}, "BRUPACT_PUBLISHER: no such setting"),
        ({"BRUPACT_PUBLIC_URL": "example.org"}, "give an http or https address"),
        ({"BRUPACT_PUBLIC_URL": "http://example.org/"}, "leave out the final slash"),
        ({"BRUPACT_LICENCE": "CC0"}, "give an http or https IRI, or none"),
        ({"BRUPACT_PUBLISHER_TYPE": "region"}, "give an http or https IRI, or none"),
        ({"BRUPACT_PUBLISHER_EMAIL": "mailto:a@example.org"}, "give an address, without mailto:"),
        (
            {"BRUPACT_SERVICE_HOSTS": "example.org"},
            "SERVICE_HOSTS: 'example.org' is not an address",
        ),
        ({"BRUPACT_SERVICE_TIMEOUT": "0"}, "give a number above zero"),
        ({"BRUPACT_READERS": "many"}, "BRUPACT_READERS: 'many' is not a number"),
        ({"BRUPACT_QUERY_TIMEOUT": "0"}, "BRUPACT_QUERY_TIMEOUT: give a number above zero"),
        ({"BRUPACT_QUERY_TIMEOUT": "inf"}, "give a number above zero"),
        ({"BRUPACT_LOG_SAMPLE": "1.1"}, "BRUPACT_LOG_SAMPLE: give a number from 0 to 1"),
        ({"BRUPACT_LOG_SAMPLE": "nan"}, "BRUPACT_LOG_SAMPLE: give a number from 0 to 1"),
        ({"BRUPACT_LOG_LEVEL": "loud"}, "BRUPACT_LOG_LEVEL: one of debug, info, warning, error"),
        ({"BRUPACT_LOG_CLIENT": ""}, "BRUPACT_LOG_CLIENT: one of none, short, full"),
    ],
)
def test_what_cannot_be_used_stops_the_start(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(UnknownSetting, match=reason):
        from_environment(environment)


def test_every_setting_is_explained_and_documented() -> None:
    assert {field.name for field in fields(Settings)} == HELP.keys()
    page = Path("docs/operations.md").read_text(encoding="utf-8")
    for field in fields(Settings):
        assert f"`{PREFIX}{field.name.upper()}`" in page
        assert str(field.default) in page
