// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the points are worth: every write in the library's sources is one.

#include "points_run.hpp"
#include "sources.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace every {
namespace {

//! Writes that no situation comes by.
struct out_of_reach {
    const char* file;
    const char* text;
    const char* why;
};
constexpr out_of_reach known[] = {
    {"tally.hpp",
     "void set(std::uint64_t value) noexcept { word_.store, "
     "void add(std::uint64_t more) noexcept { word_.fetch_add",
     "counts for people to read, by which nothing goes"},
    {"rw_lock.hpp", "block_->writer.exchange(owner << 1U",
     "only if a reader counts itself, for a moment, just after the writer saw none"},
    {"ring_part.cpp", "holder_of(wanted).compare_exchange_strong(expected",
     "a single role is given back before its slot is marked free; this is for what scribbles"},
    {"liveness.cpp", "sys::close", "in a fork's child, or after somebody else closed a descriptor"},
    {"liveness.cpp", "return is_held(sys::get_lock",
     "an owner that closes holds the name's lock for moments only"},
    {"spsc_ring_search.hpp", "at_.block->read_claimed.store",
     "by the successor of a reader that died within a jump, as the survivors of \"single, past "
     "what "
     "was aborted\" are; and the jump's own, which is reached"},
    {"look_watch.hpp", "seen_ = looks.fetch_add(1",
     "only among more than 16 participants; what it counts decides who looks for the dead, no "
     "more"},
    {"object.cpp", "sys::close", "of what cannot be opened, or is no segment"},
    {"sleeping.cpp", "return sys::futex_wait_any",
     "as a sleep in one room: the words are the same"},
    {"system.hpp", "write_bytes", "no algorithm of core/ copies so far"},
    {"touch_pages.hpp", "while (write && !word.compare_exchange_weak(value, value",
     "changes nothing; only where the kernel does not know MADV_POPULATE_WRITE"},
};

const out_of_reach* find_known(const source_write& w) {
    for (const out_of_reach& k : known) {
        if (w.file == k.file && std::strstr(k.text, w.text.c_str()) != nullptr)
            return &k;
    }
    return nullptr;
}

} // namespace

bool points_run::check_sources(const std::string& folder) const {
    const std::vector<source_write> all = read_sources(folder);
    const std::vector<site> sites = trials_.sites();
    std::size_t atomic = 0;
    std::size_t reached = 0;
    std::size_t unknown = 0;
    for (const source_write& w : all) {
        atomic += w.atomic ? 1U : 0U;
        const bool is_reached = std::any_of(sites.begin(), sites.end(),
                                            [&](const site& place) { return w.is_at(place); });
        reached += is_reached ? 1U : 0U;
        if (is_reached)
            continue;
        const out_of_reach* const k = find_known(w);
        unknown += k == nullptr ? 1U : 0U;
        std::printf("%s: %s:%u: %s(...)%s%s\n", k == nullptr ? "NOT REACHED" : "out of reach",
                    w.file.c_str(), w.first_line, w.text.c_str(), k == nullptr ? "" : ": ",
                    k == nullptr ? "" : k->why);
    }
    for (const site& place : sites) {
        if (std::none_of(all.begin(), all.end(),
                         [&](const source_write& w) { return w.is_at(place); })) {
            ++unknown;
            std::printf("NOT IN THE SOURCES: %s:%u\n", place.file, place.line);
        }
    }
    std::printf(
        "the sources have %zu atomic writes and %zu other places; %zu of them are reached\n",
        atomic, all.size() - atomic, reached);
    return unknown == 0;
}

} // namespace every
