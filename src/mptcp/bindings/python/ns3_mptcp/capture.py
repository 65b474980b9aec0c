# SPDX-License-Identifier: GPL-2.0-only
"""Captures of devices, as ``EnablePcap`` writes them.

ns-3's own writer stops the process when the disk is full, and all results that it has not written
are lost. This one notes why a file is cut, and the simulation goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import guards

#: Link type of PPP, which point-to-point devices have (DLT_PPP).
PPP = 9

_CODE = """
#include <cerrno>
#include <cstring>
#include <fstream>
namespace ns3_mptcp_python
{
// A pcap file of the classic format, with microseconds.
class Capture
{
  public:
    Capture(const std::string& path, uint32_t octets, uint32_t type)
        : m_path(path),
          m_octets(octets),
          m_file(path, std::ios::binary | std::ios::trunc)
    {
        Word(0xa1b2c3d4);
        Word(2 | 4 << 16);
        Word(0);
        Word(0);
        Word(octets);
        Word(type);
        Note();
    }
    ~Capture()
    {
        Leave();
    }
    bool Watch(ns3::Ptr<ns3::NetDevice> device)
    {
        m_device = device;
        return device->TraceConnectWithoutContext("PromiscSniffer",
                                                  ns3::MakeCallback(&Capture::Add, this));
    }
    // The file and why it is cut, or nothing.
    std::string TryClose()
    {
        Leave();
        m_file.close();
        Note();
        return m_error;
    }

  private:
    void Add(ns3::Ptr<const ns3::Packet> packet)
    {
        if (!m_error.empty() || !m_file.is_open())
        {
            return;
        }
        const int64_t now = ns3::Simulator::Now().GetMicroSeconds();
        const uint32_t size = std::min(packet->GetSize(), m_octets);
        Word(now / 1000000);
        Word(now % 1000000);
        Word(size);
        Word(packet->GetSize());
        m_content.resize(size);
        packet->CopyData(m_content.data(), size);
        m_file.write(reinterpret_cast<const char*>(m_content.data()), size);
        Note();
    }
    // The device may go on when nobody writes any more.
    void Leave()
    {
        if (m_device)
        {
            m_device->TraceDisconnectWithoutContext("PromiscSniffer",
                                                    ns3::MakeCallback(&Capture::Add, this));
            m_device = nullptr;
        }
    }
    void Word(uint32_t word)
    {
        m_file.write(reinterpret_cast<const char*>(&word), sizeof(word));
    }
    void Note()
    {
        if (!m_file && m_error.empty())
        {
            m_error = m_path + ": " + std::strerror(errno);
        }
    }
    ns3::Ptr<ns3::NetDevice> m_device;
    std::string m_path;
    uint32_t m_octets;
    std::ofstream m_file;
    std::vector<uint8_t> m_content;
    std::string m_error;
};
}
"""


def capture(ns: Any, device: Any, path: Path, octets: int = 65535, link_type: int = PPP) -> None:
    """Write what a device sends and receives into a pcap file, until the simulation ends.

    To be called in a :meth:`.Context.simulation`, whose end raises ``OSError`` for a file that
    could not be written in full.

    :param octets: of each packet that are written
    :param link_type: of the device, as in pcap's list
    """
    python = ns.cppyy.gbl.ns3_mptcp_python
    if not hasattr(python, "Capture"):
        ns.cppyy.cppdef(_CODE)
    with path.open("wb"):
        pass  # raises OSError where nothing can be written
    writer = python.Capture(str(path), octets, link_type)
    if not writer.Watch(device):
        raise ValueError(f"a device that has no trace PromiscSniffer: {device}")
    guards.keep(writer)
