"""skep as others use it: installed to a prefix and found by CMake and by pkg-config, as a part of
another project, and as a Debian package. Builds the release build first, when it is not there."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONSUMER = ROOT / "tests/install/consumer"
RELEASE = ROOT / "build/release"
# What the library may need of others, besides the C and C++ runtime.
NEEDED = {"libfmt", "libelf", "liblzma", "libmnl", "libz"}


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
        run("cmake", "--build", folder, "--target", "consumer")
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

    def test_only_the_interface_is_exported(self):
        library = self.libraries / "libskep.so"
        foreign = [line for line in run("nm", "-DC", "--defined-only", library).splitlines()
                   if " skep::" not in line and not re.search(r"(vtable|typeinfo|typeinfo name|guard variable) for skep::", line)
                   and " W std::" not in line and " V std::" not in line and " u std::" not in line and " W void std::" not in line
                   and " W decltype" not in line and " W bool std::" not in line]
        self.assertEqual([line for line in foreign if " W " not in line and " V " not in line and " u " not in line], [])
        rooms = [line for line in run("nm", "-DC", "--defined-only", library).splitlines()
                 if re.search(r" T skep::(hook|object|explain|stream|isa|elf)::", line)]
        self.assertEqual(rooms, [])
        needed = set(re.findall(r"NEEDED.*\[(lib[a-z]+)", run("readelf", "-d", library)))
        self.assertLessEqual(needed - {"libc", "libstdc", "libgcc", "libm", "ld"}, NEEDED)
        self.assertIn("[libskep.so.0.1]", run("readelf", "-d", library))

    def test_debian_package(self):
        run("cpack", "--config", RELEASE / "CPackConfig.cmake", "-B", self.work / "deb")
        package, = (self.work / "deb").glob("skep_*.deb")
        files = run("dpkg", "-c", package)
        for name in ("./usr/bin/skep", "libskep.so.0.1", "/cmake/skep/skep-config.cmake", "./usr/include/skep/skep.hpp",
                     "./usr/share/man/man1/skep.1"):
            self.assertIn(name, files)
        self.assertIn("libelf1", run("dpkg", "-I", package))


if __name__ == "__main__":
    unittest.main(verbosity=2)
