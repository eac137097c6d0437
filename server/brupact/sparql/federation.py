"""Which hosts a query or an update wants to reach."""

from collections.abc import Iterator

from brupact.sparql.tokens import tokens


def contacts(text: str) -> Iterator[tuple[str, str]]:
    """Each SERVICE or LOAD of `text` that is not SILENT: the keyword, and what it wants to reach.

    What is in vain to reach is for the engine to fail at; this is for the message.
    """
    found = list(tokens(text))
    for token, following in zip(found, found[1:], strict=False):
        if token.says("SERVICE", "LOAD") and following.kind in ("iri", "prefixed", "variable"):
            yield token.text.upper(), following.text
