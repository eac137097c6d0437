"""A result as a spreadsheet (Office Open XML): numbers and days typed, every text a text."""

import datetime
import io
import re
import zipfile
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from pyoxigraph import Literal

from brupact.errors import BrupactError
from brupact.library.answers import Table, Term
from brupact.namespaces import XSD

#: The most characters that a cell holds.
LONGEST: Final = 32_767
#: The greatest whole number that a cell holds to the last digit.
_EXACT: Final = 2**53
#: What the format cannot hold.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: When the file was made, as its properties say it.
_WRITTEN: Final = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_NUMBERS: Final = {XSD + name for name in ("integer", "decimal", "double", "float")}


class TooLong(BrupactError):
    """A text that a cell cannot hold whole."""


def spreadsheet(table: Table) -> bytes:
    """The rows of `table`, under the names of its columns.

    :raises TooLong: rather than cut a text.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("result")
    sheet.freeze_panes = "A2"
    rows = [[_text(sheet, name) for name in table.variables]]
    rows += [[_cell(sheet, term) for term in row] for row in table.rows]
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return _undated(buffer)


def _undated(book: io.BytesIO) -> bytes:
    """`book` without the time at which it was written: the same rows give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = _WRITTEN.sub(b"", old.read(part))
            new.writestr(zipfile.ZipInfo(part.filename), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _cell(sheet: Any, term: Term | None) -> Any:
    if term is None:
        return None
    if isinstance(term, Literal):
        typed = _typed(term)
        return _text(sheet, term.value) if typed is None else typed
    return _text(sheet, term.value if hasattr(term, "value") else str(term))


def _typed(literal: Literal) -> int | float | Decimal | bool | datetime.date | None:
    """The value of `literal` as a cell has it; ``None`` where only a text is exact."""
    datatype = literal.datatype.value
    try:
        if datatype == XSD + "boolean":
            return literal.value in ("true", "1")
        if datatype == XSD + "date":
            day = datetime.date.fromisoformat(literal.value)
            return day if day.year >= 1900 else None
        if datatype in _NUMBERS:
            number = Decimal(literal.value)
            if not number.is_finite() or abs(number) > _EXACT:
                return None
            return int(number) if datatype == XSD + "integer" else number
    except (ValueError, ArithmeticError):
        pass
    return None


def _text(sheet: Any, text: str) -> Any:
    """A cell that is a text whatever it begins with: never a formula."""
    if len(text) > LONGEST:
        raise TooLong(f"A text of {len(text)} characters: a cell holds {LONGEST}. Take CSV.")
    cell = WriteOnlyCell(sheet, _CONTROL.sub("\ufffd", text))
    cell.data_type = "s"
    return cell
