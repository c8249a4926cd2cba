"""A model's Markdown made safe to render: nothing is fetched, nothing runs, and it reads well.

Raw HTML is escaped, images become links, only links to the web and to mail addresses stay links.
Code stays as it is only where all parsers agree that it is code: so each fenced block is found
here, and what another parser may take otherwise (JupyterLab's marked, with formulas taken out
first; nbconvert's mistune; GitHub's cmark; VS Code's markdown-it) is written again in a form that
they all read alike. Text that holds nothing dangerous is returned as it is.

Known hazards of the renderers, each with a test: JupyterLab 4.6 puts a fence's language into an
attribute without escaping it; nbconvert 7 does not sanitize, writes ```mermaid blocks as raw HTML
and lets `$$` run over blank lines and code; mermaid loads images.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocigenai_nb.core.safe_inline import safe_paragraph

_BREAK = re.compile("\r\n?|[\u0085\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_DANGER = re.compile(
    r"<[a-z/!?]|!\[|\]\(|\]:|mermaid|~~~|```[\w \t+#.-]*[^\w\s+#.`~-]", re.IGNORECASE | re.ASCII
)
_ADDRESS = re.compile(r"://|www\.|\\@", re.IGNORECASE)
_SPECIAL = re.compile(r"[<\[\]\\$]")

_MARKER = r"(?:[-*+:]|\d{1,9}[.)]|\[[ xX]\]|\[\^[^\]\s]+\]:)"
_FENCE = re.compile(
    rf"(?P<container>(?:[ \t]*(?:>|{_MARKER}(?=[ \t])))*)(?P<indent>[ \t]*)"
    r"(?P<fence>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)"
)
_TICKS = re.compile(rf"(?:[ \t]*(?:>|{_MARKER}(?=[ \t])))*[ \t]*(?=```)")
_INFO = re.compile(r"[ \t]?(?!(?i:mermaid))[\w+#.-]*[ \t]*", re.ASCII)
_LANGUAGE = re.compile(r"[\w+#.-]+", re.ASCII)
_QUOTE = re.compile(r" {0,3}>(?: ?>)*")
_LIST = re.compile(rf"[ \t>]*{_MARKER}(?:[ \t]|$)")
_ITEM = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) +(?=[^\s\[>])(?!(?:[-*+]|\d{1,9}[.)]) )")
_BARE_ITEM = re.compile(r"( *(?:[-*+]|\d{1,9}[.)])) *")
_INDENTED = re.compile(r" {4}|\t")
# What lets a formula, or mistune's list of definitions, run into code: blank lines stop them.
_RUNNING = re.compile(r"\$|\\\\[(\[]|\\begin\{|^[ \t>]*:[ \t]", re.MULTILINE)
_TERM = re.compile(r"^[ \t>]*:[ \t]", re.MULTILINE)
# What nbconvert takes out before it looks for code (MathBlockParser.MULTILINE_MATH).
_DISPLAYED = re.compile(
    r"(?<!\\)\$\$.*?(?<!\\)\$\$|\\\\\[.*?\\\\\]|\\begin\{([a-z]*\*?)\}.*?\\end\{\1\}", re.DOTALL
)
_OPENING = re.compile(r"\$\$|\\\\\[|\\begin\{")
_ENDS = ("$$", "\\\\]", "\\end{")
_MOST_OPENINGS = 40  # in one paragraph: each may look for its end up to the paragraph's end
_STRUCTURE = re.compile(r"^[ \t]*(?:[-*+>#=_~|:`]|\d+[.)])", re.MULTILINE)


_EMPTY_ROW = re.compile(r"\|[ \t]*\n[ \t]*\|[ \t]*\Z")


@dataclass(slots=True)
class _Block:
    """Lines that belong together: prose without a blank line, blank lines, or code.

    `source` is as it was, `lines` what is in it. Fenced code has the marks that its fence stood
    behind, its indentation there, and whether a fence closed it; indented code has no fence.
    `apart` is whether a blank line must come before it.
    """

    source: list[str]
    lines: list[str]
    fence: str = ""
    info: str = ""
    container: str = ""
    indent: int = 0
    closed: bool = True
    code: bool = True
    apart: bool = False


def safe_markdown(text: str) -> str:
    """The Markdown with raw HTML escaped, images as links, and no link but http(s) and mailto.

    It holds for a text that is cut anywhere, takes time in proportion to it, and never raises.
    """
    text = _CONTROLS.sub("", _BREAK.sub("\n", text))
    suspicious = _DANGER.search(text) or (
        ("$" in text or "\\" in text) and _ADDRESS.search(text) is not None
    )
    return _write(_read(text), text) if suspicious else text


def close_fence(text: str) -> str:
    """The Markdown with the code block closed that it may break off in: what follows is no code.

    The mark of a table's row that has not begun, which would be an empty row, is left out.
    """
    if "```" in text or "~~~" in text:
        blocks = _read(_CONTROLS.sub("", _BREAK.sub("\n", text)))
        if not all(block.closed for block in blocks):
            return _write(blocks, text)
    return _EMPTY_ROW.sub("|", text)


def _read(text: str) -> list[_Block]:
    """The blocks of a text."""
    lines = text.split("\n")
    blocks: list[_Block] = []
    at, listed = 0, False  # in a list, indented lines are no code
    while at < len(lines):
        block = _read_fenced(lines, at, listed=listed) or _read_prose(lines, at, listed=listed)
        if block.fence:
            block.apart = listed and bool(blocks) and not _fits(block, blocks[-1].source)
            listed = bool(block.container) or (listed and block.indent > 0)
        else:
            listed = _is_listed(block.source[0], listed=listed) or any(
                map(_LIST.match, block.source)
            )
        blocks.append(block)
        at += len(block.source)
    return blocks


def _is_listed(line: str, *, listed: bool) -> bool:
    """Whether lines after this first one of a paragraph may belong to an item of a list."""
    marked = _LIST.match(line) is not None
    return marked or (listed and (not line or line[0] in " \t"))


def _fits(block: _Block, lines: list[str]) -> bool:
    """Whether code stands where the text of the list's item stands: mistune needs that."""
    if block.container:
        return True
    if bare := _BARE_ITEM.fullmatch(lines[-1]):
        return min(len(bare[1]) + 1, 3) == block.indent
    for line in reversed(lines):
        if item := _ITEM.match(line):
            return len(item[0]) == block.indent
        if not line.startswith(" " * block.indent):
            break
    return False


