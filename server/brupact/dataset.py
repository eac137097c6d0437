"""The release as quads: which file goes to which named graph, read without blank nodes.

Whoever finds fault with a quad can say in which file it stands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from brupact import resources
from brupact.errors import BrokenInput
from brupact.namespaces import RDF_TYPE, graph
from brupact.skolem import skolemise

#: Where the triples of a file stand that names no graph and is no part of the release.
FOLLOW_UP: Final = graph("follow-up")
#: Where the triples of a publisher's own file stand that names no graph.
DATA: Final = graph("data")
_HAS_BLANK_NODES: Final = """ASK {
  { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } FILTER(isBlank(?s) || isBlank(?o) || isBlank(?g))
}"""


@dataclass(frozen=True)
class Layout:
    """The folders of a release; by default those that the package carries."""

    data: Path = resources.DATA
    ontology: Path = resources.ONTOLOGY
    shapes: Path = resources.SHAPES

    def files(self) -> Iterator[tuple[NamedNode, Path]]:
        """Each file of the release with the graph it fills, in a fixed order."""
        if not self.data.is_dir():
            raise BrokenInput(self.data, "no such folder")
        places = [("ontology", self.ontology), ("codes", self.ontology / "codes")]
        places += [("shapes", self.shapes)]
        places += [(folder.name, folder) for folder in sorted(self.data.iterdir())]
        for name, folder in places:
            for path in sorted(folder.glob("*.ttl")):
                yield graph(name), path


@dataclass
class Dataset:
    """Quads, and the files they came from."""

    store: Store = field(default_factory=Store)
    #: Each file that was read, with the graph of its triples that name none.
    sources: list[tuple[NamedNode, Path]] = field(default_factory=list)

    def add_file(self, path: Path, default_graph: NamedNode = FOLLOW_UP) -> None:
        """Add the content of an RDF file; triples without a graph go to `default_graph`.

        :raises BrokenInput: if the file is missing, of no known format, or not well formed;
            nothing of it has been added then.
        """
        self.store.extend(read_quads(path, default_graph))
        self.sources.append((default_graph, path))
        self.__dict__.pop("_files", None)

    @cached_property
    def _files(self) -> dict[tuple[str, str], set[Path]]:
        """The files that give a subject a value of a predicate, read again: few ask for them."""
        found: dict[tuple[str, str], set[Path]] = defaultdict(set)
        for name, path in self.sources:
            for quad in read_quads(path, name):
                if isinstance(quad.subject, NamedNode):
                    found[quad.subject.value, quad.predicate.value].add(path)
        return dict(found)

    def files_about(self, node: str, predicate: str) -> list[Path]:
        """The files in which `node` has a value of `predicate`, else those that give its class.

        For a fragment of a thing that no file describes: the same of the thing.
        """
        owner = node.partition("#")[0]
        keys = [(about, said) for about in (node, owner) for said in (predicate, RDF_TYPE.value)]
        return sorted(next((self._files[key] for key in keys if key in self._files), ()))


def load_files(files: Iterable[tuple[NamedNode, Path]]) -> Dataset:
    """The dataset in `files`, each with its default graph, before anything is derived from it.

    :raises BrokenInput: at the first file that cannot be read.
    """
    dataset = Dataset()
    for name, path in files:
        dataset.add_file(path, name)
    return dataset


def load_store(paths: Iterable[Path]) -> Store:
    """A store with the content of RDF files; triples without a graph go to the graph ``data``.

    Files without blank nodes are read by the engine, which takes a third of the time and memory.

    :raises BrokenInput: at the first file that cannot be read.
    """
    paths, store = list(paths), Store()
    try:
        for path in paths:
            store.bulk_load(path=path, format=RdfFormat.from_extension(path.suffix.lstrip(".")))
    except (SyntaxError, OSError, ValueError):
        return load_files((DATA, path) for path in paths).store  # It says what is wrong, and where.
    if store.query(_HAS_BLANK_NODES):
        return load_files((DATA, path) for path in paths).store
    if store.query("ASK { ?s ?p ?o }"):
        store.update(f"MOVE DEFAULT TO <{DATA.value}>")
    return store


def amended(layout: Layout, paths: Iterable[Path]) -> list[tuple[NamedNode, Path]]:
    """The files of `layout`, amended by `paths`.

    A file that has the folder and the name of one in the release (``agreement/priority.ttl``)
    takes its place; a folder laid out like ``data/`` takes the place of all data; any other file,
    or the RDF files in any other folder, comes on top, in the graph ``follow-up``.
    """
    paths = list(paths)
    for path in paths:
        if (path / "agreement").is_dir():
            layout = replace(layout, data=path)
    files = {_key(path): (name, path) for name, path in layout.files()}
    for path in (p for p in paths if p != layout.data):
        inside = [path] if not path.is_dir() else sorted(p for p in path.rglob("*") if _is_rdf(p))
        for file in inside:
            name, _ = files.get(_key(file), (FOLLOW_UP, file))
            files[_key(file)] = (name, file)
    return list(files.values())


def _key(path: Path) -> tuple[str, str]:
    return path.resolve().parent.name, path.name


def _is_rdf(path: Path) -> bool:
    return RdfFormat.from_extension(path.suffix.lstrip(".")) is not None


def read_quads(path: Path, default_graph: NamedNode) -> list[Quad]:
    """The quads of the RDF file `path`, with an IRI in the place of each blank node.

    :raises BrokenInput: with line and column where the file is not well formed.
    """
    try:
        format = RdfFormat.from_extension(path.suffix.lstrip("."))
        if format is None:
            raise BrokenInput(path, f"{path.suffix or 'no suffix'}: not the name of an RDF file")
        parsed = list(parse(path.read_bytes(), format=format))
    except SyntaxError as error:
        raise BrokenInput(path, error.msg.strip(), error.lineno, error.offset) from None
    except OSError as error:
        raise BrokenInput(path, error.strerror or str(error)) from None
    here = [
        Quad(q.subject, q.predicate, q.object, default_graph)
        if isinstance(q.graph_name, DefaultGraph)
        else q
        for q in parsed
    ]
    return skolemise(here)


def union(store: Store, without: Iterable[NamedNode] = ()) -> set[Triple]:
    """The triples of all graphs of `store` but those named, each once."""
    left_out = set(without)
    return {q.triple for q in store if q.graph_name not in left_out}
