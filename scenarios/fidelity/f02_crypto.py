# SPDX-License-Identifier: GPL-2.0-only
"""Octet by octet."""

from __future__ import annotations

from ._suite import SuiteCheck


class Crypto(SuiteCheck):
    """Octet by octet."""

    id = "F2"
    title = "keys, tokens, IDSN and HMACs"
    source = "RFC 8684; Linux KUnit; ns-3 of UPMC (version 0)"
    evidence = "V1"
    suites = ("mptcp-crypto",)
    in_quick = False


CHECK = Crypto()
