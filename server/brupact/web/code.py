"""Code on pages, its parts told apart by classes that the stylesheet colours."""

from typing import Final

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

_FORMATTER: Final = HtmlFormatter(nowrap=True)


def highlighted(text: str, language: str = "sparql") -> Markup:
    """`text` as HTML; `language` is one that Pygments knows."""
    # Pygments escapes what stands in the text.
    return Markup(highlight(text, get_lexer_by_name(language, stripnl=False), _FORMATTER))
