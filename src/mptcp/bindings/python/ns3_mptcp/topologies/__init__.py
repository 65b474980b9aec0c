# SPDX-License-Identifier: GPL-2.0-only
"""Topologies of the literature, for scenarios and for users' own scripts.

Networks of point-to-point links are a :class:`~ns3_mptcp.topologies.graph.Graph` with explicit
paths; ``MptcpTopologyHelper`` of the library makes two hosts with disjoint paths, IPv6 and
middleboxes. Bad input raises :class:`~ns3_mptcp.topologies.graph.TopologyError`, with one line.
"""

from .data_center import bcube, fat_tree
from .graph import Graph, Route, TopologyError, bdp
from .khalili import khalili_a, khalili_b, khalili_c
from .simple import Pipe, disjoint, parking_lot, shared_bottleneck, torus
from .traces import Trace, read_trace, trace_paths
from .wireless import wifi_lte

__all__ = [
    "Graph",
    "Pipe",
    "Route",
    "TopologyError",
    "Trace",
    "bcube",
    "bdp",
    "disjoint",
    "fat_tree",
    "khalili_a",
    "khalili_b",
    "khalili_c",
    "parking_lot",
    "read_trace",
    "shared_bottleneck",
    "torus",
    "trace_paths",
    "wifi_lte",
]
