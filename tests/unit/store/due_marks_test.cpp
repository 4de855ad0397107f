// Which hours a group of positions makes due, and which are marked already.
#include "fieldcast/store/due_marks.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using Mark = DueMarks::Mark;

constexpr Timestamp ten{hours{480'010}};

class StoreDueMarks : public testing::Test {
 protected:
  std::vector<Mark> marks() {
    const auto marks = due_.marks();
    return {marks.begin(), marks.end()};
  }
  DueMarks due_;
};

TEST_F(StoreDueMarks, MarkTheRunningHourOncePerAgentWhenItWasCommitted) {
  for (int round = 0; round < 2; ++round) {
    due_.begin(ten + minutes{5});
    due_.note(7, ten + minutes{4});
    due_.note(7, ten + minutes{5});
    due_.note(8, ten);
    EXPECT_THAT(marks(), ElementsAre(Mark{7, ten}, Mark{8, ten})) << "the first group failed";
  }
  due_.adopt();
  due_.begin(ten + minutes{59});
  due_.note(7, ten + minutes{58});
  EXPECT_THAT(marks(), IsEmpty());
  due_.note(9, ten + minutes{58});
  EXPECT_THAT(marks(), ElementsAre(Mark{9, ten}));
}

TEST_F(StoreDueMarks, MarkWhatIsLateEachTimeAndTheHourAfterIt) {
  for (int round = 0; round < 2; ++round) {
    due_.begin(ten + minutes{5});
    due_.note(7, ten - hours{5});
    due_.note(7, ten - hours{5} + minutes{1});
    due_.note(7, ten - hours{4} + minutes{1});
    EXPECT_THAT(marks(), ElementsAre(Mark{7, ten - hours{5}}, Mark{7, ten - hours{4}}, Mark{7, ten - hours{3}}));
    due_.adopt();
  }
}

TEST_F(StoreDueMarks, TakeTheHourBeforeForLateAndRememberTheRunningOne) {
  due_.begin(ten + minutes{1});
  due_.note(7, ten - minutes{1});
  EXPECT_THAT(marks(), ElementsAre(Mark{7, ten - hours{1}}, Mark{7, ten}));
  due_.adopt();
  due_.begin(ten + minutes{2});
  due_.note(7, ten - minutes{1});
  due_.note(7, ten + minutes{2});
  EXPECT_THAT(marks(), ElementsAre(Mark{7, ten - hours{1}})) << "it may be worked on any time";
}

TEST_F(StoreDueMarks, MarkAnHourThatIsAheadOfTheClockEachTime) {
  for (int round = 0; round < 2; ++round) {
    due_.begin(ten - milliseconds{1});
    due_.note(7, ten);
    EXPECT_THAT(marks(), ElementsAre(Mark{7, ten}));
    due_.adopt();
  }
}

TEST_F(StoreDueMarks, ForgetAtTheEndOfTheHour) {
  due_.begin(ten);
  due_.note(7, ten);
  due_.adopt();
  due_.begin(ten + hours{1});
  due_.note(7, ten + hours{1});
  EXPECT_THAT(marks(), ElementsAre(Mark{7, ten + hours{1}}));
  due_.begin(ten + hours{1});
  due_.note(7, ten);
  EXPECT_THAT(marks(), ElementsAre(Mark{7, ten}, Mark{7, ten + hours{1}})) << "it was marked, but that hour is over";
}

TEST_F(StoreDueMarks, OfAGroupThatWasNotCommittedAreForgotten) {
  due_.begin(ten);
  due_.note(7, ten);
  due_.begin(ten);
  due_.adopt();
  due_.begin(ten);
  due_.note(7, ten);
  EXPECT_THAT(marks(), ElementsAre(Mark{7, ten}));
}

}  // namespace
}  // namespace fieldcast::store
