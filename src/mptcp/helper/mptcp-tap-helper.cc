/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tap-helper.h"

#include "ns3/log.h"
#include "ns3/mac48-address.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpTapHelper");

Ptr<FdNetDevice>
MptcpTapHelper::Open(Ptr<Node> node, const std::string& name)
{
    NS_LOG_FUNCTION(this << node << name);
    const int descriptor = OpenDescriptor(name);
    if (descriptor < 0)
    {
        NS_LOG_WARN(m_error);
        return nullptr;
    }
    Ptr<FdNetDevice> device = CreateObject<FdNetDevice>();
    device->SetAddress(Mac48Address::Allocate());
    device->SetEncapsulationMode(FdNetDevice::DIX);
    device->SetMtu(1500);
    device->SetIsBroadcast(true);
    device->SetIsMulticast(true); // IPv6 neighbor discovery
    device->SetFileDescriptor(descriptor);
    node->AddDevice(device);
    return device;
}

const std::string&
MptcpTapHelper::GetError() const
{
    return m_error;
}

int
MptcpTapHelper::OpenDescriptor(const std::string& name)
{
    m_error.clear();
    if (name.empty() || name.size() >= IFNAMSIZ)
    {
        m_error = "TAP interface \"" + name + "\": a name has 1 to " +
                  std::to_string(IFNAMSIZ - 1) + " characters";
        return -1;
    }
    const int descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
    {
        m_error =
            "TAP interface \"" + name + "\": cannot open /dev/net/tun: " + std::strerror(errno);
        return -1;
    }
    ifreq request{};
    // Without IFF_NO_PI each frame would start with four octets that FdNetDevice must strip.
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (ioctl(descriptor, TUNSETIFF, &request) < 0)
    {
        m_error = "TAP interface \"" + name + "\": cannot create it: " + std::strerror(errno);
        if (errno == EPERM)
        {
            m_error += " (CAP_NET_ADMIN is needed)";
        }
        close(descriptor);
        return -1;
    }
    return descriptor;
}

} // namespace ns3
