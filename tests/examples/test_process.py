"""The examples about processes that this kernel can run."""
import http.server
import os
import pathlib
import pty
import re
import ssl
import subprocess
import threading
import unittest

from example import PROGRAMS, ExampleTest, run, table
from skep_cli import DEADLINE


class Processes(ExampleTest):

    def test_page_alloc(self):
        """A number for each CPU, and all of them: as many pages as were touched, and others'."""
        process = self.start_program("page-alloc", 3, until="counting")
        block = bytearray(64 << 20)  # touched, page by page or in large ones
        out, errors = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_as_expected("page-alloc", out.decode())
        *cpus, total = [int(number) for number in re.findall(r"^\S+.* (\d+)", out.decode(), re.M)]
        self.assertEqual(len(cpus), self.possible_cpus())
        self.assertEqual(sum(cpus), total)
        self.assertGreaterEqual(total, len(block) // os.sysconf("SC_PAGE_SIZE"))

    def possible_cpus(self):
        first, _, last = pathlib.Path("/sys/devices/system/cpu/possible").read_text().strip().rpartition("-")
        return int(last) - int(first or last) + 1

    def test_profile(self):
        """A loop is where its process spends its time."""
        busy = subprocess.Popen([os.environ["SKEP_BUSY"]])
        self.addCleanup(busy.wait)
        self.addCleanup(busy.kill)
        done = subprocess.run([PROGRAMS / "profile", "1", str(busy.pid)], capture_output=True, text=True,
                              timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_as_expected("profile", done.stdout)
        counts = {}
        for stack, count in (line.rsplit(" ", 1) for line in done.stdout.splitlines()):
            top = stack.split(";")[-1]
            counts[top] = counts.get(top, 0) + int(count)
        self.assertEqual(max(counts, key=counts.get), "turn_round", done.stdout)

    def test_assembled(self):
        printed = run(PROGRAMS / "assembled", 1)
        self.assert_as_expected("assembled", printed)
        self.assertGreater(int(printed.split()[0]), 0)

    def test_bashreadline(self):
        process = self.show_example("bashreadline")
        child, terminal = pty.fork()
        if child == 0:
            os.execv("/bin/bash", ["bash", "--norc", "--noprofile", "-i"])
        os.write(terminal, "echo 'skep und Grüße'\nexit\n".encode())
        while True:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:
                break
        os.waitpid(child, 0)
        os.close(terminal)
        shown = self.end_and_show(process)
        self.assert_as_expected("bashreadline", shown)
        lines = [row["text"] for row in table(shown) if row["pid"] == str(child)]
        self.assertEqual(lines, ["echo 'skep und Grüße'", "exit"])

    def test_exceptions(self):
        process = self.show_example("exceptions")
        child = subprocess.Popen([os.environ["SKEP_THROWS"]])
        self.assertEqual(child.wait(), 0)
        shown = self.end_and_show(process)
        self.assert_as_expected("exceptions", shown)
        seen = [(row["what"], row["type"]) for row in table(shown) if row["pid"] == str(child.pid)]
        self.assertEqual(seen, [("throw", "St12out_of_range"), ("catch", "St12out_of_range")])

    def test_tls(self):
        """A page is fetched twice: by curl, and by Python, which calls other functions of OpenSSL."""
        process = self.run_example("tls")
        beside = self.show_example("tls")
        url = self.serve_by_tls()
        curl = subprocess.Popen(["curl", "--insecure", "--silent", "--http1.1", url], stdout=subprocess.PIPE)
        self.assertEqual(curl.communicate(timeout=60)[0], PAGE)
        python = subprocess.Popen(["python3", "-c", FETCH, url], stdout=subprocess.PIPE)
        self.assertEqual(python.communicate(timeout=60)[0], PAGE)
        rows = self.end_and_read(process)
        self.assert_as_expected("tls", self.end_and_show(beside))
        for client in (curl, python):
            own = [row for row in rows if row["pid"] == client.pid]
            self.assertEqual({row["tid"] for row in own}, {client.pid})
            sent = [row for row in own if row["direction"] == "sent"]
            self.assertRegex(sent[0]["text"], r"^GET /page HTTP/1.1\r\n")
            for row in own:
                self.assertEqual(row["length"], len(row["text"].encode()))
            heard = "".join(row["text"] for row in own if row["direction"] == "received")
            self.assertIn("HTTP/1.0 200 OK", heard)
            self.assertTrue(heard.endswith(PAGE.decode()))

    def serve_by_tls(self):
        """A server with a certificate of its own; where its page is."""
        key, certificate = self.work / "key.pem", self.work / "certificate.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = http.server.HTTPServer(("127.0.0.1", 0), Page)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"https://127.0.0.1:{server.server_address[1]}/page"


PAGE = b"what was kept from others\n"
FETCH = """
import ssl, sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], context=ssl._create_unverified_context()).read())
"""


class Page(http.server.BaseHTTPRequestHandler):

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
