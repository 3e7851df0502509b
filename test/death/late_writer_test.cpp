// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A thread that is stopped in the midst of a call, at a crash point, while others go on: what no
// test could bring about from outside. See test/killing/crash_point.hpp.

#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <thread>

namespace sm = shared_memory;
using namespace std::chrono_literals;
using test_support::unique_name;

namespace {

std::atomic<bool> stopped{false}, goes_on{false};
thread_local bool stops_after_its_claim = false;

void stop_here(const killing::place& place, killing::moment moment) {
    if (!stops_after_its_claim || moment != killing::moment::after ||
        std::string_view(place.function) != "move")
        return;
    stops_after_its_claim = false;
    stopped = true;
    while (!goes_on)
        std::this_thread::sleep_for(1ms);
}

} // namespace

// The writer claims, the handle is closed by another thread, a reader waits for the claimed node,
// and the writer gives the node up: it must tell the reader, also though it throws `closed`.
BOOST_AUTO_TEST_CASE(a_writer_whose_handle_is_closed_wakes_readers) {
    const auto blind = sm::options().death_check_interval(0ms); // the look would hide it
    const std::string name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8, blind);
    sm::circular_buffer other(sm::open_only, name, blind);
    killing::hook = stop_here;
    auto writing = std::async(std::launch::async, [&] {
        stops_after_its_claim = true;
        try {
            owner.write(1);
        } catch (const sm::error& e) {
            return e.code();
        }
        return std::error_code();
    });
    while (!stopped)
        std::this_thread::sleep_for(1ms);
    auto reading = std::async(std::launch::async, [&] {
        try {
            other.read<int>();
        } catch (const sm::error& e) {
            return e.code();
        }
        return std::error_code();
    });
    std::this_thread::sleep_for(50ms); // it sleeps
    owner.close();
    std::this_thread::sleep_for(50ms); // again, since the node is still being written
    goes_on = true;
    BOOST_TEST((writing.get() == sm::errc::closed));
    BOOST_TEST((reading.get() == sm::errc::shut_down)); // or the watchdog says that it sleeps
    killing::hook = nullptr;
}
