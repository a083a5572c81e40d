"""What the tests of examples/ share."""
import json
import os
import pathlib
import re
import subprocess

from skep_cli import DEADLINE, OBJECTS, SkepTest, ids_held_by

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = pathlib.Path(os.environ["SKEP_EXAMPLES"])


def source(name):
    """Where the kernel's side of an example is: `xdp_ping` lies in examples/xdp-ping/."""
    return EXAMPLES / name.replace("_", "-") / f"{name}.bpf.c"


class ExampleTest(SkepTest):

    def run_example(self, name, *arguments):
        """`skep run` of the source, with rows as JSON, up to where it says that it is attached."""
        return self.start("run", source(name), *arguments, "-o", "json")

    def run_object(self, name, *arguments):
        """The same of what was compiled beforehand."""
        return self.start("run", OBJECTS / f"{name}.bpf.o", *arguments, "-o", "json")

    def end_and_read(self, process):
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        return self.rows(out)

    def assert_as_expected(self, name, printed):
        """That it printed what the example's expected.txt shows, below its `$ ` lines: every line of that,
        in that order, others between them do not matter (other people's programs run here, too). In
        expected.txt `*` stands for one word, and `**` for the rest of a line."""
        expected = (EXAMPLES / name / "expected.txt").read_text().splitlines()
        lines = iter(printed.splitlines())
        for wanted in expected:
            if not wanted or wanted.startswith("$ "):
                continue
            words = [{"*": r"\S+", "**": ".*"}.get(word, re.escape(word)) for word in wanted.split()]
            pattern = re.compile(r"\s*" + r"\s+".join(words) + r"\s*")
            self.assertTrue(any(pattern.fullmatch(line) for line in lines),
                            f"no line {wanted!r}, or not in that place, in:\n{printed}")

    def values(self, process, name):
        """All keys and values of the map of that name that the process holds, as bpftool reads them."""
        for number in ids_held_by(process.pid)["map"]:
            shown = json.loads(run("bpftool", "-j", "map", "show", "id", number))
            if shown.get("name") == name[:15]:
                dump = json.loads(run("bpftool", "-j", "map", "dump", "id", number))
                return {row["formatted"]["key"]: row["formatted"].get("value", row["formatted"].get("values"))
                        for row in dump}
        self.fail(f"process {process.pid} holds no map '{name}'")


def run(*command, **options):
    """The command's output; its failure is an exception."""
    options.setdefault("timeout", DEADLINE)
    done = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, **options)
    return done.stdout
