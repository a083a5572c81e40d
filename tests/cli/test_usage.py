"""Wrong usage and wrong input: one clear error, the right exit code, nothing else."""
import os
import subprocess
import unittest

from skep_cli import OBJECTS, SKEP, SkepTest


class Usage(SkepTest):
    def test_help_names_every_verb_and_shows_examples(self):
        done = self.skep("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("run", "plan", "tools", "version", "completion", "Examples"):
            self.assertIn(word, done.stdout)
        for verb in ("run", "plan", "tools"):
            self.assertIn("Example", self.skep(verb, "--help").stdout)

    def test_no_verb_and_unknown_verb_are_wrong_usage(self):
        self.assertEqual(self.skep().returncode, 2)
        self.fails(self.skep("fly"), 2, "no 'fly'", "skep --help")
        self.fails(self.skep("rnu", "execsnoop"), 2, "no 'rnu'", "Did you mean `skep run`")
        self.fails(self.skep("run", "-o", "xml", "execsnoop"), 2, "xml not in", "skep run --help")

    def test_run_needs_a_name(self):
        self.fails(self.skep("run"), 2, "Name a tool", "skep tools")

    def test_a_misspelt_tool_gets_the_nearest_name(self):
        self.fails(self.skep("run", "execsnop"), 1, "no tool 'execsnop'", "Did you mean execsnoop")

    def test_parameters_are_checked_before_anything_is_loaded(self):
        self.fails(self.skep("run", "opensnoop", "--pdi", "1"), 2, "'--pdi'", "Did you mean --pid")
        self.fails(self.skep("run", "opensnoop", "--wher", "pid == 1"), 2, "'--wher'", "Did you mean --where")
        self.fails(self.skep("run", "opensnoop", "--iface", "lo"), 2, "Its parameters are --pid,")
        self.fails(self.skep("run", "opensnoop", "--pid", "many"), 2, "--pid 'many'", "number")
        self.fails(self.skep("run", "opensnoop", "--pid", "5000000000"), 2, "--pid '5000000000'")
        self.fails(self.skep("run", "opensnoop", "--pid"), 2, "--pid needs a value")
        self.fails(self.skep("run", "opensnoop", "--failed=perhaps"), 2, "true or false")

    def test_durations_are_checked(self):
        for text in ("soon", "-1s", "10x", "0"):
            self.fails(self.skep("run", "opensnoop", f"--duration={text}"), 2, "--duration")

    def test_help_of_a_tool_lists_its_parameters(self):
        done = self.skep("run", "opensnoop", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--pid", "--uid", "--failed", "default"):
            self.assertIn(word, done.stdout)

    def test_tools_and_version(self):
        done = self.skep("tools")
        for name in ("execsnoop", "exitsnoop", "opensnoop"):
            self.assertRegex(done.stdout, rf"(?m)^{name} +\w+ +\w+")
        self.assertRegex(self.skep("version").stdout, r"skep \d+\.\d+\.\d+\nkernel ")

    def test_completion_is_valid_bash(self):
        script = self.skep("completion").stdout
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        words = f"PATH={os.path.dirname(SKEP)}:$PATH\n{script}\nCOMP_WORDS=(skep run exe)\nCOMP_CWORD=2\n_skep\necho ${{COMPREPLY[@]}}"
        out = subprocess.run(["bash", "-c", words], capture_output=True, text=True, env=self.env)
        self.assertEqual(out.stdout.strip(), "execsnoop", out.stderr)


class Input(SkepTest):
    def test_files_that_are_no_bpf_object(self):
        empty = self.write("empty.bpf.o", "")
        text = self.write("text.bpf.o", "int main;\n" * 100)
        self.fails(self.skep("run", empty), 1, "empty")
        self.fails(self.skep("run", text), 1, "it is text")
        self.fails(self.skep("run", "/bin/ls"), 1, "x86")
        self.fails(self.skep("plan", "/bin/ls"), 1, "x86")
        self.fails(self.skep("run", "./no/such.bpf.o"), 1, "No such file")
        directory = self.skep("run", self.work)
        self.fails(directory, directory.returncode, "is a directory")
        huge = self.work / "huge.bpf.o"
        with open(huge, "wb") as file:
            file.truncate(4 << 30)
        self.fails(self.skep("run", huge), 1, "more than the limit")

    def test_a_big_endian_object(self):
        source = self.write("big.c", "int f(void *c) { return 0; }")
        target = self.work / "big.bpf.o"
        subprocess.run(["clang-19", "-target", "bpfeb", "-O2", "-c", source, "-o", target], check=True)
        self.fails(self.skep("run", target), 1, "big-endian")

    def test_the_compiler_speaks_for_itself(self):
        source = self.write("broken.bpf.c", "int x = ;\n")
        done = self.skep("run", source)
        self.fails(done, 1)
        self.assertIn("broken.bpf.c:1:9: error: expected expression", done.stderr)

    def test_plan_needs_no_privilege(self):
        self.env["XDG_CACHE_HOME"] = "/nonexistent"
        done = self.skep("plan", "execsnoop", user=65534, group=65534)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--pid", done.stdout)

    def test_without_privilege_run_says_what_is_missing(self):
        self.env["XDG_CACHE_HOME"] = "/nonexistent"
        self.fails(self.skep("run", "execsnoop", user=65534, group=65534), 1, "EPERM|EACCES",
                   "root|CAP_BPF")


if __name__ == "__main__":
    unittest.main(verbosity=2)
