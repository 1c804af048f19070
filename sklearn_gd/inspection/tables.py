"""Tables of a report: as aligned text, and as HTML for notebooks."""

from __future__ import annotations

from html import escape
from unicodedata import east_asian_width

SIDES = {">": "right", "<": "left"}


def text_table(title, header, rows, aligned, after=()):
    """Lines of text: a title, the header, the rows and what comes after them."""
    rows = [header, *rows]
    widths = [max(width(row[k]) for row in rows) for k in range(len(header))]
    lines = [*title]
    for row in rows:
        cells = zip(aligned, row, widths, strict=True)
        lines.append("  ".join(padded(*cell) for cell in cells).rstrip())
    return "\n".join([*lines, *after])


def padded(side, text, size):
    """Text with spaces up to a width, on the side away from its alignment."""
    spaces = " " * (size - width(text))
    return spaces + text if side == ">" else text + spaces


def width(text):
    """Columns of a terminal that a text takes; Chinese characters take two."""
    return len(text) + sum(east_asian_width(character) in "WF" for character in text)


def html_table(title, header, rows, aligned, after=()):
    """The same as an HTML table; all text is escaped."""
    caption = "<br>".join(escape(line) for line in title)
    lines = [f"<table><caption>{caption}</caption>", "<thead>"]
    lines += [html_row("th", header, aligned), "</thead>", "<tbody>"]
    lines += [html_row("td", row, aligned) for row in rows]
    lines += ["</tbody></table>"]
    return "\n".join([*lines, *(f"<p>{escape(line)}</p>" for line in after)])


def signed(value, digits):
    """A number with its sign and so many digits; zero has none."""
    return f"{value:+.{digits}g}" if value else "0"


def html_row(tag, cells, aligned):
    """One row of an HTML table."""
    cells = (
        f'<{tag} style="text-align: {SIDES[side]}">{escape(cell)}</{tag}>'
        for side, cell in zip(aligned, cells, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def to_frame(rows, columns):
    """A pandas DataFrame of rows.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "to_frame needs pandas: pip install pandas. Without it, go through the "
            "report with a for loop."
        ) from error
    return pd.DataFrame(rows, columns=columns)
