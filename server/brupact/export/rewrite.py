"""A page of the service as a file: its links lead to files, and what needs the service is left out.

selectolax (Lexbor) reads and writes the page by the rules of HTML, so that what it holds (SVG,
scripts, any text) stays as it is.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from brupact.export.addresses import Kind, Target, encoded, local, relative, target
from brupact.web.texts import Texts, texts

#: Where links stand.
_LINKS: Final = {
    "a": "href", "area": "href", "link": "href", "script": "src", "img": "src", "source": "src",
    "iframe": "src", "object": "data", "form": "action", "use": "href", "image": "href",
}  # fmt: skip
#: Attributes that name an address for a script that asks the service.
_ASKING: Final = ("data-suggest",)
_CONTROLS: Final = ("form", "input", "select", "textarea", "button", "label")
#: A list of links: one that leads nowhere goes whole; elsewhere its words stay.
_TAKE: Final = "take"
#: What stands between the links of a line.
_BETWEEN: Final = "·"


@dataclass(frozen=True)
class Site:
    """What all pages of an export share."""

    #: The address that the service gives itself, without a final slash.
    origin: str
    #: Where the files will be, if that is known: links for search engines need it.
    base_url: str = ""
    #: The address of a service for what needs one, without a final slash; empty for none.
    service: str = ""


@dataclass
class Page:
    """A page that was read, and what it leads to."""

    body: str
    #: Written targets that it leads to, by address.
    links: dict[str, Target] = field(default_factory=dict)


class _Writer:
    """Makes one page."""

    def __init__(self, site: Site, here: Target, resolved: Mapping[str, Target | None]) -> None:
        self.site, self.here, self.resolved = site, here, resolved
        self.words: Texts = texts(here.language)
        self.links: dict[str, Target] = {}

    def write(self, body: str, *, is_anywhere: bool) -> str:
        """`body` with its links made those of files; `is_anywhere`, from the root of the host."""
        self.is_anywhere = is_anywhere
        tree = LexborHTMLParser(body)
        for tag, name in _LINKS.items():
            for node in tree.css(f"{tag}[{name}]"):
                if node.parent is not None:
                    self._link(node, name)
        for name in _ASKING:
            for node in tree.css(f"[{name}]"):
                if not self.site.service or node.tag == "input":
                    del node.attrs[name]
        for node in tree.css("link[rel=preload]"):
            node.decompose()  # Browsers refuse it from a disk; the stylesheet names the typefaces.
        self._head(tree)
        self._foot(tree)
        return f"{tree.html}\n"

    def _link(self, node: LexborNode, name: str) -> None:
        link = node.attributes.get(name) or ""
        if node.tag == "form":
            self._form(node, link)
            return
        if not link or link.startswith("#"):
            return
        found = self._target(link)
        if found is None:
            return
        aim, fragment = found
        if aim.is_written:
            node.attrs[name] = self._reference(aim, node, fragment)
        elif aim.kind is Kind.LIVE and self.site.service and node.tag == "a":
            node.attrs[name] = self.site.service + aim.address + fragment
        else:
            _leave_out(node)

    def _target(self, link: str) -> tuple[Target, str] | None:
        """What a link leads to, and the place on it; ``None`` where it leads to another host."""
        at = _place(link, self.site.origin, "" if link.startswith("/") else self.here.address)
        if at is None:
            return None
        path, query, fragment = at
        aim = target(path, query, self.here.language, is_live=bool(self.site.service))
        if aim.is_written and aim.address in self.resolved:
            other = self.resolved[aim.address]
            aim = other or Target(Kind.LIVE, aim.address)
        if aim.is_written:
            self.links[aim.address] = aim
        fragment = quote(unquote(fragment or aim.fragment), safe="/:@!$&'()*+,;=~?-._")
        return aim, f"#{fragment}" if fragment else ""

    def _reference(self, aim: Target, node: LexborNode, fragment: str) -> str:
        if self.site.base_url and node.tag == "link" and "hreflang" in node.attributes:
            return f"{self.site.base_url}/{address(aim.name)}"
        if self.is_anywhere:
            return f"{_path(self.site.base_url)}/{encoded(aim.name)}{fragment}"
        if fragment and aim.name == self.here.name:
            return fragment
        return relative(aim.name, self.here.name) + fragment

    def _form(self, node: LexborNode, link: str) -> None:
        """A form asks the service; where there is none, what stands in its place is linked to."""
        found = self._target(link or self.here.address)
        if found is None:
            return
        aim, _ = found
        if self.site.service and aim.kind is not Kind.NOTHING:
            path = local(urljoin(self.site.origin + self.here.address, link), self.site.origin)
            node.attrs["action"] = self.site.service + (path[0] if path else "")
        elif aim.is_written and aim.name != self.here.name and aim.address.startswith("/things"):
            words = html.escape(self.words("things.title"))
            href = html.escape(self._reference(aim, node, ""))
            node.replace_with(_fragment(f'<p class="find"><a href="{href}">{words}</a></p>'))
        else:
            _tell(node)

    def _head(self, tree: LexborHTMLParser) -> None:
        """Say where the page is, for search engines."""
        head = tree.head
        if head is None or not self.site.base_url or self.is_anywhere:
            return
        href = html.escape(f"{self.site.base_url}/{address(self.here.name)}")
        head.insert_child(_fragment(f'<link rel="canonical" href="{href}">', "head"))

    def _foot(self, tree: LexborHTMLParser) -> None:
        """Say that this is a copy, and where the service is."""
        foot = tree.css_first("footer")
        if foot is None:
            return
        note = html.escape(self.words("copy.note"))
        if self.site.service:
            href = html.escape(self.site.service + "/")
            note += f' <a href="{href}">{html.escape(self.words("copy.service"))}</a>'
        foot.insert_child(_fragment(f"<p>{note}</p>"))


def write(
    body: str,
    here: Target,
    site: Site,
    resolved: Mapping[str, Target | None],
    *,
    is_anywhere: bool = False,
) -> Page:
    """The page `body`, which the service gives at `here`, as a file.

    `resolved` says of addresses that are not what they seemed which file they are instead, or that
    they are none. With `is_anywhere` the page may be shown at any address of the host.
    """
    writer = _Writer(site, here, resolved)
    return Page(writer.write(body, is_anywhere=is_anywhere), writer.links)


@lru_cache(maxsize=1 << 16)  # Most links of a page are those of every page.
def _place(link: str, origin: str, here: str) -> tuple[str, str, str] | None:
    """Where `link` leads from the address `here` of the service at `origin`, as `local` says."""
    return local(urljoin(origin + here, link), origin)


def address(name: str) -> str:
    """The address of a file below that of the site: an index is the address of its folder."""
    return encoded(name.removesuffix("index.html") if _is_index(name) else name)


def _is_index(name: str) -> bool:
    return name == "index.html" or name.endswith("/index.html")


def _path(base_url: str) -> str:
    return urlsplit(base_url).path


def _fragment(text: str, place: str = "body") -> LexborNode:
    tree = LexborHTMLParser(text)
    root = tree.head if place == "head" else tree.body
    node = root.child if root is not None else None
    assert node is not None
    return node


def _tell(form: LexborNode) -> None:
    """Say what a form is filled with, in its place, where its fields are places of the page."""
    if all(node.tag in _CONTROLS for node in form.css("[id]")):
        form.decompose()
        return
    for button in form.css("button"):
        row = button.parent
        button.decompose()
        if row is not None and row.mem_id != form.mem_id and not row.css("[id]"):
            row.decompose()
    for label in form.css("label"):
        label.unwrap()
    for control in form.css("input, select, textarea"):
        chosen = control.css_first("option[selected]") or control.css_first("option")
        words = chosen.text() if chosen is not None else control.attributes.get("value") or ""
        control.replace_with(_fragment(f"<strong>{html.escape(words)}</strong>"))
    form.unwrap()


def _leave_out(node: LexborNode) -> None:
    """Take a link away: whole where it is one of a list of links, else its words stay."""
    if node.tag != "a":
        node.decompose()
        return
    parent, before = node.parent, node.prev
    classes = (parent.attributes.get("class") or "").split() if parent is not None else []
    if parent is not None and parent.tag == "li" and _is_first(node):
        parent.decompose()
    elif (parent is not None and parent.tag == "nav") or _TAKE in classes:
        node.decompose()
    elif before is not None and before.is_text_node and (before.text() or "").strip() == _BETWEEN:
        before.decompose()
        node.decompose()
    else:
        node.unwrap()


def _is_first(node: LexborNode) -> bool:
    """Whether nothing but white space stands before `node`."""
    before = node.prev
    while before is not None and not (before.text() or "").strip():
        before = before.prev
    return before is None
