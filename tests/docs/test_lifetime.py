"""Each row of docs/lifetime.md about the kernel names the tests that hold it, and they are there."""
import pathlib
import re
import unittest

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.cpp"))
CASES = {".".join(case) for case in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", SOURCES, re.M)}
SCRIPTS = {f"{path.parent.name}.{path.stem}" for path in (ROOT / "tests").rglob("test_*.py")}


class Lifetime(unittest.TestCase):
    def test_each_row_has_its_tests(self):
        tables = [block for block in markdown.blocks((ROOT / "docs/lifetime.md").read_text()) if block.kind == "table"]
        self.assertEqual(len(tables), 3)
        for line in tables[0].lines[2:] + tables[1].lines[2:]:
            tests = markdown.spans(markdown.cells(line)[2])
            self.assertTrue(tests, line)
            self.assertLessEqual(set(tests), CASES | SCRIPTS, line)
        for name in re.findall(r"\(`(\w+\.\w+)`\)", "\n".join(tables[2].lines)):
            self.assertIn(name, CASES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
