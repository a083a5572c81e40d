"""skep as others use it: installed to a prefix and found by CMake and by pkg-config, as a part of
another project, and as a Debian package. Builds the release build first, when it is not there."""
import json
import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "docs"))
import markdown  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONSUMER = ROOT / "tests/install/consumer"
RELEASE = ROOT / "build/release"
# What the library may need of others, besides the C and C++ runtime.
NEEDED = {"libfmt", "libelf", "liblzma", "libmnl", "libz"}
# Programs of the consumer's that use the libraries besides, and what they print.
PARTS = {
    "symbols": "own::landmark(int)\n",
    "records": '{"key":{"pid":7},"value":3}\n',
    "capture": "a packet of 42 bytes\n",
}


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run(ROOT / "scripts/build", "release")
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="skep-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.prefix = cls.work / "prefix"
        run("cmake", "--install", RELEASE, "--prefix", cls.prefix)
        cls.libraries = next(cls.prefix.glob("lib/**/libskep.so")).parent

    def build(self, name, *arguments):
        folder = self.work / name
        run("cmake", "-S", CONSUMER, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", *arguments)
        run("cmake", "--build", folder, "--target", "consumer", *PARTS)
        for name, output in PARTS.items():
            self.assertEqual(run(folder / name), output)
        return folder / "consumer"

    def counts(self, program, **environment):
        self.assertEqual(run(program, env={**os.environ, **environment}), "7\n")

    def test_found_by_cmake(self):
        program = self.build("shared", "-DCMAKE_CXX_COMPILER=g++")
        self.assertIn("libskep.so.0.1", run("readelf", "-d", program))
        self.counts(program)

    def test_static_by_cmake_and_clang(self):
        program = self.build("static", "-DCMAKE_CXX_COMPILER=clang++-19", "-DSKEP_STATIC=ON")
        self.assertNotIn("libskep", run("readelf", "-d", program))
        self.counts(program)

    def test_part_of_another_project_without_exceptions(self):
        self.counts(self.build("part", "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_C_COMPILER=gcc", f"-DSKEP_SOURCE={ROOT}",
                               "-DCONSUMER_FLAGS=-fno-exceptions;-fno-rtti"))

    def test_found_by_pkg_config(self):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}
        folder = self.work / "pkg-config"
        folder.mkdir()
        flags = run("pkg-config", "--cflags", "--libs", "skep", env=environment).split()
        bpf = run("pkg-config", "--variable=bpfheaders", "skep", env=environment).strip()
        self.assertTrue(pathlib.Path(bpf, "skep/stream.bpf.h").exists())
        run("clang-19", "-target", "bpf", "-O2", "-g", "-I/usr/include/x86_64-linux-gnu", "-c", CONSUMER / "counter.bpf.c",
            "-o", folder / "counter.bpf.o")
        run(self.prefix / "bin/skep", "gen", folder / "counter.bpf.o", "-o", folder / "counter.skel.hpp")
        run("clang++-19", "-std=c++23", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{folder}", CONSUMER / "main.cpp",
            "-o", folder / "consumer", *flags)
        self.counts(folder / "consumer", LD_LIBRARY_PATH=str(self.libraries))
        packages = {"symbols": "skep-symbol", "records": "skep-record", "capture": "skep-pcap"}
        for name, output in PARTS.items():
            flags = run("pkg-config", "--cflags", "--libs", packages[name], env=environment).split()
            run("clang++-19", "-std=c++23", f"-I{folder}", CONSUMER / f"{name}.cpp", "-o", folder / name, *flags)
            self.assertEqual(run(folder / name, env={**os.environ, "LD_LIBRARY_PATH": str(self.libraries)}), output)

    def project(self, kind):
        """What `skep new` writes, built as its README says; returns the program."""
        name = f"made_{kind}"
        run(self.prefix / "bin/skep", "new", name, "--kind", kind, cwd=self.work)
        folder = self.work / name
        run("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", cwd=folder)
        run("cmake", "--build", "build", cwd=folder)
        self.editors_understand(folder, "build", "clang++-19")
        self.editors_understand(folder, "build/bpf", "clang-19")
        return folder / "build" / name

    def editors_understand(self, folder, commands, compiler):
        """.clangd names the file with the commands; clangd does as they say."""
        self.assertIn(f"CompilationDatabase: {commands}\n", (folder / ".clangd").read_text())
        command, = json.loads((folder / commands / "compile_commands.json").read_text())
        words = command.get("arguments") or shlex.split(command["command"])
        first = next(i for i, word in enumerate(words) if word.startswith("-"))  # behind the compiler
        flags = [word for word in words[first:] if not word.endswith(".o") and word != "-o"]
        run(compiler, *flags, "-fsyntax-only", cwd=command["directory"])

    def shows(self, program, *arguments, until, doing):
        """Starts it, repeats `doing` until a line has the word, ends it as Ctrl-C does."""
        process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        seen, end = b"", time.monotonic() + 60
        while until.encode() not in seen and process.poll() is None and time.monotonic() < end:
            doing()
            if select.select([process.stdout], [], [], 0.2)[0]:
                seen += os.read(process.stdout.fileno(), 65536)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 0, seen)
        self.assertIn(until, seen.decode())

    def test_new_project_of_a_tracepoint(self):
        self.shows(self.project("tracepoint"), str(os.getpid()), until="/bin/true",
                   doing=lambda: subprocess.run(["/bin/true"], check=True))

    def test_new_project_of_xdp(self):
        def send():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"x", ("127.0.0.1", 9))

        self.shows(self.project("xdp"), "lo", until="udp", doing=send)

    def test_new_project_of_a_uprobe(self):
        self.shows(self.project("uprobe"), str(os.getpid()), until="localhost", doing=lambda: socket.getaddrinfo("localhost", 80))

    def test_programs_of_the_guide(self):
        """As a reader types them: the files of pages 3, 8 and 9, built as page 3 says."""
        folder = self.work / "guide"
        folder.mkdir()
        for page in sorted((ROOT / "docs/guide").glob("*.md")):
            for block in markdown.blocks(page.read_text()):
                language, _, name = block.language.partition(" ")
                if language == "cmake":
                    build = "\n".join(block.lines)
                elif name:
                    (folder / name).write_text("\n".join(block.lines) + "\n")
        for program, source in (("filter_test", "filter"), ("guardian", "guard")):
            build += (f"\nadd_executable({program} {program}.cpp)\ntarget_link_libraries({program} PRIVATE skep::skep)\n"
                      f"skep_bpf_object({program} {source}.bpf.c)\n")
        (folder / "CMakeLists.txt").write_text(build)
        run("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", cwd=folder)
        run("cmake", "--build", "build", cwd=folder)
        run(folder / "build/filter_test")
        victim = self.work / "victim"

        def remove():
            victim.touch()
            subprocess.run(["rm", victim], check=True)

        self.shows("stdbuf", "-oL", folder / "build/watch", until=str(victim), doing=remove)
        guardian = folder / "build/guardian"
        run("unshare", "-mn", "sh", "-ec", f"mount -t bpf bpf /sys/fs/bpf; {guardian} lo; {guardian} lo; ls /sys/fs/bpf/guardian; "
            f"ip link show lo | grep -q xdp; {guardian}; ! ip link show lo | grep -q xdp; ! ls /sys/fs/bpf/guardian/xdp 2>/dev/null")

    def test_only_the_interface_is_exported(self):
        library = self.libraries / "libskep.so"
        foreign = [line for line in run("nm", "-DC", "--defined-only", library).splitlines()
                   if " skep::" not in line and not re.search(r"(vtable|typeinfo|typeinfo name|guard variable) for skep::", line)
                   and " W std::" not in line and " V std::" not in line and " u std::" not in line and " W void std::" not in line
                   and " W decltype" not in line and " W bool std::" not in line]
        self.assertEqual([line for line in foreign if " W " not in line and " V " not in line and " u " not in line], [])
        rooms = [line for line in run("nm", "-DC", "--defined-only", library).splitlines()
                 if re.search(r" T skep::(hook|object|explain|stream|isa|elf)::", line)
                 and " skep::hook::Attachment::" not in line]  # skep/link.hpp names it
        self.assertEqual(rooms, [])
        # Functions as well as classes (clang looks where they are defined).
        exported = run("nm", "-DC", "--defined-only", library)
        for name in ("packet(", "internet_checksum(", "why_refused", "foresee", "describe", "list_programs", "find_holders", "detach_all("):
            self.assertIn(f" skep::{name}", exported)
        needed = set(re.findall(r"NEEDED.*\[(lib[a-z]+)", run("readelf", "-d", library)))
        self.assertLessEqual(needed - {"libc", "libstdc", "libgcc", "libm", "ld"}, NEEDED)
        self.assertIn("[libskep.so.0.1]", run("readelf", "-d", library))
        # What of skep::skep is in skep::symbol as well stays inside.
        symbols = run("nm", "-DC", "--defined-only", self.libraries / "libskep_symbol.so")
        self.assertIn(" skep::KernelSymbols::find(", symbols)
        self.assertNotIn(" skep::elf::", symbols)
        self.assertNotIn(" skep::Error::", symbols)
        self.assertNotIn(" cplus_demangle", symbols)

    def test_debian_package(self):
        run("cpack", "--config", RELEASE / "CPackConfig.cmake", "-B", self.work / "deb")
        package, = (self.work / "deb").glob("skep_*.deb")
        files = run("dpkg", "-c", package)
        for name in ("./usr/bin/skep", "libskep.so.0.1", "libskep_symbol.so.0.1", "libskep_record.so.0.1", "libskep_pcap.so.0.1",
                     "/cmake/skep/skep-config.cmake", "./usr/include/skep/skep.hpp",
                     "./usr/share/man/man1/skep.1"):
            self.assertIn(name, files)
        self.assertIn("libelf1", run("dpkg", "-I", package))


if __name__ == "__main__":
    unittest.main(verbosity=2)
