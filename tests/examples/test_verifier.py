"""A program that the verifier takes, and its mistakes: each is refused, with its line and cause."""
import concurrent.futures
import os
import subprocess
import unittest

from example import EXAMPLES, ExampleTest, run, source
from skep_cli import SKEP

# What the kernel says, and what skep says of it.
MISTAKES = {
    1: ("program of this type cannot use helper bpf_redirect", "Programs of this type may not call this helper"),
    2: ("R1 type=fp expected=map_ptr", "A helper wants a map here"),
    3: ("cannot call GPL-restricted function from non-GPL compatible program", "licence is not"),
    4: ("pointer arithmetic on pkt_end prohibited", "data_end may be compared with, not moved"),
    5: ("outside of the allowed memory range", "An index reaches past the end of a map's value, of a global"),
    6: ("invalid variable-offset read from stack", "An index reaches past the end of a local array"),
    7: ("R0 invalid mem access 'map_value_or_null'", "A pointer that may be NULL is used before it was checked"),
    8: ("R0 !read_ok", "can end without a return value"),
    9: ("infinite loop detected", "A loop whose end the verifier cannot see"),
    10: ("invalid bpf_context access off=0 size=2", "In a tracepoint the first 8 bytes"),
}
LINE_OF = {3: 'bpf_printk("%d %c"'}  # by default the one with the mistake's number


class Verifier(ExampleTest):

    def setUp(self):
        super().setUp()
        self.host = f"skep-test-{os.getpid()}"
        run("ip", "netns", "add", self.host)
        self.addCleanup(run, "ip", "netns", "delete", self.host)

    def arguments(self, mistake):
        return ["run", source("verifier"), "--iface", f"netns:{self.host}/lo", f"--cflags=-DMISTAKE={mistake}"]

    def refusal(self, mistake):
        done = subprocess.run([SKEP, *self.arguments(mistake)], env=self.env, capture_output=True, text=True, timeout=60)
        return mistake, done.returncode, done.stderr

    def test_without_a_mistake_it_runs(self):
        process = self.start(*self.arguments(0))
        self.assertIn("attached 2 programs", self.head)
        self.end_and_show(process)

    def test_mistakes(self):
        text = (EXAMPLES / "verifier" / "verifier.bpf.c").read_text().splitlines()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = list(pool.map(self.refusal, MISTAKES))
        for mistake, code, errors in said:
            kernel, meaning = MISTAKES[mistake]
            with self.subTest(mistake):
                self.assertEqual(code, 1, errors)
                self.assertIn(kernel, errors)
                self.assertIn(meaning, errors.replace("\n           ", " "))
                mark = LINE_OF.get(mistake, f"/* {mistake} */")
                line = next(number for number, words in enumerate(text, 1) if mark in words)
                self.assertIn(f"line     verifier.bpf.c:{line}: ", errors)
        self.assert_as_expected("verifier", dict((m, e) for m, _, e in said)[7])


if __name__ == "__main__":
    unittest.main(verbosity=2)
