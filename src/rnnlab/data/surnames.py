"""Surnames in fifteen languages."""

from __future__ import annotations

import importlib

import pandas as pd

from rnnlab.data.romanisation import romanised
from rnnlab.data.source import Source

ORIGIN = "Lists of surnames by language, as the package Faker carries them under MIT."

# language: Faker's name of the list, SHA-256 of its file (the same from Faker 40.0.0 to 40.54.0)
_LISTS = {
    "Croatian": ("hr_HR", "723e1e6c5a4e1be414229c9b8c31bbb2f165af017ce13788c4148a34f6ca6007"),
    "Czech": ("cs_CZ", "e9eadc3051b4cbbae77393034f284fdbd53a31c85241a9dd274d04917007a177"),
    "Dutch": ("nl_NL", "054ba4b04f4d9c40c58315c689d5b3c2f9a529de136678672bf240ef5924a4aa"),
    "English": ("en_US", "6f8e0ea280dd8875f06c804c1855c7da01df8db04d51f16be1877aa11c3bfe58"),
    "Estonian": ("et_EE", "c13c78745721c2f176a105bf83eb7e724cc0dd030f241ba2ca19cd0c4c6f5646"),
    "Finnish": ("fi_FI", "70ef5044d206618fc109bc83af960a4a64bac17de2c8eb92324fdb4de2408d4f"),
    "French": ("fr_FR", "157a646f0d6b68eae1a785c9bb9b2e225e1af4854f96c7281264bacf2876bee7"),
    "German": ("de_DE", "42e20fb0daf2ccd4210fedfc94cb6274410cc2e04a8021f5f53ad178b24ed602"),
    "Greek": ("el_GR", "2d0df25197450b89aab3d19ef03929e168fb9ca15e5d28518630bf2bf0575c83"),
    "Irish": ("ga_IE", "fb888cbbb8186b9b93adb3f4c7a43ece40d137f3102a6a5195dd5db55bdac15f"),
    "Italian": ("it_IT", "ad7684dc9255ba5de7549158eafb22cb2f19029584d4bd6c2b7e89e7726a0717"),
    "Russian": ("ru_RU", "94e8ce062bf1eb619935ca88d4d45c7d8f1d7c70d778e3e7b503817e942006c3"),
    "Slovak": ("sk_SK", "c442f10dea7b3ee41400cdfda3e053971592a2bc9c725faf16abdd907e48deef"),
    "Spanish": ("es_ES", "f37eb83dad277784785de028cc5971c24976f643bf20b695507a0cb8c49b3b40"),
    "Swedish": ("sv_SE", "46789170256d15f145de3fb6474fb7b51be0c99ba184fc922d2dffb13ec274e8"),
}
LANGUAGES = tuple(sorted(_LISTS))


def surnames() -> pd.DataFrame:
    """One row a name and language, by language and then in the order of its list; three columns.

    | column | what it is |
    | --- | --- |
    | language | one of `LANGUAGES` |
    | name | as the list writes it, Greek and Russian in their own scripts |
    | letters | the same in a–z, space, apostrophe and hyphen, lower case, without accents (`romanised`) |

    The lists differ in size: Irish 2,379, Slovak 1,771, Greek 1,436, Italian 1,164, Spanish 1,085, Dutch 1,073, English
    1,000, Croatian 799, Russian 500, Swedish 500, German 404, Finnish 400, French 400, Estonian 380, Czech 200. Of
    the Estonian list's 495 names, the 115 that stand in its Russian half alone are left out. A name that a list has
    twice counts once; how common a name is, where a list says so, is left out.

    What to know before learning from them:
    - A list is a country's, not a language's: 145 of the English names (United States) are also on the Spanish list.
      Siblings overlap most: 64 of the 200 Czech names are also Slovak. The same letters in two languages have no right
      answer.
    - Greek, Russian, Czech and Slovak have a man's and a woman's form of a name (Smirnov, Smirnova), Irish has prefixes
      (Mac, Ó): a split that ignores it tests what it trained on. `tasks.surname_languages` handles all three.
    - Script and accents tell a language at a glance; `letters` leaves only the order of the letters.

    `attrs` holds name and origin.
    """
    rows = [(language, name) for language in LANGUAGES for name in dict.fromkeys(_listed(language))]
    table = pd.DataFrame(rows, columns=["language", "name"])
    table["letters"] = [romanised(_in_reading_order(name)) for name in table["name"]]
    table.attrs = {"name": "surnames", "origin": ORIGIN}
    return table


def source(language: str) -> Source:
    """The file of one language's list."""
    locale, sha256 = _LISTS[language]
    return Source("faker", "40.54.0", f"providers/person/{locale}/__init__.py", sha256, ORIGIN)


def _listed(language: str) -> list[str]:
    source(language).path()  # verified before any of it runs; importing it draws no random number
    provider = importlib.import_module(f"faker.providers.person.{_LISTS[language][0]}").Provider
    return list(provider.last_names_est if language == "Estonian" else provider.last_names)


def _in_reading_order(name: str) -> str:
    """From "Bourgondië, van" to "van Bourgondië"."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name
