"""What hosts are told: nginx, Apache, GitHub Pages, and w3id.org."""

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import urlsplit

from brupact.export import preferring
from brupact.export.rewrite import Site
from brupact.namespaces import BASE
from brupact.settings import Settings
from brupact.sparql.formats import GRAPHS, Format
from brupact.web.headers import HEADERS, PAGE
from brupact.web.languages import DEFAULT

_FOLDER: Final = Path(__file__).with_name("hosts")
#: Media types of what is no format of data.
_ASSETS: Final = (
    ("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml"),
    ("png", "image/png"), ("woff2", "font/woff2"), ("gz", "application/gzip"),
    ("txt", "text/plain"), ("sha256", "text/plain"), ("wasm", "application/wasm"),
)  # fmt: skip
#: The media types that are text in UTF-8 and do not say so themselves.
_TEXT: Final = ("text/", "application/xml", "image/svg+xml")
#: What stands for the address of the host where it is not known.
_SOMEWHERE: Final = "https://host.example"
_FORMS: Final = "form-action 'self'"


def files(settings: Settings, site: Site) -> Iterator[tuple[str, bytes]]:
    """The name and the content of each file."""
    values = _values(settings, site)
    for name, template in (
        (".htaccess", "apache"),
        ("queries/.htaccess", "apache-queries"),
        ("hosting/nginx.conf", "nginx"),
        ("hosting/w3id/.htaccess", "w3id"),
        ("hosting/w3id/README.md", "w3id-readme"),
    ):
        text = Template((_FOLDER / f"{template}.txt").read_text("utf-8")).substitute(values)
        yield name, text.encode()
    yield ".nojekyll", b""  # GitHub Pages: leave nothing out that begins with a dot.


def _values(settings: Settings, site: Site) -> dict[str, str]:
    base = urlsplit(site.base_url)
    types = sorted((*preferring.suffixes(), *_ASSETS))
    results = preferring.results()
    texts = [(suffix, kind) for suffix, kind in types if kind.startswith(_TEXT)]
    formats, languages = preferring.formats(), preferring.languages()
    data, page = _headers(HEADERS, site), _headers(PAGE, site)
    return {
        "default": DEFAULT,
        "host": base.hostname or "_",
        "path": base.path,
        "to": site.base_url or _SOMEWHERE,
        "name": BASE,
        "contact": settings.publisher_email or settings.publisher_iri,
        "publisher": settings.publisher_name,
        # nginx
        "format_map": _lines(f'    "~*{e}" {meant};' for e, meant in formats),
        "language_map": _lines(f'    "~*{e}" "{_tag(meant)}";' for e, meant in languages),
        "type_map": _lines(f"        {kind} {suffix};" for suffix, kind in types),
        "result_types": _lines(
            f"    location ~ ^{base.path}/queries/.*\\.{suffix}$ {{\n"
            f"        types {{ }}\n        default_type {kind};\n    }}"
            for suffix, kind in results
        ),
        "text_types": " ".join(dict.fromkeys(k for _, k in texts if k != "text/html")),
        "nginx_headers": _lines(
            f'    add_header {name} "{value}" always;' for name, value in data.items()
            if name not in _VARYING
        ),
        **{f"{name.lower().replace('-', '_')}_map": _lines((
            f'    "~*^text/html" "{page[name]}";', f'    default "{data.get(name, "")}";',
        )) for name in _VARYING},
        # Apache: the last that fits counts.
        "format_variables": _lines(
            f'SetEnvIfNoCase Accept "{e}" PACT_FORMAT={meant}' for e, meant in reversed(formats)
        ),
        "language_variables": _lines(
            f'SetEnvIfNoCase Accept-Language "{e}" PACT_LANGUAGE={_tag(meant) or ".-"}'
            for e, meant in reversed(languages)
        ),
        "apache_types": _lines(f"AddType {kind} .{suffix}" for suffix, kind in types),
        "apache_results": _lines(f"AddType {kind} .{suffix}" for suffix, kind in results),
        "apache_charsets": _lines(f"AddCharset utf-8 .{suffix}" for suffix, _ in texts),
        "apache_headers": _lines(
            f'  Header always set {name} "{value}"' for name, value in data.items()
        ),
        "apache_page_headers": _lines(
            f'    Header always set {name} "{value}"' for name, value in page.items()
            if data.get(name) != value
        ),
        # w3id.org
        "w3id_rules": _lines(_w3id(f, site.base_url or _SOMEWHERE) for f in GRAPHS),
        "suffixes": "|".join(suffix for suffix, _ in types),
    }  # fmt: skip


#: The headers that are others for a page than for data.
_VARYING: Final = tuple(name for name in PAGE if HEADERS.get(name) != PAGE[name])


def _w3id(format: Format[Any], base_url: str) -> str:
    """Who asks for `format`, and for no page, gets the file."""
    media_type = format.media_type.replace("+", r"\+")
    return (
        f"# {format.label}\n"
        "RewriteCond %{HTTP_ACCEPT} !text/html [NC]\n"
        f"RewriteCond %{{HTTP_ACCEPT}} {media_type} [NC]\n"
        f"RewriteRule ^(.*[^/])$ {base_url}/$1.{format.suffix} [R=303,NE,L]\n"
    )


def _headers(table: dict[str, str], site: Site) -> dict[str, str]:
    """`table`, where forms may be sent to the service, too."""
    service = urlsplit(site.service)
    allowed = f"{_FORMS} {service.scheme}://{service.netloc}" if site.service else _FORMS
    return {name: value.replace(_FORMS, allowed) for name, value in table.items()}


def _tag(language: str) -> str:
    return "" if language == DEFAULT else f".{language}"


def _lines(lines: Iterator[str] | tuple[str, ...]) -> str:
    return "\n".join(lines)
