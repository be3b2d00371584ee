"""course/references.bib → (Elman, 1990) in the text and an entry in a list of references."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.plugin import find_plugin

from rnnlab.errors import InputError


class References:
    """The works that the course cites, read once."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def works(self) -> BibliographyData:
        return parse_file(str(self.path))

    def _work(self, key: str) -> Entry:
        if key not in self.works.entries:
            raise InputError(f"{key!r} is not in {self.path.name}; add its entry there or mend the key.")
        return self.works.entries[key]

    def authors(self, key: str) -> str:
        """Elman · Hochreiter & Schmidhuber · Pascanu et al."""
        persons = self._work(key).persons["author"]
        names = [
            " ".join([*person.prelast_names, *person.last_names]).replace("{", "").replace("}", "")
            for person in persons
        ]
        if len(names) > 2:
            return f"{names[0]} et al."
        return " & ".join(names)

    def year(self, key: str) -> str:
        return str(self._work(key).fields["year"])

    def cite(self, role: str, keys: str, place: str) -> str:
        """Markdown of `{cite:p}` or `{cite:t}`; `place` is where the list of references stands ("" for this page)."""
        cited = [key.strip() for key in keys.split(",")]
        if role == "cite:t":
            return ", ".join(f"[{self.authors(key)} ({self.year(key)})]({place}#cite-{key})" for key in cited)
        return f"({'; '.join(f'[{self.authors(key)}, {self.year(key)}]({place}#cite-{key})' for key in cited)})"

    def entry(self, key: str) -> str:
        """One line of the list of references, in Markdown."""
        style = find_plugin("pybtex.style.formatting", "unsrt")()
        backend = find_plugin("pybtex.backends", "markdown")()
        formatted = next(iter(style.format_entries([self._work(key)])))
        # pybtex escapes every mark that Markdown knows anywhere; inside a line these mean nothing
        return re.sub(r"\\([.()!-])", r"\1", " ".join(formatted.text.render(backend).split()))

    def listed(self, keys: set[str]) -> list[tuple[str, str]]:
        """(key, entry) in the order of authors and years."""
        return [
            (key, self.entry(key)) for key in sorted(keys, key=lambda k: (self.authors(k).lower(), self.year(k), k))
        ]
