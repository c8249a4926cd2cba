"""One paragraph of hostile Markdown, made safe: no HTML, no image, no link but to the web.

What parsers may read in different ways is read as text, and is escaped. So a code span counts
only where all of them agree: it is on one line, and so are all others of the paragraph, and no
formula can reach into it. JupyterLab takes formulas out before it parses Markdown (`removeMath`
in rendermime's latex.ts), and nbconvert looks for them before code.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter

_URL = r"[^\x00-\x20<>()\[\]\"`\\$|{}^\x7f-\xa0\u2028\u2029]"
_SCHEME = r"(?:https?://|mailto:)"
_ADDRESS = rf"(?:{_SCHEME}(?:{_URL}|\({_URL}*\))+|<{_SCHEME}(?:{_URL}|[()])+>)"
_TITLE = r"(?:[ \t]+\"[^\"\n<>`\\$|&@\[\]]*\")?"
_MARKER = r"(?:[ \t]*(?:>|(?:[-*+:]|\d{1,9}[.)]|\[[ xX]\]|\[\^[^\]\s]+\]:)(?=[ \t])))*[ \t]*"

_DANGER = re.compile(
    rf"(?P<address><{_SCHEME}{_URL}+>)"
    r"|(?P<tag>\\*<(?=[A-Za-z/!?]))"
    r"|(?P<image>\\*!+(?=\[))"
    rf"|(?P<link>\]\((?P<target>{_ADDRESS}{_TITLE}[ \t]*\))?)"
    r"|(?P<definition>\]:)"
    r"|(?P<at>\\@)",  # JupyterLab puts a formula back where it finds @@0@@
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    rf"\]:[ \t]+{_ADDRESS}{_TITLE}[ \t]*(?=\n|\Z)(?!\n[ \t>]*[\"'(])", re.IGNORECASE
)
_FOOTNOTE = re.compile(r"\]:[ \t]+[^\s<\[$\\]+[ \t]+[^\s\"'($\\]")
_LABEL = re.compile(rf"{_MARKER}[!\\]*\[(?P<note>\^)?[^\[\]]*")
_LONGEST_LABEL = 1000
_OPEN_LABEL = re.compile(rf"^({_MARKER})\[(?=(?:\\.|[^\]\\\n])*$)", re.MULTILINE)

# A formula in the address of a link would bring its quotes into the attribute.
_WORD = re.compile(r"\S+")
_LONGEST_WORD = 300
_WEB = re.compile(r"://|www\.", re.IGNORECASE)

_FORMULA = re.compile(
    r"\$\$[^$]+\$\$|\$[^$\n]+\$"
    r"|\\\((?:[^\\]|\\(?![()]))*\\\)|\\\[(?:[^\\]|\\(?![\[\]]))*\\\]"
)
_TICKS = re.compile(r"`+")
_DOUBT = re.compile(r"```|~~|[\\~]`|`~|\\\$|\$\$|\\\\[()\[\]]|\\begin\{|\\end\{|@@")
_BRACKETS = re.compile(r"\][(\[:]")
_DELIMITERS = re.compile(r"^(?=[^\n]*-)[ \t>|:+*-]+$", re.MULTILINE)
_DOLLARS = re.compile(r"\$([^$`\n]*)\$")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end` in a text."""

    start: int
    end: int

    def cut(self, text: str) -> str:
        """That part of the text."""
        return text[self.start : self.end]


def safe_paragraph(text: str, *, definitions: bool = True) -> str:
    """The paragraph with nothing in it that loads or runs.

    `definitions` is whether a definition of a link may end below the paragraph: then a label that
    is open at its end is text.
    """
    formulas = _find_formulas(text)
    parts, done = [], 0
    for span in find_code_spans(text):
        parts += [_defuse_prose(text, Span(done, span.start), formulas), span.cut(text)]
        done = span.end
    safe = "".join([*parts, _defuse_prose(text, Span(done, len(text)), formulas)])
    return _OPEN_LABEL.sub(r"\1&#91;", safe) if definitions else safe


