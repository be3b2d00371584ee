"""What stands inside a line of prose: roles, links, images. Code spans and mathematics are passed over untouched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rnnlab.errors import InputError
from source import ROLES

PIECE = re.compile(
    r"""
      (?P<escape>\\.)
    | \{(?P<role>[A-Za-z][\w:.-]*)\}(?P<marks>`+)(?P<content>.+?)(?P=marks)
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
    | (?P<display>\$\$)
    | (?P<math>\$(?:\\.|[^$\\])+\$)
    | !\[(?P<alt>[^\]]*)\]\((?P<image>[^)\s]+)\)
    | \[(?P<text>(?:[^\[\]`$]|`[^`]*`|\$[^$]*\$|\[[^\]]*\])*)\]\((?P<link>[^)\s]*)\)
    | (?P<footnote>\[\^)
    | (?P<substitution>\{\{)
    | (?P<autolink><https?:[^>\s]+>)
    | (?P<html></?[A-Za-z][^>\n]*>|<!--)
    """,
    re.VERBOSE | re.DOTALL,
)

REFUSED = {
    "display": "$$ stands inside a paragraph; a displayed equation begins its own line",
    "footnote": "footnotes are not known; say it in the text or in a dropdown",
    "substitution": "substitutions {{ }} are not known",
    "html": "HTML is not known; write Markdown",
}


@dataclass(frozen=True)
class Translation:
    """What each thing inside a line becomes; a function that gets its parts and returns Markdown."""

    role: Callable[[str, str], str]  # name, content
    link: Callable[[str, str], str]  # text, target
    image: Callable[[str, str], str]  # alt, path


def translate(text: str, translation: Translation, refuse: Callable[[int, str], InputError]) -> str:
    """The prose with every role, link and image translated; `refuse(line offset, sentence)` makes the error."""

    def replaced(match: re.Match[str]) -> str:
        offset = text.count("\n", 0, match.start())
        for name, sentence in REFUSED.items():
            if match[name] is not None:
                raise refuse(offset, f"{sentence}.")
        is_link = match["link"] is not None
        words = translate(match["text"], translation, lambda n, what: refuse(offset + n, what)) if is_link else ""
        try:
            if match["role"] is not None:
                if match["role"] not in ROLES:
                    raise InputError(
                        f"the role {{{match['role']}}} is not known; known are {', '.join(sorted(ROLES))}."
                    )
                return translation.role(match["role"], " ".join(match["content"].split()))
            if match["image"] is not None:
                return translation.image(match["alt"], match["image"])
            if is_link:
                return translation.link(words, match["link"])
        except InputError as error:
            raise refuse(offset, str(error)) from None
        return match[0]

    return PIECE.sub(replaced, text)


def plain(text: str) -> str:
    """The prose without code, mathematics, citations and link targets: the words a reader reads."""

    def kept(match: re.Match[str]) -> str:
        if match["link"] is not None:
            return plain(match["text"])
        return "\n" * match[0].count("\n")

    return PIECE.sub(kept, text)
