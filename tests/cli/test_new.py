"""`skep new`: a project to begin with. That it builds, and what it then shows: tests/install."""
import json
import os
import socket
import subprocess
import tempfile
import unittest

from skep_cli import SkepTest

COMMON = {"CMakeLists.txt", "README.md", ".clangd", ".gitignore", "main.cpp"}
KINDS = ("tracepoint", "xdp", "uprobe")


class New(SkepTest):
    def new(self, *arguments):
        return self.skep("new", *arguments, cwd=self.work)

    def test_each_kind_writes_both_sides(self):
        for kind in KINDS:
            done = self.new(f"my_{kind}", "--kind", kind)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"cd my_{kind}", done.stdout)
            files = {path.name: path.read_text() for path in (self.work / f"my_{kind}").iterdir()}
            self.assertEqual(set(files), COMMON | {f"my_{kind}.bpf.c"})
            for name, text in files.items():
                self.assertNotRegex(text, r"NAME|@[A-Z]+@", name)
            self.assertIn(f'#include "my_{kind}.skel.hpp"', files["main.cpp"])
            self.assertIn(f"skep_bpf_object(my_{kind} my_{kind}.bpf.c)", files["CMakeLists.txt"])

    def test_a_tracepoint_is_what_it_begins_as(self):
        self.assertEqual(self.new("plain").returncode, 0)
        self.assertIn('SEC("tp/', (self.work / "plain/plain.bpf.c").read_text())

    def test_the_last_part_of_a_path_is_the_name(self):
        for path, name in (("agents/eu/watcher", "watcher"), ("slash/", "slash"), ("./dots/../dots", "dots")):
            self.assertEqual(self.new(path).returncode, 0)
            self.assertTrue((self.work / path.split("../")[-1] / f"{name}.bpf.c").exists(), path)
        (self.work / "inside").mkdir()
        self.assertEqual(self.skep("new", ".", cwd=self.work / "inside").returncode, 0)
        self.assertTrue((self.work / "inside/inside.bpf.c").exists())

    def test_nothing_is_overwritten(self):
        folder = self.work / "mine"
        folder.mkdir()
        (folder / "main.cpp").write_text("mine\n")
        (folder / ".clangd").symlink_to("nowhere")
        self.fails(self.new("mine"), 1, r"main\.cpp", r"\.clangd", "Nothing was written")
        self.assertEqual((folder / "main.cpp").read_text(), "mine\n")
        self.assertEqual({path.name for path in folder.iterdir()}, {"main.cpp", ".clangd"})
        (folder / "main.cpp").rename(folder / "other.cpp")
        (folder / ".clangd").unlink()
        self.assertEqual(self.new("mine").returncode, 0)

    def test_names_that_cannot_be(self):
        for name, why in (("a-b", "no identifier"), ("2go", "no identifier"), ("größe", "no identifier"),
                          ("class", "keyword"), ("restrict", "means something"), ("std", "means something"),
                          ("test", "CMake"), ("time", "libc"), ("_x", "reserved"), ("x" * 65, "64 characters"), ("/", "empty")):
            before = set(self.work.iterdir())
            self.fails(self.new(name), 2, why, "skep new hello")
            self.assertEqual(set(self.work.iterdir()), before)

    def test_wrong_usage(self):
        self.fails(self.new(), 2, "NAME")
        self.fails(self.new("x", "--kind", "kretprobe"), 2, "kretprobe", "skep new --help")
        self.fails(self.skep("new", "/proc/nowhere"), 1, "/proc/nowhere")

    def test_help_names_the_kinds(self):
        text = self.skep("new", "--help").stdout
        for word in (*KINDS, "Examples"):
            self.assertIn(word, text)

    def test_completion_knows_the_kinds(self):
        script = self.skep("completion").stdout
        words = (f"PATH={os.path.dirname(os.environ['SKEP'])}:$PATH\n{script}\nCOMP_WORDS=(skep new x --kind '')\nCOMP_CWORD=4\n"
                 "_skep\necho ${COMPREPLY[@]}")
        out = subprocess.run(["bash", "-c", words], capture_output=True, text=True, env=self.env)
        self.assertEqual(out.stdout.split(), list(KINDS), out.stderr)


class RunsFromSource(SkepTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.shared.cleanup)

    def setUp(self):
        super().setUp()
        self.env["XDG_CACHE_HOME"] = self.shared.name  # vmlinux.h is printed once

    def project(self, kind):
        self.skep("new", self.work / "first", "--kind", kind)
        return self.work / "first/first.bpf.c"

    def test_tracepoint(self):
        run = self.start("run", self.project("tracepoint"), "--target-parent", str(os.getpid()), "-o", "json")
        subprocess.run(["/bin/true"], check=True)
        code, out, err = self.interrupt(run)
        self.assertEqual(code, 0, err)
        self.assertIn("/bin/true", [row["path"] for row in self.rows(out)])

    def test_uprobe(self):
        run = self.start("run", self.project("uprobe"), "--target-pid", str(os.getpid()), "-o", "json")
        socket.getaddrinfo("localhost", 80)
        code, out, err = self.interrupt(run)
        self.assertEqual(code, 0, err)
        self.assertEqual({row["host"] for row in self.rows(out)}, {"localhost"})

    def test_xdp(self):
        plan = self.skep("plan", self.project("xdp"))
        self.assertIn("count_packets", plan.stdout)
        run = self.start("run", self.work / "first/first.bpf.c", "--iface", "lo")
        shown = subprocess.run(["ip", "-j", "link", "show", "lo"], capture_output=True, text=True, check=True)
        self.assertIn("xdp", json.loads(shown.stdout)[0])
        self.assertEqual(self.interrupt(run)[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
