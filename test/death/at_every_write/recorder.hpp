// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Where an operation comes by crash points, and how it is stopped at one of them.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_RECORDER_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_RECORDER_HPP

#include "../stage/tracee.hpp"

#include <crash_point.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace every {

//! A place in the library's sources. (Its pointers are good in all processes of the program.)
using site = killing::place;

enum class moment : std::uint8_t { before, half_way, after, asleep };
const char* name_of(moment when) noexcept;

//! The n-th time that an operation is at a site.
struct event {
    std::uint16_t site;
    moment when;
    std::uint8_t nth; // from 1
};
constexpr bool operator==(const event& a, const event& b) noexcept {
    return a.site == b.site && a.when == b.when && a.nth == b.nth;
}

//! Lies in memory that all processes of the program share, zeroed at first.
class recorder {
public:
    //! Of the n-th times at a site, those up to this are told apart.
    static constexpr std::uint8_t most_times = 3;
    //! Of a kernel's call: a repairer asks about every slot, and then about a living participant.
    static constexpr std::uint8_t most_calls = 6;

    // ---- The victim
    void operation_begins() noexcept;
    static void operation_ends() noexcept;

    // ---- The others
    //! Runs the victim from its mark to its next one; to `at`, if that is not null, asleep or not.
    //! False: it has come to its mark. `wake` ends a sleep.
    bool run(tracee& victim, const event* at, const std::function<void()>& wake);
    //! The same, up to the n-th time that the victim comes by any point.
    bool run_to(tracee& victim, std::uint32_t nth);
    //! What happened in the last run.
    std::vector<event> events() const { return {events_, events_ + event_count_}; }
    //! All that any victim ever came by.
    std::vector<site> sites() const { return {sites_, sites_ + site_count_}; }

private:
    enum class stop : std::uint8_t { mark, point, before_sleep };
    static constexpr std::uint32_t most_sites = 512;
    static constexpr std::uint32_t most_events = 4096;

    static void passes(const site& place, killing::moment when);
    void at(const site& place, moment when);
    std::uint16_t find(const site& place);
    void is_at(event e);
    void stops(stop why);
    bool run(tracee& victim, const std::function<void()>& wake);

    site sites_[most_sites];
    event events_[most_events];
    std::uint32_t site_count_;
    std::uint32_t event_count_;
    event wanted_;                // nth: 0: none
    std::uint32_t wanted_number_; // 0: none
    std::uint32_t number_;
    stop why_;
    bool sleeps_there_;
};

} // namespace every

#endif
