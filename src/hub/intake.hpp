// Batches of fixes on their way: judged here, then handed to the two ways out.
#pragma once

#include "fieldcast/hub/hub.hpp"

namespace fieldcast::hub {

class Hub::Intake {
 public:
  explicit Intake(Hub& hub);

  AgentIdentityPtr register_agent(const access::Claims& claims);
  void submit(const access::ClaimsPtr& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
              Answered answered);
  void committed(const std::vector<store::WriteResult>& results);
  /// Another instance's word, or the store's, on who an agent is. Threads: any.
  static store::Directory::Registered take_registration(Wiring& wiring, const AgentIdentity& agent,
                                                        store::Directory::Source source);

 private:
  struct Pending {
    Answered answered;
    SubmitAnswer answer;
    SteadyTime decoded_at;
  };
  struct Attribution {
    AgentIdentityPtr agent;  // whom the record is of; who sent it when it is of nobody
    const Outcome* problem = nullptr;
  };

  AgentIdentityPtr put(const AgentIdentity& agent);
  static void leave_former_team(Wiring& wiring, const store::Directory::Registered& registered);
  AgentIdentityPtr as_known_now(const AgentIdentityPtr& self);
  AgentIdentityPtr gateway_itself(const access::Claims& claims) const;
  Attribution attribute(const access::Claims& claims, const AgentIdentityPtr& self, const codec::DecodedFix& fix,
                        const Outcome* problem);
  void judge(const access::Claims& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
             store::WriteRequest& request, SubmitAnswer& answer);
  void publish(const std::vector<AgentPosition>& positions, SteadyTime decoded_at);

  Hub& hub_;
  const Settings& settings_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::uint64_t next_request_ = 1;
};

}  // namespace fieldcast::hub
