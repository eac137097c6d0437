"""Which file an address is: the table of rules, and names that no file can have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brupact.export.addresses import Kind, relative, target


@pytest.mark.parametrize(
    ("path", "query", "language", "name"),
    [
        ("/", "", "en", "index.html"),
        ("/", "lang=fr", "en", "index.fr.html"),
        ("/dumps/", "", "nl", "dumps/index.nl.html"),
        ("/doc/theme/economy", "", "nl", "doc/theme/economy.nl.html"),
        ("/doc/theme/economy.html", "lang=en", "nl", "doc/theme/economy.html"),
        ("/id/theme/economy", "", "fr", "doc/theme/economy.fr.html"),
        ("/graph/agreement", "", "en", "graphs/agreement.html"),
        ("/doc/theme/economy.ttl", "", "fr", "doc/theme/economy.ttl"),
        ("/ns/0.1.0", "", "en", "ns/0.1.0.html"),
        ("/queries/responsible.csv", "lang=fr", "nl", "queries/responsible.fr.csv"),
        ("/queries/responsible.csv", "lang=en", "nl", "queries/responsible.csv"),
        ("/queries/responsible.ttl", "lang=fr&x=1", "nl", "queries/responsible.ttl"),
        ("/queries/x", "node=id%2Fa%23b&lang=fr", "en", "queries/x/node=id/a_23_b.fr.html"),
        ("/queries/x.csv", "b=2&a=1_", "en", "queries/x/a=1_5F_,b=2.csv"),
        ("/queries/x.csv", "a=..%2F..%2Fetc", "en", "queries/x/a=.._2F_.._2F_etc.csv"),
        ("/queries/x.json", "a=1", "en", ""),
        ("/queries", "tag=theme", "en", "queries.html"),
        ("/search", "q=a", "fr", "things.fr.html"),
        ("/dumps/brupact.nq.gz", "", "en", "dumps/brupact.nq.gz"),
        ("/static/style.css", "v=1", "en", "static/style.css"),
        ("/sparql", "", "en", ""),
        ("/doc/theme/economy", "version=1", "en", ""),
        ("/doc/%2E%2E/%2E%2E/etc/passwd", "", "en", ""),
        ("/doc/a%00b", "", "en", ""),
        ("/doc//b", "", "en", ""),
        ("/doc/" + "a" * 300, "", "en", ""),
    ],
)
def test_an_address_is_a_file(path: str, query: str, language: str, name: str) -> None:
    assert target(path, query, language).name == name


def test_a_tag_of_the_library_is_a_place_on_its_page() -> None:
    assert target("/queries", "tag=theme", "fr").fragment == "tag-theme"


def test_with_a_service_what_needs_it_leads_there() -> None:
    assert target("/search", "q=a", "fr", is_live=True).kind is Kind.LIVE
    assert target("/preferences", "", "fr", is_live=True).kind is Kind.NOTHING


@given(st.text(min_size=1), st.text(min_size=1))
def test_other_values_are_other_files_and_none_leaves_the_folder(one: str, other: str) -> None:
    from urllib.parse import urlencode

    first, second = (
        target("/queries/x.csv", urlencode({"a": value}, errors="replace"), "en").name
        for value in (one, other)
    )
    for name in (first, second):
        assert not name or (name.startswith("queries/x/") and ".." not in name.split("/"))
    encoded = [value.encode(errors="replace") for value in (one, other)]
    assert not first or first != second or encoded[0] == encoded[1]


@pytest.mark.parametrize(
    ("name", "here", "link"),
    [
        ("a.html", "b.html", "a.html"),
        ("doc/a/b.html", "doc/a/c.html", "b.html"),
        ("doc/a/b.html", "doc/c/d.html", "../a/b.html"),
        ("index.html", "doc/c/d.html", "../../index.html"),
        ("doc/é a.html", "x.html", "doc/%C3%A9%20a.html"),
        ("a/b.html", "a.html", "a/b.html"),
    ],
)
def test_a_link_is_relative(name: str, here: str, link: str) -> None:
    assert relative(name, here) == link
