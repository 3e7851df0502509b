// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// How the errors of opening and creating are said, and how long a call tries again before
// it throws.

#ifndef SHARED_MEMORY_LIB_SEGMENT_ERRORS_HPP
#define SHARED_MEMORY_LIB_SEGMENT_ERRORS_HPP

#include <shared_memory/error.hpp>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! The text with question marks for control characters, since an error may end on a terminal.
std::string printable(std::string_view text);

//! Throws `error`: the segment's name, and the parts of what is said of it.
template <class... Parts>
[[noreturn]] void fail(errc code, std::string_view name, const Parts&... parts) {
    std::ostringstream message;
    message << "shared_memory: \"" << name << "\" ";
    (message << ... << parts);
    throw error(code, message.str());
}

//! "expected WHAT from LOW to HIGH, found FOUND".
std::string expected_range(std::string_view what, std::uint64_t low, std::uint64_t high,
                           std::uint64_t found);
//! Throws `errc::out_of_range` unless low <= found <= high.
void require_range(std::string_view what, std::uint64_t low, std::uint64_t high,
                   std::uint64_t found);

//! For how long at least a call waits for what stopped processes keep unsettled in every slot.
inline constexpr std::chrono::seconds time_to_settle{1};

//! For a call that finds another process at work on the name: a little time to let it finish. It is
//! this process's own time: of the time between two pauses no more than a moment counts, so that a
//! process that was stopped, or has built an object meanwhile, has as much patience as before.
class retry_limit {
public:
    explicit retry_limit(std::string_view name);
    //! Lets some time pass; throws `errc::in_use` when the tries have taken a second.
    void pause();
    //! For an answer that may only mean that a participant is on its way out: true when the answer
    //! has come for the third time, or the second is over; else a pause.
    bool confirms();
    bool is_over() const;

private:
    std::string_view name_;
    int confirmations_ = 0;
    std::chrono::steady_clock::time_point last_;
    std::chrono::steady_clock::duration spent_{};
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
