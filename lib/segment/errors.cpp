// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "errors.hpp"

#include <algorithm>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

std::string printable(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return result;
}

std::string expected_range(std::string_view what, std::uint64_t low, std::uint64_t high,
                           std::uint64_t found) {
    std::ostringstream text;
    text << "expected " << what << " from " << low << " to " << high << ", found " << found;
    return text.str();
}

void require_range(std::string_view what, std::uint64_t low, std::uint64_t high,
                   std::uint64_t found) {
    if (found < low || found > high)
        throw error(errc::out_of_range, "shared_memory: " + expected_range(what, low, high, found));
}

retry_limit::retry_limit(std::string_view name)
    : name_(name), last_(std::chrono::steady_clock::now()) {}

bool retry_limit::is_over() const {
    return spent_ > std::chrono::seconds(1);
}

void retry_limit::pause() {
    constexpr std::chrono::steady_clock::duration most_at_once = std::chrono::milliseconds(20);
    const auto now = std::chrono::steady_clock::now();
    spent_ += (std::min)(now - last_, most_at_once);
    last_ = now;
    if (is_over())
        fail(errc::in_use, name_,
             "is being replaced or removed by another process, which has not finished; try again");
    std::this_thread::sleep_for(std::chrono::microseconds(500));
}

bool retry_limit::confirms() {
    if (++confirmations_ == 3 || is_over())
        return true;
    pause();
    return false;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
