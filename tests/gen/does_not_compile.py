"""What a generated header must refuse at compile time, with the words that say why.
Usage: does_not_compile.py g++|clang++-19 INCLUDE FOLDER-OF-THE-HEADER"""
import subprocess
import sys

# What is written, and what g++ and clang say of it.
cases = {
    "object.maps().everything.lookup(0);": None,  # compiles: the others fail for their own reason
    "object.programs().throw_.attach(skep::Tracepoint{\"syscalls\", \"sys_enter_getppid\"});": None,
    # a misspelt program, map, global
    "object.programs().thorw.attach();": ("has no member named 'thorw'", "no member named 'thorw'"),
    "object.maps().event.reader();": ("has no member named 'event'", "no member named 'event'"),
    "spec.rodata.greting[0] = 'x';": ("has no member named 'greting'", "no member named 'greting'"),
    # a map of another type, key or value
    "object.maps().everything.take(0);": ("has no member named 'take'", "no member named 'take'"),
    "object.maps().new_.update(7u, {});": ("no matching function for call", "no matching member function"),
    "skep::Hash<std::uint32_t, gen_types::everything> map = object.maps().everything;":
        ("conversion from", "no viable conversion"),
    # a key with padding
    "struct Loose { std::uint8_t a; std::uint32_t b; }; using M = skep::Hash<Loose, int>; M* m = nullptr; (void)m;":
        ("has_unique_object_representations_v", "has_unique_object_representations_v"),
    # a view of a map that is gone
    "skep::Map::create({})->as<skep::Array<int>>(); std::move(skep::Map::create({})).value().as<skep::Array<int>>();":
        ("use of deleted function", "deleted"),
    # a hook that is not one of the program's type
    "object.programs().throw_.attach(skep::Xdp{\"lo\"});": ("HookOf<H, type>", "HookOf<skep::Xdp"),
}


def main() -> int:
    compiler, include, folder = sys.argv[1:]
    failed = False
    for code, words in cases.items():
        text = f"""#include "gen_types.skel.hpp"
            void test(gen_types::Spec& spec, const gen_types::Object& object);
            void test(gen_types::Spec& spec, const gen_types::Object& object) {{
              (void)spec; (void)object; {"(void)" if words is None else ""}{code} }}"""
        done = subprocess.run([compiler, "-std=c++23", f"-I{include}", f"-I{folder}", "-fsyntax-only", "-x", "c++", "-"],
                              input=text, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
        expected = words[compiler != "g++"] if words else None
        good = done.returncode == 0 if words is None else done.returncode != 0 and expected in done.stderr
        if not good:
            print(f"{code}\n{done.stderr}", file=sys.stderr)
            failed = True
    return int(failed)


sys.exit(main())