def find_code_spans(text: str) -> list[Span]:
    """The code spans of a paragraph; none where parsers may disagree on one of them."""
    if "`" not in text or _DOUBT.search(text):
        return []
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        ticks = list(_TICKS.finditer(text, line.start(), line.end()))
        if len(ticks) % 2:
            return []
        pairs = list(zip(ticks[::2], ticks[1::2], strict=True))
        if any(len(opening[0]) != len(closing[0]) for opening, closing in pairs):
            return []
        spans += [Span(opening.start(), closing.end()) for opening, closing in pairs]
    return spans if _agreed(text, spans) else []


def _agreed(text: str, spans: list[Span]) -> bool:
    codes = [span.cut(text) for span in spans]
    ends = [0, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), len(text)]
    prose = "`".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    if any(_in_address(text, span) for span in spans):
        return False
    if "[" in prose and any(map(_BRACKETS.search, codes)):
        return False  # a label may be looked for before code is
    if any("|" in code for code in codes) and _DELIMITERS.search(text):
        return False  # a table's cells end at a bar, in code too
    return _dollars_agreed(prose, codes)


def _in_address(text: str, span: Span) -> bool:
    """Whether an address may run into the code, as GitHub's and marked's do."""
    word = text[max(0, span.start - _LONGEST_WORD) : span.start].split()[-1:]
    return bool(word) and (len(word[0]) == _LONGEST_WORD or _WEB.search(word[0]) is not None)


def _dollars_agreed(prose: str, codes: list[str]) -> bool:
    """Whether no formula can reach from one dollar sign into code and to another."""
    if "$" not in prose:
        return True
    if any("$" in code for code in codes):
        return False
    formulas = _DOLLARS.findall(prose)
    balanced = all(formula.count("{") == formula.count("}") for formula in formulas)
    return prose.count("$") == 1 or (balanced and "$" not in _DOLLARS.sub("", prose))


def _find_formulas(text: str) -> list[Span]:
    if "<" not in text:
        return []
    spans = [Span(*found.span()) for found in _FORMULA.finditer(text)]
    begin, end = text.find("\\begin{"), text.rfind("\\end{")
    # What stands between is one formula, whatever it holds.
    return [Span(begin, end)] if 0 <= begin < end else spans


def _defuse_prose(text: str, prose: Span, formulas: list[Span]) -> str:
    parts, done = [], prose.start
    for found in _DANGER.finditer(text, prose.start, prose.end):
        last = bisect_right(formulas, found.start(), key=attrgetter("start")) - 1
        formula = last >= 0 and found.start() < formulas[last].end
        parts += [text[done : found.start()], _defuse(found, formula=formula)]
        done = found.end()
    return _defuse_addresses("".join([*parts, text[done : prose.end]]))


def _defuse(found: re.Match[str], *, formula: bool) -> str:
    whole = found[0]
    match found.lastgroup:
        case "tag":
            # An entity in a formula would be shown as it is.
            return f"{whole} " if formula else f"{_unescaped(whole[:-1])}&lt;"
        case "image":
            bars = whole.rstrip("!")
            return f"{_unescaped(bars)}&#33;" if bars else ""
        case "link":
            return whole if found["target"] else "] ("
        case "definition":
            return whole if _is_safe_definition(found) else "] :"
        case "at":
            return "&#64;"
        case _:
            return whole


def _unescaped(backslashes: str) -> str:
    """The backslashes before a character that is no longer one to escape."""
    return backslashes[: len(backslashes) // 2 * 2]


def _is_safe_definition(found: re.Match[str]) -> bool:
    """Whether what stands before and after `]:` defines no link, or one to the web."""
    text, at = found.string, found.start()
    line = text.rfind("\n", max(0, at - _LONGEST_LABEL), at) + 1
    if line or at < _LONGEST_LABEL:
        before = text[line:at]
        label = _LABEL.fullmatch(before)
        if "[" in before and not label:
            return True
        if label and label["note"] and _FOOTNOTE.match(text, at):
            return True
    return _DEFINITION.match(text, at) is not None


def _defuse_addresses(text: str) -> str:
    if ("$" in text or "\\" in text) and _WEB.search(text):
        return _WORD.sub(_defuse_word, text)
    return text


def _defuse_word(found: re.Match[str]) -> str:
    word = found[0]
    if ("$" in word or "\\" in word) and _WEB.search(word):
        return word.replace("$", "&#36;").replace("\\", "&#92;")
    return word
