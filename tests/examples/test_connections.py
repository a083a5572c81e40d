"""The examples about connections, as far as this kernel can run them."""
import unittest

from connections import ConnectionTest


class Connections(ConnectionTest):

    def test_tcpstates(self):
        self.check_states(self.show_example("tcpstates"))

    def test_latency(self):
        self.check_latency(self.show_example("tcpconnlat_tracepoint", folder="tcpconnlat"))

    def test_blocking(self):
        """By the hook of control groups where the kernel takes no LSM programs."""
        self.check_blocking("'on_connect_of_group' stands in for 'on_connect'|^nobody")

    def test_rename_and_route(self):
        self.check_rename_and_route(self.show_example("rename_route_tracepoints", folder="rename-route"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