def _read_fenced(lines: list[str], at: int, *, listed: bool) -> _Block | None:
    found = _find_fence(lines[at], listed=listed)
    if not found:
        return None
    container, indent = found["container"], len(found["indent"].expandtabs(4))
    width = len(found.string[: found.start("fence")].expandtabs(4))
    fence, info = found["fence"], found["info"]
    block = _Block([lines[at]], [], fence, info, container, indent, closed=False)
    for index in range(at + 1, len(lines)):
        line = lines[index]
        body = _strip_container(line, container, width)
        if body is None:
            break
        block.source.append(line)
        if _closes(body, block.fence, indent if not container else 0):
            block.closed = True
            break
        block.lines.append(body)
    if ">" in container and at + len(block.source) < len(lines):
        block.closed = True  # its quote ends
    return block


def _find_fence(line: str, *, listed: bool) -> re.Match[str] | None:
    """The fence that begins with the line; four spaces in, there is one in a list only."""
    found = _FENCE.fullmatch(line) if "```" in line or "~~~" in line else None
    if found and not listed and not found["container"]:
        return found if len(found["indent"].expandtabs(4)) < 4 else None
    return found


def _strip_container(line: str, container: str, width: int) -> str | None:
    """A line of code without the marks and spaces of what it stands in; None if it is outside."""
    if not container:
        return line
    if ">" not in container:
        spaces = len(line) - len(line.lstrip(" "))
        return line[min(spaces, width) :]
    marks = re.match(rf"[ \t]*(?:>[ \t]?){{1,{container.count('>')}}}", line)
    return line[marks.end() :] if marks else None


def _closes(line: str, fence: str, indent: int) -> bool:
    mark = line.strip(" \t")
    if not mark.startswith(fence) or mark.strip(fence[0]):
        return False
    return len(line) - len(line.lstrip()) <= indent + 3


def _read_prose(lines: list[str], at: int, *, listed: bool) -> _Block:
    end = at
    while end < len(lines) and not lines[end].strip(" \t"):
        end += 1
    if end > at:
        return _Block(lines[at:end], [""] * (end - at), code=False)
    code = not listed and (at == 0 or not lines[at - 1].strip(" \t"))
    listed = _is_listed(lines[at], listed=listed)
    while end < len(lines) and lines[end].strip(" \t"):
        listed = listed or _LIST.match(lines[end]) is not None
        if end > at and _find_fence(lines[end], listed=listed):
            break
        code = code and _INDENTED.match(lines[end]) is not None
        end += 1
    return _Block(lines[at:end], lines[at:end], code=code)


