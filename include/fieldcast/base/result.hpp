// Result<T>: a value or an Error, returned instead of thrown.
//
// Functions below `app` report failure by value; exceptions are caught inside
// the one adapter function that called a throwing library.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace fieldcast {

/// Why something failed: a stable code for programs, a sentence for people.
/// The text holds no token, no password and no exact position.
struct Error {
  std::string code;
  std::string text;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.code + ": " + error.text), where);
}

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

}  // namespace fieldcast
