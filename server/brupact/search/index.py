"""The index: Tantivy in memory, with the word forms (Snowball) of each language.

Accents are folded before words are brought to their stems, so that who types none finds the same.
"""

from collections.abc import Sequence
from typing import Any, Final

import tantivy
from tantivy import Filter, Occur, Query, Tokenizer

from brupact.search.collection import Findable

#: The languages whose word forms are known, with the names of their stemmers.
STEMMERS: Final = {"fr": "french", "nl": "dutch", "en": "english"}
#: The analyzer that knows no word forms.
_FOLD: Final = "fold"
#: How much a match counts: of a whole name, of a word as written, of another form of it, of its
#: beginning, of one misspelled; in a name, and in a text.
_WHOLE: Final = 12.0
_EXACT: Final = {"name": 4.0, "text": 1.0}
_STEM: Final = {"name": 2.0, "text": 0.6}
_BEGINNING: Final = {"name": 1.5, "text": 0.3}
_MISSPELLED: Final = {"name": 1.0, "text": 0.3}
#: The shortest word that may have one letter wrong, and two.
_ONE_WRONG: Final = 4
_TWO_WRONG: Final = 8
_HEAP: Final = 15_000_000


class Index:
    """Finds things by words."""

    def __init__(self, things: Sequence[Findable]) -> None:
        """Index `things`; takes some milliseconds for each hundred."""
        self._things = things
        builder = tantivy.SchemaBuilder().add_integer_field("number", stored=True)
        builder = builder.add_text_field("whole", tokenizer_name="raw")
        for part in _EXACT:
            for analyzer in (_FOLD, *STEMMERS):
                builder = builder.add_text_field(f"{part}_{analyzer}", tokenizer_name=analyzer)
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        self._analyzers = {name: _analyzer(name) for name in (_FOLD, *STEMMERS)}
        for name, made in self._analyzers.items():
            index.register_tokenizer(name, made)
        writer = index.writer(_HEAP, 1)
        for number, thing in enumerate(things):
            writer.add_document(self._document(number, thing))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    @property
    def things(self) -> Sequence[Findable]:
        """All that can be found."""
        return self._things

    def search(self, text: str) -> list[Findable]:
        """The things that `text` fits, the best first; all its words, else as many as can be."""
        words = [w for w in self._analyzers[_FOLD].analyze(text) if len(w) > 1]
        if not words:
            return []
        each = [self._word(word, is_last=word is words[-1]) for word in words]
        whole = Query.boost_query(Query.term_query(self._schema, "whole", " ".join(words)), _WHOLE)
        must = [(Occur.Must, query) for query in each]
        found = self._found(Query.boolean_query([*must, (Occur.Should, whole)]))
        return found or self._found(Query.boolean_query([(Occur.Should, q) for q in each]))

    def _document(self, number: int, thing: Findable) -> tantivy.Document:
        fields: dict[str, Any] = {"number": number}
        for part, words in (("name", thing.names), ("text", thing.texts)):
            for language, value in words:
                fields.setdefault(f"{part}_{_FOLD}", []).append(value)
                if (tag := language.partition("-")[0]) in STEMMERS:
                    fields.setdefault(f"{part}_{tag}", []).append(value)
        fields["whole"] = [
            " ".join(self._analyzers[_FOLD].analyze(value)) for _, value in thing.names
        ]
        return tantivy.Document(**fields)

    def _word(self, word: str, *, is_last: bool) -> Query:
        """What fits a folded word: itself, its forms, and where it is the last its beginning."""
        schema, parts = self._schema, []
        for part in _EXACT:
            exact = Query.term_query(schema, f"{part}_{_FOLD}", word)
            parts.append(Query.boost_query(exact, _EXACT[part]))
            for tag in STEMMERS:
                for stem in self._analyzers[tag].analyze(word):
                    form = Query.term_query(schema, f"{part}_{tag}", stem)
                    parts.append(Query.boost_query(form, _STEM[part]))
            if is_last and len(word) > 2:
                begun = Query.fuzzy_term_query(
                    schema, f"{part}_{_FOLD}", word, distance=0, prefix=True
                )
                parts.append(Query.boost_query(begun, _BEGINNING[part]))
        fitting = Query.disjunction_max_query(parts)
        if len(word) < _ONE_WRONG or self._searcher.search(fitting, 1).hits:
            return fitting
        wrong = 2 if len(word) >= _TWO_WRONG else 1
        return Query.disjunction_max_query(
            [
                Query.boost_query(
                    Query.fuzzy_term_query(schema, f"{part}_{_FOLD}", word, distance=wrong),
                    _MISSPELLED[part],
                )
                for part in _EXACT
            ]
        )

    def _found(self, query: Query) -> list[Findable]:
        if not self._things:
            return []
        hits = self._searcher.search(query, len(self._things)).hits
        scored = []
        for score, address in hits:
            thing = self._things[self._searcher.doc(address)["number"][0]]
            scored.append((-score * thing.weight, thing.iri, thing))
        return [thing for _, _, thing in sorted(scored, key=lambda item: item[:2])]


def _analyzer(name: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(60))
    builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
    if name in STEMMERS:
        builder = builder.filter(Filter.stemmer(STEMMERS[name]))
    return builder.build()
