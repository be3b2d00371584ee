"""The colours of code in the book: four hues at most, quiet beside the text, with a contrast of 4.5 : 1 or more."""

from __future__ import annotations

from typing import ClassVar

from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Name, Number, Operator, Punctuation, String, Token


def colours(text: str, quiet: str, keyword: str, string: str, number: str, name: str, error: str) -> dict[object, str]:
    return {
        Token: text,
        Comment: f"italic {quiet}",
        Keyword: keyword,
        Keyword.Constant: number,
        Operator.Word: keyword,
        Operator: text,
        Punctuation: text,
        String: string,
        String.Interpol: number,
        Number: number,
        Name.Function: name,
        Name.Class: name,
        Name.Decorator: name,
        Name.Builtin: text,
        Generic.Prompt: quiet,
        Generic.Output: quiet,
        Generic.Error: error,
        Error: error,
    }


class Light(Style):
    background_color = "#f7f5f0"
    styles: ClassVar = colours("#24292f", "#6a6457", "#7b3f8c", "#2f6a3c", "#9a4b12", "#1f5a8a", "#b3261e")


class Dark(Style):
    background_color = "#1d2125"
    styles: ClassVar = colours("#d9dce0", "#949aa2", "#c9a0dc", "#9cc7a0", "#e0ae7c", "#8fbce0", "#f2938c")
