"""Sources as other people have them: headers in other folders, headers that nobody has, other flags."""
import unittest

from skep_cli import SkepTest

SOURCE = r"""
#include "answer.h"
#define SEC(NAME) __attribute__((section(NAME), used))
int answer = ANSWER;
SEC("raw_tp/sys_enter") int f(void *ctx) { return answer; }
char LICENSE[] SEC("license") = "GPL";
"""


class Compile(SkepTest):
    def test_headers_in_other_folders_and_flags(self):
        source = self.write("source.bpf.c", SOURCE)
        (self.work / "elsewhere").mkdir()
        self.write("elsewhere/answer.h", "#define ANSWER (MORE + 1)\n")
        for verb in ("plan", "gen"):
            done = self.skep(verb, source, "--include", self.work / "elsewhere", "--cflags", "-DMORE=41 -DUNUSED='a b'")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("std::int32_t answer;", done.stdout)
        self.fails(self.skep("plan", source, "--include", "/no/such"), 2, "'/no/such': there is no such folder")
        self.fails(self.skep("plan", source, "--cflags", "-DX='a"), 2, "a quote is open")

    def test_a_missing_header_is_found_near(self):
        (self.work / "sources").mkdir()
        (self.work / "headers").mkdir()
        self.write("headers/answer.h", "")
        done = self.skep("plan", self.write("sources/source.bpf.c", SOURCE))
        self.fails(done, 1, r"there is no 'answer\.h', which \S+/source\.bpf\.c:2 includes",
                   r"There is one in \S+/headers: --include \S+/headers")

    def test_a_missing_header_is_named_with_what_has_it(self):
        for include, line, words in (
                ("<linux/sched/task.h>", 1, r'Include "vmlinux\.h" in its stead'),
                ("<bpf/no_such.h>", 1, "apt-get install libbpf-dev"),
                ("<xdp/no_such.h>", 1, "apt-get install libxdp-dev"),
                ('"bpf_helpers.h"', 1, r"Include it as <bpf/bpf_helpers\.h>"),
                ('"vmlinux_510.h"', 1, r'#include "vmlinux\.h"'),
                ('"common.h"', 1, "--include DIR")):
            with self.subTest(include):
                done = self.skep("plan", self.write("source.bpf.c", f"#include {include}\n"))
                self.fails(done, 1, rf"which \S+/source\.bpf\.c:{line} includes", words)

    def test_without_libbpf_the_line_is_the_users(self):
        """skep's header of that name is not the one to be named."""
        self.write("deeper.h", "\n#include <bpf/bpf_helpers.h>\n")
        done = self.skep("plan", self.write("source.bpf.c", '#include "deeper.h"\n'), "--cflags",
                         "-nostdinc")
        self.fails(done, 1, r"there is no 'bpf/bpf_helpers\.h', which \S+/deeper\.h:2 includes",
                   "apt-get install libbpf-dev")

    def test_own_prototypes_count(self):
        """vmlinux.h declares the kernel's functions, where the kernel names them; a source may as well."""
        done = self.skep("plan", self.write("source.bpf.c", r'''
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
extern struct task_struct *bpf_task_from_pid(__u32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
SEC("tp_btf/sys_enter") int f(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);
	if (task) bpf_task_release(task);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
'''))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