def _write(blocks: list[_Block], text: str) -> str:
    """The blocks as Markdown that all parsers read as they were read here."""
    apart = _RUNNING.search(text) is not None
    flat = _TERM.search(text) is not None
    last_definition = text.rfind("]:")
    last_end = max(map(text.rfind, _ENDS))
    out: list[str] = []
    at, after_fence = 0, False
    for block in blocks:
        end = at + sum(map(len, block.source)) + len(block.source)
        if block.fence:
            _write_fenced(out, block, apart=apart, flat=flat)
        else:
            if apart and after_fence and block.lines[0].strip():
                out.append("")
            prose = "\n".join(map(_unfence, block.lines) if apart else block.lines)
            if (flat or not block.code) and _SPECIAL.search(prose):
                prose = safe_paragraph(prose, definitions=last_definition >= at)
                prose = _quiet(prose) if last_end >= end else prose
            out.append(prose)
        after_fence, at = bool(block.fence), end
    return "\n".join(out)


def _unfence(line: str) -> str:
    """A line of prose that begins like a fence: without its formulas it may be one."""
    found = _TICKS.match(line)
    return f"{line[: found.end()]}&#96;{line[found.end() + 1 :]}" if found else line


def _write_fenced(out: list[str], block: _Block, *, apart: bool, flat: bool) -> None:
    """Write code; behind marks of a list or a quote it gets lines of its own where it must.

    `apart` sets it between blank lines. `flat` takes it out of what it is in: mistune takes
    indented lines for a part of a definition.
    """
    container = block.container
    if _QUOTE.fullmatch(container) and not apart and block.indent <= 4:
        prefix, apart = "> " * container.count(">") + " " * max(0, block.indent - 1), False
    elif container:
        if apart:
            _separate(out)
        out.append(safe_paragraph(container.rstrip()))
        inside = not flat and ">" not in container and "]:" not in container
        prefix = " " * min(len(container.expandtabs(4)) + 1, 3) if inside else ""
        apart = apart or not inside
    else:
        prefix = "" if flat else " " * block.indent
        apart = apart or block.apart or block.indent >= 4
    if apart:
        _separate(out)
    fence = _choose_fence(block)
    out.append(f"{prefix}{fence}{_safe_info(block.info)}")
    out += [_indent(line, prefix, block) for line in block.lines]
    out.append(prefix + fence)


def _separate(out: list[str]) -> None:
    if out and out[-1].strip():
        out.append("")


def _indent(line: str, prefix: str, block: _Block) -> str:
    """A line of code at least as far in as its fence: else some parsers end the block there."""
    if not line.strip(" \t"):
        return prefix.rstrip(" ") if block.container else line
    if block.container:
        return prefix + line
    if len(prefix) < block.indent:
        return line[min(block.indent, len(line) - len(line.lstrip(" "))) :]
    return line if line.startswith(prefix) else prefix + line.lstrip(" ")


def _choose_fence(block: _Block) -> str:
    """A fence that no line of the code can be taken for."""
    mark = block.fence[0]
    if not any(line.lstrip(" \t>").startswith(block.fence) for line in block.lines):
        return block.fence
    runs = re.findall(re.escape(mark) + "+", "\n".join(block.lines))
    return mark * (max(map(len, runs)) + 1)


def _safe_info(info: str) -> str:
    if _INFO.fullmatch(info):
        return info
    words = _LANGUAGE.findall(info)
    return "text" if not words or words[0].lower().startswith("mermaid") else words[0]


def _quiet(prose: str) -> str:
    """A paragraph in which no formula begins that nbconvert may find the end of further down."""
    if len(_OPENING.findall(prose)) <= _MOST_OPENINGS:
        whole = _OPENING.match(prose) and not _STRUCTURE.search(prose)
        if (whole and _is_quiet(prose)) or all(map(_is_quiet, prose.split("\n"))):
            return prose
    prose = prose.replace("$$", "&#36;&#36;").replace("\\\\[", "\\\\&#91;")
    return prose.replace("\\begin{", "\\begin&#123;")


def _is_quiet(text: str) -> bool:
    return not _OPENING.search(_DISPLAYED.sub("", text))
