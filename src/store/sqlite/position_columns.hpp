// A position as columns of `positions` and `last_known`, and back.
#pragma once

#include "connection.hpp"
#include "fieldcast/domain/position.hpp"

namespace fieldcast::store::sqlite {

/// In the order of bind_position and read_position.
inline constexpr std::string_view position_columns =
    "recorded_at, received_at, latitude_e7, longitude_e7, accuracy_m, speed_mps, heading_deg, altitude_m, battery, "
    "activity, attributes";
inline constexpr int position_column_count = 11;

/// False for coordinates that are no place on earth: they have no integer form.
bool is_storable(const Position& position);

/// Binds from parameter `first` on. `position` must live until the statement is reset.
void bind_position(Statement& statement, int first, const Position& position);

/// Reads from column `first` on.
Position read_position(const Statement& statement, int first);

}  // namespace fieldcast::store::sqlite
