"""What the documents link to is there: files of the tree, and headings in them."""
import pathlib
import re
import unittest

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def anchors(path):
    """As GitHub makes them of headings."""
    headings = [block.lines[0].lstrip("# ") for block in markdown.blocks(path.read_text()) if block.kind == "heading"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class Links(unittest.TestCase):
    def test_each_leads_somewhere(self):
        self.assertGreater(len(DOCUMENTS), 8)
        for document in DOCUMENTS:
            for link in markdown.links(document.read_text()):
                if re.match(r"[a-z]+://", link):
                    continue
                path, _, anchor = link.partition("#")
                target = (document.parent / path).resolve() if path else document
                self.assertTrue(target.exists(), f"{document.relative_to(ROOT)}: {link}")
                if anchor:
                    self.assertIn(anchor, anchors(target), f"{document.relative_to(ROOT)}: {link}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
