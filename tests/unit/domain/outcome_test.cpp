#include "fieldcast/domain/outcome.hpp"

#include <gtest/gtest.h>
#include <set>

namespace fieldcast {
namespace {

// Initialised before main and, in the order of linking, perhaps before the table's own file.
const std::string_view code_before_main = outcome::token_expired.code;
const Outcome* const found_before_main = outcome::find("token_expired");

TEST(Outcome, CanBeUsedBeforeMain) {
  EXPECT_EQ(code_before_main, "token_expired");
  EXPECT_EQ(found_before_main, &outcome::token_expired);
}

TEST(Outcome, HasStableCodesThatAreUnique) {
  std::set<std::string_view> codes;
  for (const Outcome* row : outcome::all()) {
    EXPECT_TRUE(codes.insert(row->code).second) << row->code;
    EXPECT_EQ(row->code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos);
    EXPECT_FALSE(row->text.empty()) << row->code;
    EXPECT_EQ(row->text.back(), '.') << row->code;
  }
  EXPECT_EQ(codes.size(), 45U);
}

TEST(Outcome, IsFoundByItsCode) {
  for (const Outcome* row : outcome::all()) EXPECT_EQ(outcome::find(row->code), row);
  EXPECT_EQ(outcome::find("no_such_code"), nullptr);
  EXPECT_EQ(outcome::find(""), nullptr);
}

TEST(Outcome, TellsTheClientByTheRangeOfACloseCodeWhatToDo) {
  for (const Outcome* row : outcome::all()) {
    if (row->close_code >= 4200) {
      EXPECT_EQ(row->action, ClientAction::reconnect_now) << row->code;
    } else if (row->close_code >= 4100) {
      EXPECT_TRUE(row->temporary()) << row->code;
    } else if (row->close_code >= 4000) {
      EXPECT_FALSE(row->temporary()) << row->code;
    }
  }
}

TEST(Outcome, HasHttpStatusesThatAreErrors) {
  for (const Outcome* row : outcome::all()) {
    if (row->http_status != 0) {
      EXPECT_GE(row->http_status, 400) << row->code;
      EXPECT_LE(row->http_status, 599) << row->code;
    }
    if (row->http_status == 503 && row->close_code == 0) {
      EXPECT_TRUE(row->temporary()) << row->code;
    }
  }
}

TEST(Outcome, LetsAPhoneForgetEveryRecordThatWasSetAside) {
  for (const Outcome* row : {&outcome::record_not_an_object, &outcome::latitude_missing, &outcome::recorded_at_too_old,
                             &outcome::agent_missing, &outcome::agent_not_permitted, &outcome::record_too_big}) {
    EXPECT_EQ(row->action, ClientAction::forget_record) << row->code;
    EXPECT_FALSE(row->temporary());
  }
}

struct Close {
  const Outcome* row;
  int code;
};

TEST(Outcome, ClosesWithTheCodesOfTheProtocol) {
  for (const Close& close : {
           Close{&outcome::bad_frame, 4000},
           Close{&outcome::unauthenticated, 4001},
           Close{&outcome::forbidden, 4003},
           Close{&outcome::replaced, 4008},
           Close{&outcome::too_many_connections, 4009},
           Close{&outcome::message_too_big, 1009},
           Close{&outcome::overloaded, 4100},
           Close{&outcome::too_slow, 4101},
           Close{&outcome::silent, 4102},
           Close{&outcome::rate_limited, 4103},
           Close{&outcome::going_away, 4200},
           Close{&outcome::token_expired, 4201},
       }) {
    EXPECT_EQ(close.row->close_code, close.code) << close.row->code;
  }
}

}  // namespace
}  // namespace fieldcast
