"""What the tests of examples/ share."""
import atexit
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from skep_cli import DEADLINE, OBJECTS, SkepTest, ids_held_by

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = pathlib.Path(os.environ["SKEP_EXAMPLES"])

# One for all tests of a file: printing vmlinux.h takes longer than most of them.
CACHE = tempfile.mkdtemp(prefix="skep-examples-")
atexit.register(shutil.rmtree, CACHE)


def source(name, folder=None):
    """Where the kernel's side of an example is: `xdp_ping` lies in examples/xdp-ping/."""
    return EXAMPLES / (folder or name.replace("_", "-")) / f"{name}.bpf.c"


def table(text):
    """The rows of a table as `skep run` prints it: what stands under each heading. Only the last column
    may hold spaces."""
    out, names = [], []
    for line in text.splitlines():
        words = line.split()
        if words and all(word == word.upper() and word[0].isalpha() for word in words):
            names = [word.lower() for word in words]
        elif words and names:
            out.append(dict(zip(names, line.split(maxsplit=len(names) - 1))))
    return out


class ExampleTest(SkepTest):

    def setUp(self):
        super().setUp()
        self.env["XDG_CACHE_HOME"] = CACHE

    def show_example(self, name, *arguments, folder=None):
        """`skep run` of the source as people run it, up to where it says that it is attached."""
        return self.start("run", source(name, folder), *arguments)

    def show_object(self, name, *arguments):
        """The same of what was compiled beforehand."""
        return self.start("run", OBJECTS / f"{name}.bpf.o", *arguments)

    def end_and_show(self, process):
        """Ends it as Ctrl-C does; what it printed."""
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        return out

    def start_program(self, name, *arguments, until):
        """A program of an example's main.cpp, once it has said that word on standard error."""
        process = subprocess.Popen([PROGRAMS / name, *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.env)
        self.addCleanup(self.end, process)
        self.head = self.wait_for(process, until.encode())
        return process

    def end_program(self, process, number=signal.SIGINT):
        """What it printed, and the last line of what it said on standard error."""
        code, out, errors = self.interrupt(process, number)
        self.assertEqual(code, 0, errors)
        return out, errors.strip().split("\n")[-1]

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
        expected.txt `*` stands for one word, or for one function of a stack, and `**` for the rest of a
        line."""
        expected = (EXAMPLES / name / "expected.txt").read_text().splitlines()
        lines = iter(printed.splitlines())
        for wanted in expected:
            if not wanted or wanted.startswith("$ "):
                continue
            words = [{"*": r"\S+", "**": ".*"}.get(word, re.escape(word).replace(r";\*;", r";[^;\s]+;"))
                     for word in wanted.split()]
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
