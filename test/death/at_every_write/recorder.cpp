// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "recorder.hpp"

#include <cstring>

namespace every {
namespace {

// The victim's.
recorder* mine;
std::uint32_t times[512][4];

} // namespace

const char* name_of(moment when) noexcept {
    constexpr const char* names[] = {"before", "half way", "after", "asleep"};
    return names[static_cast<unsigned>(when)];
}

void recorder::operation_begins() noexcept {
    mine = this;
    number_ = 0;
    std::memset(times, 0, sizeof times);
    killing::hook = &recorder::passes;
}

void recorder::operation_ends() noexcept {
    killing::hook = nullptr;
}

void recorder::passes(const site& place, killing::moment when) {
    mine->at(place, static_cast<moment>(when));
    if (when == killing::moment::before && place.what == killing::act::sleep)
        mine->at(place, moment::asleep);
}

std::uint16_t recorder::find(const site& place) {
    std::uint32_t i = 0;
    while (i != site_count_ &&
           (sites_[i].line != place.line || std::strcmp(sites_[i].file, place.file) != 0 ||
            std::strcmp(sites_[i].function, place.function) != 0))
        ++i;
    if (i == most_sites)
        throw failure("too many crash points");
    if (i == site_count_)
        sites_[site_count_++] = place;
    return static_cast<std::uint16_t>(i);
}

void recorder::at(const site& place, moment when) {
    const std::uint16_t number = find(place);
    const std::uint32_t nth = ++times[number][static_cast<unsigned>(when)];
    const event e{number, when, static_cast<std::uint8_t>(nth)};
    if (when != moment::asleep && ++number_ == wanted_number_)
        stops(stop::point);
    const std::uint8_t most = place.what == killing::act::call ? most_calls : most_times;
    if (nth > most && when != moment::asleep)
        return;
    if (nth <= most && event_count_ != most_events)
        events_[event_count_++] = e;
    is_at(e);
}

void recorder::is_at(event e) {
    const bool is_wanted = wanted_.nth != 0 && e == wanted_;
    if (e.when != moment::asleep) {
        if (is_wanted)
            stops(stop::point);
        return;
    }
    // The victim is about to sleep; the others wait until it does.
    sleeps_there_ = is_wanted;
    stops(stop::before_sleep);
}

void recorder::stops(stop why) {
    why_ = why;
    mark();
}

bool recorder::run(tracee& victim, const event* at, const std::function<void()>& wake) {
    wanted_ = at == nullptr ? event{} : *at;
    wanted_number_ = 0;
    return run(victim, wake);
}

bool recorder::run_to(tracee& victim, std::uint32_t nth) {
    wanted_ = {};
    wanted_number_ = nth;
    return run(victim, [] { throw failure("a process that only repairs sleeps"); });
}

bool recorder::run(tracee& victim, const std::function<void()>& wake) {
    event_count_ = 0;
    why_ = stop::mark;
    victim.go();
    for (;;) {
        victim.wait_for_stop();
        if (why_ != stop::before_sleep)
            return why_ == stop::point;
        why_ = stop::mark;
        victim.go();
        if (!victim.sleeps_or_stops())
            continue;
        if (sleeps_there_)
            return true;
        wake();
    }
}

} // namespace every
