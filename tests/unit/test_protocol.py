import pytest

from brupact.sparql.protocol import FORM, QUERY, UPDATE, ProtocolError, Request, read


def get(query_string: str) -> Request:
    return read("GET", query_string.encode(), None, b"")


def test_get_and_post_give_the_same() -> None:
    encoded = b"query=ASK%20%7B%20%3Fs%20%3Fp%20%22100%2541%20%C3%A9%22%20%7D&infer=off"
    asked = read("GET", encoded, None, b"")
    assert asked.query == 'ASK { ?s ?p "100%41 é" }'
    assert asked == read("POST", b"", FORM + ";charset=utf-8", encoded)
    direct = read("POST", b"infer=off", QUERY, asked.query.encode())
    assert asked == direct
    assert not asked.infer


def test_dataset_parameters_may_repeat() -> None:
    asked = get("query=x&default-graph-uri=a&default-graph-uri=b&named-graph-uri=c")
    assert asked.default_graphs == ("a", "b")
    assert asked.named_graphs == ("c",)


def test_parameters_that_are_not_ours_may_repeat() -> None:
    assert get("query=x&format=json&format=json&output=json").query == "x"
    # As SPARQLWrapper sends it.
    assert get("query=x&format=turtle&output=turtle&results=turtle").format == ""


def test_a_client_may_ask_for_a_deadline() -> None:
    assert get("query=x&timeout=2.5").seconds == 2.5
    assert get("query=x").seconds is None


def test_a_request_without_a_query_is_the_page() -> None:
    assert get("").query is None


@pytest.mark.parametrize(
    ("method", "query_string", "content_type", "body", "status"),
    [
        ("GET", b"query=a&query=b", None, b"", 400),
        ("POST", b"query=a", FORM, b"query=b", 400),
        ("POST", b"query=a", QUERY, b"ASK {}", 400),
        ("GET", b"update=x", None, b"", 400),
        ("POST", b"", FORM, b"query=a&update=b", 400),
        ("POST", b"", "text/plain", b"ASK {}", 415),
        ("POST", b"", None, b"ASK {}", 415),
        ("POST", b"", QUERY, b"\xff", 400),
        ("GET", b"query=%FF", None, b"", 400),
        ("GET", b"query=a&infer=on&infer=on", None, b"", 400),
        ("GET", b"query=a&timeout=0", None, b"", 400),
        ("GET", b"query=a&timeout=nan", None, b"", 400),
        ("GET", b"query=a&timeout=soon", None, b"", 400),
        ("GET", b"query=a&timeout=1&timeout=2", None, b"", 400),
        ("GET", b"query=a&infer=maybe", None, b"", 400),
        ("GET", b"\xff", None, b"", 400),
        ("POST", b"", f"{QUERY}; charset=utf-16", b"ASK {}", 415),
        ("POST", b"", f"{UPDATE};Charset=latin1", b"CLEAR ALL", 415),
        ("POST", b"explain=on", UPDATE, b"CLEAR ALL", 400),
        ("POST", b"infer=off", UPDATE, b"CLEAR ALL", 400),
        ("POST", b"labels=fr", UPDATE, b"CLEAR ALL", 400),
        ("POST", b"version=0", UPDATE, b"CLEAR ALL", 400),
    ],
)
def test_what_the_protocol_does_not_allow(
    method: str, query_string: bytes, content_type: str | None, body: bytes, status: int
) -> None:
    with pytest.raises(ProtocolError) as caught:
        read(method, query_string, content_type, body)
    assert caught.value.status == status


def test_an_update_is_told_apart() -> None:
    assert read("POST", b"", UPDATE, b"CLEAR ALL").update == "CLEAR ALL"


def test_a_format_is_asked_for_by_its_suffix() -> None:
    assert get("query=ASK{}").format == ""
    assert get("query=ASK{}&as=xml").format == "xml"
    with pytest.raises(ProtocolError, match="as=pdf: say one of json, .*, jsonld"):
        get("query=ASK{}&as=pdf")
    with pytest.raises(ProtocolError, match="'as' is given 2 times"):
        get("query=ASK{}&as=xml&as=json")


@pytest.mark.parametrize("coding", ["gzip", "identity, br", "x"])
def test_a_body_comes_as_it_is(coding: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read("POST", b"", QUERY, b"ASK {}", coding)
    assert caught.value.status == 415
    assert read("POST", b"", f"{QUERY}; charset=UTF-8", b"ASK {}", "Identity").query == "ASK {}"
