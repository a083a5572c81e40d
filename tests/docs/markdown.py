"""The little of Markdown that the documents use, as blocks."""
import dataclasses
import re


@dataclasses.dataclass
class Block:
    kind: str  # heading, code, table, list, paragraph
    lines: list
    number: int  # of its first line in the file
    language: str = ""  # of fenced code


def _kind(line):
    for kind, pattern in (("heading", "#"), ("table", r"\|"), ("list", r"(-|\d+\.) "), ("code", "    ")):
        if re.match(pattern, line):
            return kind
    return "paragraph"


def blocks(text):
    """In order. Code may be fenced or indented; what is indented behind a list belongs to the list."""
    out, lines, at = [], text.splitlines(), 0
    while at < len(lines):
        start, line = at, lines[at]
        if not line.strip() or re.fullmatch(r"<!--.*-->", line.strip()):
            at += 1
        elif line.startswith("```"):
            at = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```")) + 1
            out.append(Block("code", lines[start + 1:at - 1], start + 2, line[3:].strip()))
        elif _kind(line) == "heading":
            out.append(Block("heading", [line], start + 1))
            at += 1
        elif _kind(line) == "code":
            while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
                at += 1
            code = [text[4:] for text in lines[start:at]]
            while code and not code[-1].strip():
                code.pop()
            out.append(Block("code", code, start + 1))
        else:
            kind = _kind(line)
            while at < len(lines) and lines[at].strip() and not lines[at].startswith(("```", "#")):
                if at > start and kind == "paragraph" and _kind(lines[at]) in ("table", "list"):
                    break
                at += 1
            out.append(Block(kind, lines[start:at], start + 1))
    return out


def cells(line):
    """Of a row of a table; a | in code is none of its bars, when it is escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def links(text):
    """Outside of code."""
    prose = "\n".join("\n".join(block.lines) for block in blocks(text) if block.kind != "code")
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", prose))


def spans(text):
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)
