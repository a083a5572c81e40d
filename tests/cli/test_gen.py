"""`skep gen`: a C++ header for an object."""
import unittest

from skep_cli import OBJECTS, SkepTest


class Gen(SkepTest):
    def test_header_goes_to_standard_output_or_a_file(self):
        done = self.skep("gen", OBJECTS / "views.bpf.o")
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in ("#pragma once", "namespace views {", "struct flow {", "static_assert(sizeof(count) == 40);",
                     "skep::Hash<::views::flow, ::views::count> flows;",
                     "skep::TypedProgram<skep::ProgramType::tracepoint> fill;"):
            self.assertIn(text, done.stdout)
        out = self.work / "views.hpp"
        self.assertEqual(self.skep("gen", OBJECTS / "views.bpf.o", "-o", out).returncode, 0)
        self.assertEqual(out.read_text(), done.stdout)

    def test_namespace(self):
        done = self.skep("gen", OBJECTS / "views.bpf.o", "--namespace", "agent::class")
        self.assertIn("namespace agent::class_ {", done.stdout)
        self.assertIn("::agent::class_::flow", done.stdout)

    def test_errors_say_what_was_done_to_what(self):
        self.fails(self.skep("gen", self.work / "none.bpf.o"), 1, "none.bpf.o")
        self.fails(self.skep("gen", "/bin/ls"), 1, "/bin/ls")
        self.fails(self.skep("gen", OBJECTS / "views.bpf.o", "-o", "/no/such/folder/x.hpp"), 1, "/no/such/folder/x.hpp")
        self.fails(self.skep("gen"), 2, "OBJECT")


if __name__ == "__main__":
    unittest.main(verbosity=2)
