#include "fieldcast/rooms/watch.hpp"

#include <gtest/gtest.h>

namespace fieldcast::rooms {
namespace {

TEST(Cursor, ReadsBackWhatItWrote) {
  for (const Cursor cursor : {Cursor{1, 0}, Cursor{~std::uint64_t{0}, ~std::uint64_t{0}}, Cursor{0xabc, 16}}) {
    const auto back = cursor_from(to_string(cursor));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->epoch, cursor.epoch);
    EXPECT_EQ(back->version, cursor.version);
  }
  EXPECT_EQ(to_string(Cursor{0xabc, 16}), "abc.10");
}

TEST(Cursor, IsNothingForAnyOtherText) {
  for (const auto* text : {"", ".", "1", "1.", ".1", "1.2.3", "g.1", "-1.2", "0x1.2", " 1.2", "1.2 ", "+1.2",
                           "11111111111111111.1", "1.11111111111111111", "0000000000000000000000000000000001.1"}) {
    EXPECT_FALSE(cursor_from(text)) << text;
  }
}

}  // namespace
}  // namespace fieldcast::rooms
