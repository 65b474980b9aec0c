/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_KERNEL_H
#define MPTCP_PATH_MANAGER_KERNEL_H

#include "mptcp-path-manager.h"
#include "mptcp-redial.h"

#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

namespace ns3
{

/**
 * What the in-kernel path manager of Linux does (net/mptcp/pm_kernel.c of 6.18), driven by the
 * endpoints and limits of the node (MptcpStack::GetEndpoints).
 *
 * When and rights: see MptcpPathManager. Decisions follow the event, as in the kernel:
 *
 * - Fully established, and on each established or failed subflow, echo, and new endpoint: announce
 *   one endpoint with the flag signal; then open subflows from the endpoints with the flag subflow,
 *   in order, to the peer's initial address, or with fullmesh to all addresses that a subflow goes
 *   to. Each endpoint is used once in the life of the connection, as long as it is not removed.
 * - ADD_ADDR received, within the limit of accepted ones: a subflow from each fullmesh endpoint;
 *   else, if there are laminar ones, from one of them that was not used; else, when the peer
 *   forbids joins to its initial address and no ADD_ADDR may be accepted, from the subflow
 *   endpoints; else from the address that routing chooses.
 * - An endpoint is removed: REMOVE_ADDR if it was announced or has subflows, which are closed.
 * - Backup flag changed: MP_PRIO. Fullmesh flag changed: its subflows are closed and opened again.
 * - The limit of subflows counts those that the peer opened, and refuses more.
 *
 * A tie: the endpoint that stands first in MptcpEndpointTable::GetAll. Two things differ from the
 * kernel: changed limits hold for connections that live, and MP_PRIO goes out on all subflows of
 * the endpoint and not on the first one only. With RetryDelay, subflows that failed are opened
 * again, which the kernel never does.
 */
class MptcpPathManagerKernel : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathManagerKernel();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;
    std::string Explain(const MptcpPathView& view) const override;
    bool UsesEndpoints() const override;
    bool AcceptsSubflow(const MptcpPathView& view) const override;
    bool WithdrawsLostAddresses() const override;
    uint32_t CountAccepted(const std::vector<MptcpRemoteAddress>& remotes) const override;
    std::optional<uint32_t> CountLocals() const override;

  private:
    /**
     * Open failed subflows again, and remember those that are opened now.
     *
     * @param event reason of the call
     */
    void Redial(MptcpPathEvent event);
    /** @param subflow subflow of the view @return it is neither closing nor about to be closed */
    bool IsOpen(const MptcpPathSubflow& subflow) const;
    /** @return subflows besides the initial one, of either side, and those of this answer */
    uint32_t CountExtra() const;
    /** @return the limit admits one more subflow */
    bool HasRoom() const;
    /** @param local our address @param remote the peer's @return a subflow may join them */
    bool Match(const Address& local, const Address& remote) const;
    /** @param flag MptcpEndpointFlag @return number of endpoints with it */
    uint32_t Count(uint8_t flag) const;
    /** @param endpoint endpoint @return its identifier on the wire: 0 if the initial address */
    uint8_t WireId(const MptcpEndpoint& endpoint) const;
    /** @param flag MptcpEndpointFlag @return first endpoint with it not used yet, or nullptr */
    const MptcpEndpoint* Select(uint8_t flag) const;
    /** @return ADD_ADDRs are accepted although the limit is 0: the peer set the C flag */
    bool IsDeniedCase() const;
    /** Account for the endpoint of the initial subflow, once. */
    void SetUpInitial();
    /** Announce one address, then open subflows as the limits admit. */
    void Work();
    /** @return something is left to do; remembered */
    bool CheckWorkPending();
    /** @param endpoint from where: subflows to the peer's addresses */
    void Dial(const MptcpEndpoint& endpoint);
    /** @param endpoint from where @param wireId its identifier @param remote where to */
    void Create(const MptcpEndpoint& endpoint, uint8_t wireId, const MptcpRemoteAddress& remote);
    /** An ADD_ADDR came. */
    void OnRemoteAdded();
    /** @param remote address announced @return local sides found, with subflows asked for */
    bool DialAnnounced(const MptcpRemoteAddress& remote);
    /** @param remoteId address announced, to which a subflow could not even be started */
    void OnRefused(uint8_t remoteId);
    /** A REMOVE_ADDR came. */
    void OnRemoteRemoved();
    /** @param endpoint removed */
    void OnEndpointRemoved(const MptcpEndpoint& endpoint);
    /** All endpoints were removed. */
    void OnFlushed();
    /** Addresses were lost or are back. */
    void OnLocalChanged();
    /** Flags of an endpoint changed. */
    void OnFlags();
    /** @param wireId identifier on the wire whose endpoint may be used again */
    void MakeAvailable(uint8_t wireId);
    /** @param wireId identifier on the wire whose subflows are to be closed */
    void CloseSubflows(uint8_t wireId);
    /** @param address local address @return a subflow from it is open */
    bool HasSubflowFrom(const Address& address) const;

    // Attributes
    Time m_retryDelay;    ///< attribute RetryDelay
    Time m_maxRetryDelay; ///< attribute MaxRetryDelay
    bool m_withdrawLost;  ///< attribute WithdrawLostAddresses

    // Memory of the connection
    std::bitset<256> m_available;   ///< endpoint identifiers not used yet
    bool m_started{false};          ///< the connection is fully established
    bool m_initialKnown{false};     ///< SetUpInitial was done
    uint8_t m_initialEndpoint{0};   ///< endpoint of the initial subflow, 0: none
    uint32_t m_localsUsed{0};       ///< endpoints that subflows were opened from
    uint32_t m_signaled{0};         ///< endpoints announced
    uint32_t m_accepted{0};         ///< ADD_ADDRs that led to subflows
    std::bitset<256> m_dialed;      ///< identifiers of these
    bool m_accepting{false};        ///< an ADD_ADDR may still lead to subflows
    bool m_workPending{false};      ///< see CheckWorkPending
    std::vector<uint8_t> m_signals; ///< endpoints announced and not removed since
    MptcpRedial m_redial;           ///< subflows to open again

    // The call in hand
    const MptcpPathView* m_view{nullptr}; ///< its view
    MptcpPathActions m_actions;           ///< its answer so far
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_KERNEL_H */
