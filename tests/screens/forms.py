"""Reading a form as a browser would: what stands in it, and what would be sent."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: MultiDict[str, str] = MultiDict()
        self.inside = 0
        self.select: str | None = None
        self.option: str | None = None
        self.area: str | None = None
        self.text = ""
        self.template = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "template":
            self.template += 1
        if tag == "form" and "data-record-form" in given:
            self.inside += 1
        if not self.inside or self.template:
            return
        name = given.get("name")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self.select = name
            self.option = None
        elif tag == "option" and self.select and (self.option is None or "selected" in given):
            if "selected" in given:
                self.fields.setlistdefault(self.select)
                self.fields.add(self.select, given.get("value") or "")
                self.option = given.get("value") or ""
        elif tag == "textarea":
            self.area, self.text = name, ""

    def _input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type", "text")
        if kind == "file" or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.fields.add(name, given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.template -= 1
        elif tag == "form" and self.inside:
            self.inside -= 1
        elif tag == "textarea" and self.area is not None:
            # A browser drops the line break after the tag, and sends the others as CRLF.
            self.fields.add(self.area, self.text.removeprefix("\n").replace("\n", "\r\n"))
            self.area = None
        elif tag == "select":
            self.select = None


def read(html: str) -> MultiDict[str, str]:
    """What the record's form on a page would send, untouched."""
    reader = _Reader()
    reader.feed(html)
    return reader.fields
