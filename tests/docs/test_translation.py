"""README.zh-CN.md says what README.md says, as far as a program can tell: the same blocks in the same
order, the same commands and code but for comments, tables of the same size, the same links."""
import collections
import pathlib
import re
import unittest

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = [(ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md")]


def without_comment(line):
    """`#` or `//` behind code begins a comment."""
    return re.sub(r"(^|\s+)(#|//)\s.*$", "", line).rstrip()


class Translation(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.english, self.chinese = map(markdown.blocks, TEXTS)

    def pairs(self, kind):
        return [(a, b) for a, b in zip(self.english, self.chinese, strict=True) if a.kind == kind]

    def test_blocks_come_in_the_same_order(self):
        def outline(blocks):
            return [(block.kind, len(block.lines[0]) - len(block.lines[0].lstrip("#"))) for block in blocks]

        for a, b in zip(self.english, self.chinese):
            self.assertEqual(outline([a]), outline([b]), f"README.md:{a.number}, README.zh-CN.md:{b.number}")
        self.assertEqual(len(self.english), len(self.chinese))

    def test_code_is_the_same_but_for_comments(self):
        for a, b in self.pairs("code"):
            self.assertEqual([without_comment(line) for line in a.lines], [without_comment(line) for line in b.lines],
                             f"README.md:{a.number}")

    def test_each_comment_is_there(self):
        for a, b in self.pairs("code"):
            for line, other in zip(a.lines, b.lines):
                self.assertEqual(line == without_comment(line), other == without_comment(other), line)

    def test_tables_have_the_same_size_and_code(self):
        for a, b in self.pairs("table"):
            self.assertEqual(len(a.lines), len(b.lines), f"README.md:{a.number}")
            for line, other in zip(a.lines, b.lines):
                left, right = markdown.cells(line), markdown.cells(other)
                self.assertEqual(len(left), len(right), line)
                for cell, translated in zip(left, right):
                    self.assertEqual(markdown.spans(cell), markdown.spans(translated), line)

    def test_texts_name_the_same_code_and_links(self):
        for kind in ("paragraph", "list", "table"):
            for a, b in self.pairs(kind)[1 if kind == "paragraph" else 0:]:  # the first links to the other
                for what in (markdown.spans, markdown.links):
                    self.assertEqual(collections.Counter(what("\n".join(a.lines))),
                                     collections.Counter(what("\n".join(b.lines))), f"README.md:{a.number}")

    def test_they_link_to_each_other(self):
        for text, other in zip(TEXTS, ("README.zh-CN.md", "README.md")):
            self.assertEqual(markdown.links(text)[0], other)

    def test_it_is_chinese(self):
        for a, b in self.pairs("paragraph")[1:]:
            self.assertRegex("\n".join(b.lines), "[\u4e00-\u9fff]", f"README.zh-CN.md:{b.number}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
