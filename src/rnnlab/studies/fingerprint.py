"""A fingerprint of the code that a trial runs: what it says, not how it is laid out."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical, encode

# What a rewording changes and a run does not: annotations, docstrings, positions; and what one Python version writes
# into its syntax tree and another leaves out.
UNHEARD = {"annotation", "returns", "ctx", "type_comment", "type_params", "kind"}


def fingerprint(trial: Callable[..., Any], held: dict[str, Any]) -> str:
    """Sixteen hexadecimal digits of SHA-256 over `held` and the code of `trial`, the same on every Python version.

    The code is the trial's own, and that of every function, class and constant which it names and which stands in its
    own file or in rnnlab.studies. The rest of rnnlab and other packages stand for themselves by their versions, which
    each record carries.
    """
    return hashlib.sha256(canonical({"held": held, "code": _code_of(trial)}).encode()).hexdigest()[:16]


def _code_of(trial: Callable[..., Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [(trial.__name__, trial)]
    while waiting:
        name, thing = waiting.pop()
        if name in found:
            continue
        thing = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(thing, types.FunctionType | type):
            tree = _tree(thing)
            found[name] = json.dumps(_plain(tree))
            waiting += _named_in(tree, thing, home=trial.__module__)
        else:
            found[name] = canonical(_constant(thing))
    return found


def _constant(thing: Any) -> Any:
    """A constant as JSON; what stands in it and is none (a function, a lock) by its name or its kind."""
    if isinstance(thing, Mapping):
        return {str(name): _constant(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [_constant(value) for value in thing]
    try:
        return encode(thing)
    except TypeError:
        return getattr(thing, "__qualname__", type(thing).__name__)


def _tree(thing: Any) -> ast.AST:
    try:
        source = inspect.getsource(thing)
    except (OSError, TypeError) as error:
        raise InputError(
            f"The source of {thing.__qualname__} cannot be read, so its records could not be told from another "
            "version's; define it in a file or in a notebook's cell."
        ) from error
    return ast.parse(textwrap.dedent(source)).body[0]


def _named_in(tree: ast.AST, thing: Any, home: str) -> Iterator[tuple[str, Any]]:
    """What the code names that belongs to the experiment: (its label, the thing itself)."""
    module = importlib.import_module(thing.__module__)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _belongs(node.module or "", home):
            source = importlib.import_module(node.module or "")
            for alias in node.names:
                yield _label(source.__name__, alias.name, home), getattr(source, alias.name)
        elif isinstance(node, ast.Name) and node.id in vars(module):
            value = vars(module)[node.id]
            owner = getattr(value, "__module__", None) or module.__name__
            if not isinstance(value, types.ModuleType) and _belongs(owner, home) and value is not thing:
                yield _label(owner, node.id, home), value
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            whole = vars(module).get(node.value.id)
            if isinstance(whole, types.ModuleType) and _belongs(whole.__name__, home) and hasattr(whole, node.attr):
                yield _label(whole.__name__, node.attr, home), getattr(whole, node.attr)


def _label(module: str, name: str, home: str) -> str:
    """A file may be renamed: what stands in the trial's own goes by its name alone."""
    return name if module == home else f"{module}.{name}"


def _belongs(module: str, home: str) -> bool:
    return module == home or module.startswith("rnnlab.studies.")


def _plain(node: Any) -> Any:
    """A syntax tree as lists: no positions, no docstrings, nothing that is absent."""
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields: list[Any] = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list):
            value = [inner for inner in value if not _is_docstring(inner)]
        if name not in UNHEARD and value is not None and value != []:
            fields.append([name, _plain(value)])
    return fields


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
