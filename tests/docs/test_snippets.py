"""Code in the documents is code. Programs of the kernel's side are compiled, planned, loaded and attached; C++
is compiled against the headers that `skep gen` writes for them; lines that call skep name verbs and options
that it has.

A block that is a whole file says its name: ```c hello.bpf.c. A comment before a block may say
  <!-- with: TYPE NAME, … -->    what a fragment of C++ stands among
  <!-- from: FILE -->            it is a part of that one, which other tests compile and run
  <!-- refused -->        the program is refused, with the text of the block behind it
  <!-- not loaded: why -->       this kernel has not the hook"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKEP = os.environ["SKEP"]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What the command is called with besides its own options: parameters of the programs named.
PARAMETERS = {"--target-pid", "--target-parent"}


def run(*command, **options):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=400, **options)


def language(block):
    """Indented code does not say it."""
    if block.language:
        return block.language.split()[0]
    text = "\n".join(block.lines)
    if "find_package" in text:
        return "cmake"
    if re.search(r"SKEP_TRY|skep::", text):
        return "cpp"
    return "sh" if re.search(r"^(skep|make|eval) ", text, re.M) else ""


class Snippet:
    def __init__(self, document, before, block):
        self.where = f"{document.relative_to(ROOT)}:{block.number}"
        self.document, self.block = document, block
        self.language = language(block)
        self.name = (block.language.split() + ["", ""])[1]
        self.text = "\n".join(block.lines) + "\n"
        note = re.fullmatch(r"<!-- (with|from|refused|not loaded):? ?(.*?) *-->", before.strip())
        self.note, self.said = note.groups() if note else ("", "")


def all_snippets():
    for document in DOCUMENTS:
        lines = document.read_text().splitlines()
        for block in markdown.blocks(document.read_text()):
            if block.kind == "code":
                first = block.number - 1 - bool(block.language)  # of the block, with its fence
                before = next((line for line in reversed(lines[:first]) if line.strip()), "")
                yield Snippet(document, before, block)


SNIPPETS = list(all_snippets())
PROGRAMS = {snippet.name: snippet for snippet in SNIPPETS if snippet.language == "c"}


def clang(source, target, include):
    return run("clang-19", "-target", "bpf", "-mcpu=v3", "-g", "-O2", "-Wall", "-Werror", "-D__TARGET_ARCH_x86", f"-I{ROOT}/bpf",
               f"-I{include}", "-isystem", "/usr/include/x86_64-linux-gnu", "-c", source, "-o", target)


class KernelSide(unittest.TestCase):
    """One test, since all steps want the objects; the programs side by side."""

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        made = run(SKEP, "btf", "header", "-o", cls.work / "vmlinux.h")
        assert made.returncode == 0, made.stderr
        cls.pins = cls.work / "bpffs"
        cls.pins.mkdir()
        subprocess.run(["mount", "-t", "bpf", "bpf", cls.pins], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.pins], check=True)

    def failure(self, snippet):
        source, target = self.work / snippet.name, self.work / snippet.name.replace(".c", ".o")
        source.write_text(snippet.text)
        for done in (clang(source, target, self.work), run(SKEP, "plan", target)):
            if done.returncode != 0 or "poisoned" in done.stdout:
                return done.stdout + done.stderr
        header = run(SKEP, "gen", target, "-o", str(target).replace(".bpf.o", ".skel.hpp"))
        if header.returncode != 0 or snippet.note == "not loaded":
            return header.stderr
        # In a network of their own: an interface has one XDP program.
        places = ["--iface", "lo"] if "SEC(\"xdp\")" in snippet.text else []
        loaded = run("unshare", "-n", SKEP, "run", target, "--duration", "1ms", "--pin-root", self.pins, *places)
        if snippet.note != "refused":
            return "" if loaded.returncode == 0 else loaded.stderr
        text = SNIPPETS[SNIPPETS.index(snippet) + 1].text
        missing = [line for line in text.splitlines() if line not in loaded.stderr]
        return f"not said: {missing}; but: {loaded.stderr}" if missing or loaded.returncode != 1 else ""

    def test_programs_load_and_attach_or_are_refused_as_shown(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for snippet, failure in zip(PROGRAMS.values(), pool.map(self.failure, PROGRAMS.values())):
                with self.subTest(snippet.where):
                    self.assertEqual(failure, "")
        self.assertGreater(len(PROGRAMS), 10)
        self.check_user_side()

    def test_quotations(self):
        quotations = [snippet for snippet in SNIPPETS if snippet.note == "from"]
        for snippet in quotations:
            self.assertIn(snippet.text, (ROOT / snippet.said).read_text(), snippet.where)
        self.assertTrue(quotations)

    def check_user_side(self):
        """All C++ in one file, each piece in a namespace of its own; a line of … ends what came before."""
        includes, pieces = ["<cstdio>", "<unistd.h>", "<skep/skep.hpp>"], []
        includes += [f'"{name.replace(".bpf.c", ".skel.hpp")}"' for name in PROGRAMS]
        for number, snippet in enumerate(snippet for snippet in SNIPPETS if snippet.language == "cpp" and snippet.note != "from"):
            includes += re.findall(r'^#include (\S+)', snippet.text, re.M)
            text = re.sub(r"^#include .*$", "", snippet.text, flags=re.M)
            line = f"#line {snippet.block.number} \"{snippet.document}\"\n"
            if "Result<" in text.split("{")[0] or "main(" in text:
                pieces.append(f"namespace piece_{number} {{\n{line}{text}}}\n")
                continue
            text = re.sub(r"^ *…$", "}{", text, flags=re.M)
            pieces.append(f"skep::Result<void> piece_{number}({snippet.said}) {{ {{\n{line}{text}}} return {{}}; }}\n")
        self.assertGreater(len(pieces), 12)
        source = self.work / "all.cpp"
        own = {name for name in re.findall(r'"[\w./]+"', " ".join(includes)) if not (self.work / name[1:-1]).exists()}
        source.write_text("\n".join(f"#include {name}" for name in dict.fromkeys(includes) if name not in own) + "\n" + "".join(pieces))
        done = run("g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused", "-Wno-missing-field-initializers",
                   f"-I{ROOT}/include", f"-I{self.work}", source)
        self.assertEqual(done.returncode, 0, done.stderr)


def commands(line):
    """Those of a line, as words: what a shell would take them for."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    found = [[]]
    for word in lexer:
        if set(word) <= set("|&;"):
            found.append([])
        else:
            found[-1].append(word)
    return found


