// What every call of one shard's API works with.
#pragma once

#include "fieldcast/api/api.hpp"
#include "fieldcast/transport/static_files.hpp"

namespace fieldcast::api {

class Context {
 public:
  Context(hub::Hub& hub_, const Settings& settings_, Process& process_, access::VerifierPtr verifier_);

  hub::Hub& hub;
  const Settings& settings;
  Process& process;
  access::VerifierPtr verifier;
  access::VerifiedTokens verified;
  access::Tickets tickets;  // used by the ticket office only
  Context* ticket_office = nullptr;
  codec::FixDecoder decoder;
  codec::FixBatch batch;  // reused by every POST
  std::unique_ptr<transport::StaticFiles> files;

  store::Directory& directory() { return *hub.wiring().directory; }
  store::Store& store() { return *hub.wiring().store; }

  Result<access::ClaimsPtr> verify(std::string_view token, Timestamp now) {
    return verified.verify(*verifier, token, now);
  }

  /// Fills the teams of a manager whose token lists none. `done` is called on this shard, at
  /// once when nothing is to be looked up; null when the store cannot say.
  void complete(access::ClaimsPtr claims, std::function<void(access::ClaimsPtr)> done);

  /// A ticket is good once, whichever shard and instance it is shown to. Null: not, or no longer, good.
  void issue_ticket(access::ClaimsPtr claims, std::function<void(std::string ticket)> done);
  void redeem_ticket(std::string ticket, std::function<void(access::ClaimsPtr)> done);

  /// Reads on a reader thread, and answers here. False: too many wait.
  template <class Read, class Done>
  [[nodiscard]] bool read(Read read_, Done done) {
    return store().read([this, read_ = std::move(read_), done = std::move(done)](store::Reader& reader) mutable {
      auto result = read_(reader);
      hub.loop().post([result = std::move(result), done = std::move(done)]() mutable { done(std::move(result)); });
    });
  }

  /// The teams that the bearer may see and that have agents or are listed in the token.
  std::vector<TeamId> visible_teams(const access::Claims& claims);

 private:
  void issue_here(access::ClaimsPtr claims, std::function<void(std::string ticket)> done);
};

/// True for admins and managers of a whole organisation.
bool sees_all_teams(const access::Claims& claims);

/// 16 bytes of the system's generator.
std::string random_bytes();
std::string session_name();

}  // namespace fieldcast::api
