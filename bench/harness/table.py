"""Markdown."""


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    out += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(out) + "\n"


def goals_table(goals):
    return table(["goal", "wanted", "measured: median (least to most)", ""], [g.row() for g in goals]) if goals else ""


def section(title, body, goals, notes=""):
    parts = [f"## {title}\n", body.strip() + "\n"]
    if goals:
        parts.append(goals_table(goals))
    if notes:
        parts.append(notes.strip() + "\n")
    return "\n".join(parts)