class Shell(unittest.TestCase):
    def known(self, verb):
        if verb not in self.help:
            done = run(SKEP, *verb.split(), "--help")
            self.assertEqual(done.returncode, 0, verb)
            self.help[verb] = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", done.stdout))
        return self.help[verb]

    help = {}

    def calls(self):
        """Each call of skep that is shown, as words."""
        for snippet in SNIPPETS:
            if snippet.language not in ("sh", "", "text"):
                continue
            for line in snippet.block.lines:
                line = re.sub(r"^\$ ", "", line)
                if snippet.language != "sh" and not re.match(r"(sudo )?skep [a-z]+ ", line):
                    continue
                for words in commands(re.sub(r"\s#\s.*", "", line).replace("$(", "(")):
                    words = [word for word in words if word != "sudo"]
                    if words[:1] == ["skep"] and len(words) > 1:
                        yield f"{snippet.where}: {shlex.join(words)}", words[1:]

    def test_verbs_and_options_are_there(self):
        calls = list(self.calls())
        self.assertGreater(len(calls), 20)
        for where, words in calls:
            with self.subTest(where):
                if words[0].endswith(":"):  # what skep says
                    continue
                verb = " ".join(words[:2]) if words[0] == "btf" else words[0]
                options = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
                tool = run(SKEP, "run", words[1], "--help").stdout if verb == "run" and "." not in words[1] else ""
                known = self.known(verb) | set(re.findall(r"--[a-z-]+", tool)) | PARAMETERS
                places = {"--iface", "--cgroup", "--freq", "--pid", "--socket", "--attach"} if verb == "run" else set()
                self.assertLessEqual(options, known | places)


if __name__ == "__main__":
    unittest.main(verbosity=2)
