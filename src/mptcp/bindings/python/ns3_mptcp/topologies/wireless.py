# SPDX-License-Identifier: GPL-2.0-only
"""A host that moves, with Wi-Fi and LTE, and a wired server: ns-3's own models of both.

The namespace has to be loaded with the modules of :data:`MODULES`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..parameters import MAX_RATE
from .graph import MAX_DELAY, TopologyError, number

#: What to name in ``load()`` besides its default.
MODULES = ("wifi", "lte")

#: Time, x and y of a place on the host's way: s, m, m.
Waypoint = tuple[float, float, float]


@dataclass
class Wireless:
    """The built network. Addresses are ``ns3::Ipv4Address``."""

    client: Any
    server: Any
    server_address: Any
    wifi_address: Any
    lte_address: Any
    wifi_device: Any
    lte_device: Any  # GetObject[ns.LteUeNetDevice]() has its RRC, for cell and handover
    enb_devices: Any
    lte: Any  # the LteHelper, for traces
    epc: Any


def wifi_lte(
    ns: Any,
    waypoints: Sequence[Waypoint] = ((0, 5, 0),),
    access_point: tuple[float, float] = (0, 0),
    base_stations: Sequence[tuple[float, float]] = ((0, 100),),
    wan_delay_s: float = 0.01,
    wan_rate: float | str = "1Gbps",
) -> Wireless:
    """Build the network.

    The host prefers Wi-Fi: its route there has the lower metric, and a new connection begins there.
    Between base stations it is handed over by the signal's power (A3 event). Out of range of the
    access point its association ends, and returns when the host does.

    :param waypoints: the host's way, at least one place; it stays at the last one
    :param access_point: place of the Wi-Fi access point
    :param base_stations: places of the LTE base stations, at least one
    :param wan_delay_s: one-way delay from each access network to the server's router
    :param wan_rate: rate of these links
    """
    if not hasattr(ns, "LteHelper") or not hasattr(ns, "WifiHelper"):
        raise TopologyError(f"wifi_lte: load ns-3 with the modules {', '.join(MODULES)}")
    if not waypoints or not base_stations:
        raise TopologyError("wifi_lte: at least one waypoint and one base station")
    for what, places, size in (
        ("waypoint", waypoints, 3),
        ("access point", [access_point], 2),
        ("base station", base_stations, 2),
    ):
        for place in places:
            if len(place) != size or not all(map(math.isfinite, place)):
                raise TopologyError(f"wifi_lte: {what} {place}, allowed: {size} numbers")
    times = [waypoint[0] for waypoint in waypoints]
    if times[0] != 0 or sorted(set(times)) != times:
        raise TopologyError("wifi_lte: times of waypoints grow from 0 on")
    wan_delay_s = number("wifi_lte: delay", wan_delay_s, 0, MAX_DELAY, "s")
    wan_rate = f"{round(number('wifi_lte: rate', wan_rate, 1, MAX_RATE, 'b/s'))}bps"

    lte = ns.CreateObject[ns.LteHelper]()
    epc = ns.CreateObject[ns.PointToPointEpcHelper]()
    lte.SetEpcHelper(epc)
    lte.SetHandoverAlgorithmType("ns3::A3RsrpHandoverAlgorithm")
    nodes = ns.NodeContainer()
    nodes.Create(4)
    client, server, router, access = (nodes.Get(i) for i in range(4))
    enbs = ns.NodeContainer()
    enbs.Create(len(base_stations))
    internet = ns.InternetStackHelper()
    internet.SetIpv6StackInstall(False)
    internet.Install(nodes)

    _place(ns, client, waypoints)
    _place(ns, access, [(0, *access_point)])
    for i, place in enumerate(base_stations):
        _place(ns, enbs.Get(i), [(0, *place)])

    wired = ns.PointToPointHelper()
    wired.SetDeviceAttribute("DataRate", ns.StringValue(wan_rate))
    wired.SetChannelAttribute("Delay", ns.TimeValue(ns.Seconds(wan_delay_s)))
    lan = ns.PointToPointHelper()
    lan.SetDeviceAttribute("DataRate", ns.StringValue(wan_rate))
    addresses = ns.Ipv4AddressHelper()

    def join(helper: Any, a: Any, b: Any, network: str) -> Any:
        addresses.SetBase(ns.Ipv4Address(network), ns.Ipv4Mask("255.255.255.0"))
        return addresses.Assign(helper.Install(a, b))

    to_server = join(lan, server, router, "10.2.1.0")
    to_access = join(wired, router, access, "10.2.2.0")
    to_core = join(wired, router, epc.GetPgwNode(), "10.2.3.0")

    wifi_device, wifi_address, access_address = _wifi(ns, client, access, addresses)

    enb_devices = lte.InstallEnbDevice(enbs)
    ue_devices = lte.InstallUeDevice(ns.NodeContainer(client))
    lte_address = epc.AssignUeIpv4Address(ue_devices).GetAddress(0)
    lte_device = ue_devices.Get(0)
    if len(base_stations) > 1:
        lte.AddX2Interface(enbs)
    lte.AttachToClosestEnb(ue_devices, enb_devices)

    def routes(node: Any) -> Any:
        return ns.Ipv4StaticRoutingHelper().GetStaticRouting(node.GetObject[ns.Ipv4]())

    def interface(node: Any, device: Any) -> int:
        return node.GetObject[ns.Ipv4]().GetInterfaceForDevice(device)

    wide, here = ns.Ipv4Address("7.0.0.0"), ns.Ipv4Address("10.2.9.0")
    eight, twentyfour = ns.Ipv4Mask("255.0.0.0"), ns.Ipv4Mask("255.255.255.0")
    routes(server).SetDefaultRoute(to_server.GetAddress(1), 1)
    routes(router).AddNetworkRouteTo(here, twentyfour, to_access.GetAddress(1), 2)
    routes(router).AddNetworkRouteTo(wide, eight, to_core.GetAddress(1), 3)
    routes(access).SetDefaultRoute(to_access.GetAddress(0), 1)
    core = epc.GetPgwNode()
    routes(core).AddNetworkRouteTo(
        ns.Ipv4Address("10.2.1.0"),
        twentyfour,
        to_core.GetAddress(0),
        core.GetObject[ns.Ipv4]().GetInterfaceForAddress(to_core.GetAddress(1)),
    )
    routes(client).SetDefaultRoute(access_address, interface(client, wifi_device), 0)
    routes(client).SetDefaultRoute(
        epc.GetUeDefaultGatewayAddress(), interface(client, lte_device), 10
    )
    return Wireless(
        client,
        server,
        to_server.GetAddress(0),
        wifi_address,
        lte_address,
        wifi_device,
        lte_device,
        enb_devices,
        lte,
        epc,
    )


def _place(ns: Any, node: Any, waypoints: Sequence[Waypoint]) -> None:
    """Let a node stand at a place, or go from one to the next."""
    if len(waypoints) == 1:
        model = ns.CreateObject[ns.ConstantPositionMobilityModel]()
        node.AggregateObject(model)
        model.SetPosition(ns.Vector(float(waypoints[0][1]), float(waypoints[0][2]), 1.5))
        return
    model = ns.CreateObject[ns.WaypointMobilityModel]()
    node.AggregateObject(model)
    for time, x, y in waypoints:
        model.AddWaypoint(ns.Waypoint(ns.Seconds(time), ns.Vector(float(x), float(y), 1.5)))


def _wifi(ns: Any, client: Any, access: Any, addresses: Any) -> tuple[Any, Any, Any]:
    """Install 802.11n with adapting rates; return device, its address, the access point's."""
    channel = ns.YansWifiChannelHelper.Default()
    phy = ns.YansWifiPhyHelper()
    phy.SetChannel(channel.Create())
    wifi = ns.WifiHelper()
    wifi.SetStandard(ns.WIFI_STANDARD_80211n)
    wifi.SetRemoteStationManager("ns3::MinstrelHtWifiManager")
    mac = ns.WifiMacHelper()
    ssid = ns.SsidValue(ns.Ssid("mptcp"))
    mac.SetType("ns3::StaWifiMac", "Ssid", ssid)
    station = wifi.Install(phy, mac, ns.NodeContainer(client))
    mac.SetType("ns3::ApWifiMac", "Ssid", ssid)
    point = wifi.Install(phy, mac, ns.NodeContainer(access))
    addresses.SetBase(ns.Ipv4Address("10.2.9.0"), ns.Ipv4Mask("255.255.255.0"))
    access_address = addresses.Assign(point).GetAddress(0)
    return station.Get(0), addresses.Assign(station).GetAddress(0), access_address
