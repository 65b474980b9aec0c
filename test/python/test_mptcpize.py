# SPDX-License-Identifier: GPL-2.0-only
"""Applications that ask for ns3::TcpSocketFactory, on nodes that were mptcpized, from Python."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
import json
from ns3_mptcp import load
ns = load()
topology = ns.MptcpTopologyHelper(2)
topology.Build()
client, server = topology.GetClient(), topology.GetServer()
"""

#: Web pages for two minutes: bytes of the server, of the client, and on each path.
WEB = """
helper = ns.MptcpStackHelper()
helper.Set("LegacyBindDisables", ns.BooleanValue(False))
stack = helper.Mptcpize(client)
helper.Mptcpize(ns.NodeContainer(server))
address = topology.GetAddress(topology.SERVER, 0)
servers = ns.ThreeGppHttpServerHelper(address).Install(server)
clients = ns.ThreeGppHttpClientHelper(address).Install(client)
clients.Start(ns.Seconds(1))
ns.Simulator.Stop(ns.Seconds(120))
ns.Simulator.Run()
print(json.dumps([int(stack.GetCounter(name)) for name in ("MPCapableSYNACKRX", "MPJoinSynAckRx")]))
"""

#: OnOff to a port where nobody listens.
CLOSED = """
if {mptcp}:
    ns.MptcpStackHelper().Mptcpize(topology.GetNodes())
remote = topology.GetSocketAddress(topology.SERVER, 0, 5001)
source = ns.OnOffHelper("ns3::TcpSocketFactory", remote)
source.Install(client)
ns.Simulator.Stop(ns.Seconds(600))
ns.Simulator.Run()
"""


def test_web_pages_by_mptcp(python) -> None:
    done = python(PROGRAM + WEB)
    assert done.returncode == 0, done.stderr
    connections, joins = json.loads(done.stdout)
    assert connections >= 1
    assert joins == connections


def test_node_without_tcp(python) -> None:
    done = python(PROGRAM + "node = ns.Node(); ns.MptcpStackHelper().Mptcpize(node)")
    assert done.returncode != 0
    assert "has no TCP; install InternetStackHelper first" in done.stderr


@pytest.mark.parametrize("mptcp", [False, True])
def test_on_off_to_closed_port_stops_as_with_tcp(python, mptcp: bool) -> None:
    done = python(PROGRAM + CLOSED.format(mptcp=mptcp))
    assert done.returncode != 0
    assert "Can't connect" in done.stderr
