/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TAP_HELPER_H
#define MPTCP_TAP_HELPER_H

#include "ns3/fd-net-device.h"
#include "ns3/node.h"
#include "ns3/ptr.h"

#include <string>

namespace ns3
{

/**
 * Connects a simulated node to the Linux kernel by a TAP interface that this process opens itself.
 *
 * ns-3's own TapFdNetDeviceHelper starts a set-uid program whose path is fixed when ns-3 is
 * compiled, so it cannot work from a binary package that was built elsewhere. This helper needs no
 * such program: the simulation runs with CAP_NET_ADMIN in the network namespace that shall own the
 * interface (for example under "ip netns exec").
 *
 * The interface has neither an address nor is it up; the caller configures it ("ip address add",
 * "ip link set up"). It disappears with the device, at Simulator::Destroy at the latest.
 */
class MptcpTapHelper
{
  public:
    /**
     * Creates the kernel's interface, and the device of the node at its other end: Ethernet II
     * frames, MTU 1500, broadcast and multicast, a MAC address unique in the simulation.
     *
     * @param node the node that receives the device
     * @param name name of the kernel's interface, 1 to 15 characters, not yet in use
     * @return the device, or null if the interface cannot be had: see GetError
     */
    Ptr<FdNetDevice> Open(Ptr<Node> node, const std::string& name);

    /** @return one line that tells why the last call of Open failed; empty after a success */
    const std::string& GetError() const;

  private:
    /**
     * @param name name of the kernel's interface
     * @return file descriptor of the interface, or -1 with m_error set
     */
    int OpenDescriptor(const std::string& name);

    std::string m_error; ///< reason of the last failure
};

} // namespace ns3

#endif /* MPTCP_TAP_HELPER_H */
