// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the ring's tests have in common.

#ifndef SHARED_MEMORY_TEST_SUPPORT_RING_SUPPORT_HPP
#define SHARED_MEMORY_TEST_SUPPORT_RING_SUPPORT_HPP

#include "leftovers.hpp"
#include "object_view.hpp"
#include "objects.hpp" // posix/ or windows/
#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/layout/spsc_ring.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>

namespace ring_support {

namespace sm = shared_memory;
namespace smd = shared_memory::detail;
using namespace std::chrono_literals;

// How many times fewer rounds a test makes where every access is checked.
using test_support::sanitized;
constexpr int rounds(int wanted) {
    return sanitized ? wanted / 10 : wanted;
}

// What a call threw: the code, zero if nothing, and the text.
struct thrown {
    std::error_code code;
    std::string text = "nothing thrown";
};
template <class F>
thrown what_throws(F&& call) {
    try {
        call();
        return {};
    } catch (const sm::error& e) {
        return {e.code(), e.code().message() + " (" + e.what() + ")"};
    } catch (const std::exception& e) {
        return {std::make_error_code(std::errc::interrupted), std::string("other: ") + e.what()};
    }
}

// The expression throws shared_memory::error with this errc; what it threw instead is printed.
#define TEST_THROWS(wanted, ...)                                                                   \
    do {                                                                                           \
        const auto thrown_here = ::ring_support::what_throws([&] { (void)(__VA_ARGS__); });        \
        BOOST_TEST((thrown_here.code == ::shared_memory::errc::wanted),                            \
                   #__VA_ARGS__ ": expected errc::" #wanted ", found: " << thrown_here.text);      \
    } while (false)

// Runs at the same time; get() rethrows what it threw, so that its text is printed.
template <class F>
auto at_once(F&& call) {
    return std::async(std::launch::async, std::forward<F>(call));
}
template <class T>
bool is_done(const std::future<T>& running) {
    return running.wait_for(0s) == std::future_status::ready;
}

// A ring's memory behind the library's back, by layout.hpp.
class segment_view {
public:
    explicit segment_view(const std::string& name)
        : object_(test_support::open_object(name)),
          region_(object_, boost::interprocess::read_write) {}

    object_view object() const { return object_view(region_.get_address()); }
    const smd::segment_identity& identity() const { return object().identity(); }
    smd::ring_head& head() const { return object().ring(); }
    smd::node_line* lines() const { return object().nodes(); }
    bool readers_sleep() const { return (head().readers_sleep.word.load() & 1U) != 0; }
    bool writers_sleep() const { return (head().writers_sleep.word.load() & 1U) != 0; }

    // Makes a ring that nobody has used yet look as if it had been used for so many laps.
    void start_in_lap(std::uint64_t lap) const {
        const auto nodes = static_cast<std::uint32_t>(identity().element_count);
        std::uint32_t index_bits = 1;
        while ((std::uint64_t{1} << index_bits) < nodes)
            ++index_bits;
        constexpr std::uint64_t both = smd::ring_single_writer | smd::ring_single_reader;
        const auto& entry = object().entry(smd::ring_part_number);
        if ((entry.settings[smd::ring_modes_setting] & both) == both) {
            auto& block = reinterpret_cast<smd::spsc_block&>(*lines());
            for (auto* const counter : {&block.tail, &block.holes, &block.front,
                                        &block.write_claimed, &block.head, &block.read_claimed})
                counter->store(lap << index_bits);
            return;
        }
        for (std::uint32_t i = 0; i != nodes; ++i)
            lines()[i].control.store(smd::control_word::of(lap, smd::node_phase::free));
        head().ring.head.store(lap << index_bits);
        head().ring.tail.store(lap << index_bits);
    }

private:
    test_support::memory_object object_;
    boost::interprocess::mapped_region region_;
};

// Whether somebody announced to sleep, soon; who waits a little longer does sleep.
inline bool a_reader_sleeps(const segment_view& view) {
    return test_support::becomes_true([&] { return view.readers_sleep(); });
}
inline bool a_writer_sleeps(const segment_view& view) {
    return test_support::becomes_true([&] { return view.writers_sleep(); });
}
// The process sleeps in the kernel.
inline bool is_asleep(pid_t process) {
    return test_support::becomes_true([&] { return test_support::sleeps_now(process); });
}

// A struct of zeroes in memory that several processes share; gone when its creator is.
template <class T>
class shared_object {
public:
    explicit shared_object(std::string name)
        : name_(std::move(name)), object_(test_support::create_object(name_, sizeof(T))),
          creator_(true) {
        map();
    }
    shared_object(boost::interprocess::open_only_t, std::string name)
        : name_(std::move(name)), object_(test_support::open_object(name_)) {
        map();
    }
    shared_object(const shared_object&) = delete;
    shared_object& operator=(const shared_object&) = delete;
    ~shared_object() {
        if (creator_)
            test_support::remove_object(name_);
    }
    const std::string& name() const { return name_; }
    T& operator*() const { return *static_cast<T*>(region_.get_address()); }
    T* operator->() const { return static_cast<T*>(region_.get_address()); }

private:
    void map() {
        boost::interprocess::mapped_region region(object_, boost::interprocess::read_write, 0,
                                                  sizeof(T));
        region_.swap(region);
    }

    std::string name_;
    test_support::memory_object object_;
    boost::interprocess::mapped_region region_;
    bool creator_ = false;
};

// The four cursors, compared and printed as one.
struct cursors {
    std::uint64_t write_start, write_end, read_start, read_end;
    friend bool operator==(const cursors& a, const cursors& b) {
        return a.write_start == b.write_start && a.write_end == b.write_end &&
               a.read_start == b.read_start && a.read_end == b.read_end;
    }
    friend bool operator!=(const cursors& a, const cursors& b) { return !(a == b); }
    friend std::ostream& operator<<(std::ostream& out, const cursors& c) {
        return out << "{write_start " << c.write_start << ", write_end " << c.write_end
                   << ", read_start " << c.read_start << ", read_end " << c.read_end << '}';
    }
};
inline cursors cursors_of(const sm::circular_buffer& ring) {
    const sm::ring_snapshot s = ring.snapshot();
    return {s.write_start, s.write_end, s.read_start, s.read_end};
}

} // namespace ring_support

#endif
