"""Sums: an arithmetic expression found in a prompt, and its value."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from ocigenai_nb.emulator.brain.talk import Talk

_WORDS: Final = (
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\b(?:times|multiplied by)\b|[\u00d7\u00b7]", "*"),
    (r"\bdivided by\b|÷", "/"),
    (r"\bto the power of\b|\^", "**"),
    (r"(?<![\d.])(\d{1,30}(?:\.\d{1,30})?)\s{0,9}(?:%|percent)\s{1,9}of\s{1,9}", r"\1 / 100 * "),
    (r"(?<=\d),(?=\d{3}\b)", ""),
)
_SUM: Final = re.compile(r"\b(?:sum of|add(?: up)?)\D{1,20}?(\d+) (?:and|to) (\d+)", re.IGNORECASE)
_ONLY_VALUE: Final = re.compile(
    r"\b(?:only|just) (?:with )?(?:the |a )?(?:number|result|answer|value|digits?)\b"
    r"|\bnumber only\b",
    re.IGNORECASE,
)
_EXPRESSION: Final = re.compile(r"[\d(.-][\d\s.()*/+%-]{0,200}[\d)]")
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: operator.mod,
    ast.Pow: lambda a, b: _raise(a, b),  # noqa: PLW0108 - defined below
}


def calculate(talk: Talk) -> str | None:
    """Answer a sum."""
    expression = find_expression(_SUM.sub(r"\1 + \2", talk.prompt))
    if expression is None:
        return None
    try:
        value = write_number(_evaluate(ast.parse(expression, mode="eval").body))
        return value if _ONLY_VALUE.search(talk.prompt) else f"{expression} = {value}"
    except ZeroDivisionError:
        return f"{expression} has no value: it divides by zero."
    except (ValueError, OverflowError):
        return None


def evaluate(text: str) -> Fraction | None:
    """Return the value of a number or an arithmetic expression; ``None`` of anything else."""
    for pattern, symbol in _WORDS:
        text = re.sub(pattern, symbol, text, flags=re.IGNORECASE)
    try:
        return _evaluate(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, OverflowError, ZeroDivisionError):
        return None


def find_expression(text: str) -> str | None:
    """Return the first arithmetic expression in ``text`` that has an operator."""
    for pattern, symbol in _WORDS:
        text = re.sub(pattern, symbol, text, flags=re.IGNORECASE)
    for match in _EXPRESSION.finditer(text):
        candidate = match[0].strip()
        try:
            tree = ast.parse(candidate, mode="eval").body
        except SyntaxError:
            continue
        if isinstance(tree, ast.BinOp) and not _is_date(candidate):
            return " ".join(candidate.split())
    return None


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def _evaluate(node: ast.expr) -> Fraction:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(str(node.value))
    raise ValueError("not arithmetic")


def _raise(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > 64 or abs(base) > 10**6:
        raise OverflowError("too large to write down")
    return Fraction(base ** int(exponent))


def write_number(value: Fraction) -> str:
    """Return a number as people write it: whole, or with up to ten digits."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.10g}"
