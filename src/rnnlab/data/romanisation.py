"""Greek and Russian names in Latin letters, and every Latin name in the 26 of English."""

from __future__ import annotations

import re
import unicodedata

# Russian: ICAO Doc 9303, part 3, what stands in the machine-readable line of a passport
# Greek: ELOT 743 (ISO 843, type 2), letters first, then the pairs that are not read letter by letter
_ONE = dict(
    zip("абвгдезиклмнопрстуфыэαβγδεζηικλμνξοπρσςτυφω", "abvgdeziklmnoprstufyeavgdeziiklmnxoprsstyfo", strict=True)
)
_MORE = {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ь": "", "ю": "iu", "я": "ia"}
_MORE |= {"θ": "th", "χ": "ch", "ψ": "ps", "ß": "ss", "đ": "d"}
_LETTERS = str.maketrans(_ONE | _MORE)
_GREEK_PAIRS = (
    (re.compile("ου"), "ou"),
    (re.compile("([αεη])υ(?=[αεηιουωβγδζλμνρ])"), r"\1v"),  # before a vowel or a voiced consonant
    (re.compile("([αεη])υ"), r"\1f"),
    (re.compile("γ(?=[γξχ])"), "n"),
    (re.compile(r"\bμπ|μπ\b"), "b"),
)


def romanised(name: str) -> str:
    """A name in a–z, space, apostrophe and hyphen, lower case: "Αβαγιανός" → "avagianos", "Щукин" → "shchukin".

    Accents go, those of й and ё too (both standards write i and e); ß becomes ss; other signs go. So neither script
    nor accents tell a language; the sequence of letters has to. Greek by ELOT 743, Russian by ICAO Doc 9303.
    """
    text = unicodedata.normalize("NFC", name).lower()
    text = re.sub("[ϋΰ]|(?<=[άέήό])υ", "y", text)  # dots, or an accent before it, say that it makes no pair
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    for pair, letters in _GREEK_PAIRS:
        text = pair.sub(letters, text)
    return re.sub(r"[^a-z' -]", "", text.translate(_LETTERS)).strip()
