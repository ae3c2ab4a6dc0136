"""A page as it was sent: what it links, fetches, and says."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser


class Page(HTMLParser):
    """Read a page.

    links: of its anchors; fetched: what a browser fetches with it; alternates: its address in each language;
    texts: what each element of a kind holds, as `texts["h1"]`.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.alternates: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.texts: dict[str, list[str]] = {}
        self.inline_scripts = self.inline_styles = 0
        self._open: list[tuple[str, int]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.counts[tag] += 1
        self.texts.setdefault(tag, []).append("")
        self._open.append((tag, len(self.texts[tag]) - 1))
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" and "href" in given else []
        self.language = given["lang"] if tag == "html" else self.language
        if given.get("rel") == "alternate" and "hreflang" in given and "type" not in given:
            self.alternates[given["hreflang"]] = given["href"]
        self._fetch(tag, given)

    def _fetch(self, tag: str, given: dict[str, str]) -> None:
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.fetched.append(given["href"])
        if tag in {"script", "img", "iframe", "source"} and "src" in given:
            self.fetched.append(given["src"])
        is_data = given.get("type") == "application/ld+json"
        self.inline_scripts += (tag == "script" and "src" not in given and not is_data) or any(
            name.startswith("on") for name in given
        )
        self.inline_styles += tag == "style" or "style" in given

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag, place in self._open:
            self.texts[tag][place] += data
