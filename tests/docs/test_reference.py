"""The reference (`make docs`) is made without a warning, and says something of every class and function
of include/skep. Constructors, destructors, operators and members of structs may speak for themselves."""
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parents[2]


def says_nothing(element):
    return not any("".join(element.find(part).itertext()).strip() for part in ("briefdescription", "detaileddescription"))


def speaks_for_itself(function, owner):
    name = function.findtext("name")
    return name == owner.split("::")[-1].split("<")[0] or name.startswith(("~", "operator")) or name in ("begin", "end")


class Reference(unittest.TestCase):
    maxDiff = None

    def test_everything_is_documented_without_a_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            settings = (ROOT / "docs/Doxyfile").read_text() + f"OUTPUT_DIRECTORY = {folder}\nGENERATE_XML = YES\n"
            done = subprocess.run(["doxygen", "-"], input=settings, cwd=ROOT, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            missing, seen = [], 0
            for path in pathlib.Path(folder, "xml").glob("*.xml"):
                for compound in tree.parse(path).getroot().iter("compounddef"):
                    if compound.get("kind") not in ("class", "struct", "namespace", "concept"):
                        continue
                    owner = compound.findtext("compoundname")
                    if compound.get("prot") == "private":
                        continue
                    if compound.get("kind") != "namespace" and says_nothing(compound):
                        missing.append(owner)
                    for function in compound.iter("memberdef"):
                        if function.get("kind") != "function" or function.get("prot") != "public":
                            continue
                        seen += 1
                        if says_nothing(function) and not speaks_for_itself(function, owner):
                            where = function.find("location")
                            missing.append(f"{where.get('file')}:{where.get('line')}: {owner}::{function.findtext('name')}")
            self.assertEqual(sorted(set(missing)), [])
            self.assertGreater(seen, 250)


if __name__ == "__main__":
    unittest.main(verbosity=2)
