// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Copying, telling apart and showing the model's states.

#include "machine.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace model {
namespace {

std::uint64_t mix_bytes(std::uint64_t h, const void* data, std::size_t bytes) {
    const auto* from = static_cast<const unsigned char*>(data);
    for (; bytes >= 8; bytes -= 8, from += 8) {
        std::uint64_t v = 0;
        std::memcpy(&v, from, 8);
        h = mix(h, v);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, from, bytes);
    return bytes == 0 ? h : mix(h, rest);
}

} // namespace

void copy(state& to, const state& from, bool weak) {
    for (unsigned p = 0; p != max_processes; ++p) {
        process& a = to.processes[p];
        const process& b = from.processes[p];
        a.state = b.state;
        a.slot = b.slot;
        a.block = b.block;
        a.deaths = b.deaths;
        a.found_count = b.found_count;
        a.base = b.base;
        a.live = b.live;
        a.knows = b.knows;
        a.keeps = b.keeps;
        a.next = b.next;
        std::memcpy(a.found.data(), b.found.data(), b.found_count * sizeof b.found[0]);
    }
    to.slot_taken = from.slot_taken;
    to.deaths = from.deaths;
    to.preemptions = from.preemptions;
    to.weak_steps = from.weak_steps;
    to.last = from.last;
    to.ghost = from.ghost;
    to.shared.value = from.shared.value;
    if (weak)
        to.shared.copy_weak(from.shared);
}

void machine::checkpoint(unsigned place, std::uint64_t live) {
    const unsigned level = place / places_of_level;
    if (level == 0 && live == 0 && cursor_ == now.processes[current_].found_count)
        now.processes[current_].found_count = 0, cursor_ = 0; // as if the phase began here
    for (unsigned i = level; i != checkpoint_levels; ++i)
        live_[i] = 0;
    live_[level] = mix(live, place);
    base_ = cursor_;
    place_ = place;
}

std::uint64_t machine::hash(bool with_last) const {
    std::uint64_t h = 1;
    for (unsigned p = 0; p != process_count; ++p) {
        const process& one = now.processes[p];
        const std::size_t count = one.found_count - one.base;
        h = mix(h, static_cast<std::uint64_t>(one.state) | std::uint64_t{one.slot} << 8U |
                       std::uint64_t{one.block} << 16U | std::uint64_t{count} << 24U |
                       std::uint64_t{one.deaths} << 32U);
        h = mix_bytes(h, &one.knows, sizeof one.knows);
        for (const std::uint64_t live : one.live)
            h = mix(h, live);
        h = mix_bytes(h, one.keeps.data(), sizeof one.keeps);
        h = mix_bytes(h, one.found.data() + one.base, count * sizeof one.found[0]);
    }
    h = mix_bytes(h, now.slot_taken.data(), now.slot_taken.size());
    h = mix_bytes(h, now.ghost.data(), now.ghost.size());
    h = mix_bytes(h, now.shared.value.data(), next_location_ * sizeof now.shared.value[0]);
    h = mix(h, now.deaths | std::uint64_t{now.weak_steps} << 8U |
                   (with_last ? now.preemptions | std::uint64_t{now.last} << 8U : 0U) << 16U);
    h = weak ? hash_weak(h) : h;
    return h == 0 ? 1 : h;
}

std::uint64_t machine::final_hash() const {
    std::uint64_t h = mix(1, now.deaths);
    for (unsigned p = 0; p != process_count; ++p)
        h = mix(h, static_cast<std::uint64_t>(now.processes[p].state));
    h = mix_bytes(h, now.ghost.data(), now.ghost.size());
    h = mix_bytes(h, now.shared.value.data(), next_location_ * sizeof now.shared.value[0]);
    return h == 0 ? 1 : h;
}

std::uint64_t machine::hash_weak(std::uint64_t h) const {
    const memory& m = now.shared;
    const unsigned used = (next_location_ + 7U) & ~7U;
    h = mix_bytes(h, m.first.data(), next_location_ + 1U);
    h = mix_bytes(h, m.order_of_all.data(), used);
    for (unsigned p = 0; p != process_count; ++p) {
        const process_views& v = m.process[p];
        if (now.processes[p].state == condition::done && !heavy_fences)
            continue;
        h = mix_bytes(h, v.left.data(), used);
        if (!is_live(p))
            continue;
        h = mix_bytes(h, v.now.data(), used);
        h = mix_bytes(h, v.pending.data(), used);
        h = mix_bytes(h, v.released.data(), used);
    }
    for (unsigned i = 0; i != m.first[next_location_]; ++i) {
        const write& w = m.writes[i];
        h = mix(h, w.value);
        h = mix_bytes(h, w.seen.data(), used);
        h = mix(h, w.rmw);
    }
    return h;
}

const char* name_of(op o) {
    static const char* const names[] = {
        "load",       "store",        "exchange",      "add",      "sub",   "or",     "cas",
        "fence",      "own",          "look",          "recall",   "note",  "alive?", "take slot",
        "leave slot", "anyone dead?", "await a death", "wake all", "sleep", "choice"};
    return names[static_cast<unsigned>(o)];
}

const char* name_of(order o) {
    static const char* const names[] = {"relaxed", "acquire", "release", "acq_rel", "seq_cst", ""};
    return names[static_cast<unsigned>(o)];
}

void machine::trace(unsigned p, const access& a, std::uint64_t found, unsigned way) {
    char text[240];
    const char* file = a.file == nullptr ? "" : std::strrchr(a.file, '/');
    file = file == nullptr ? a.file : file + (*file == '/' ? 1 : 0);
    const bool has_location = a.what <= op::cas || a.what == op::own || a.what == op::look ||
                              a.what == op::wake || a.what == op::sleep;
    std::string where = has_location ? names[a.location]
                        : a.what == op::alive || a.what == op::take_slot || a.what == op::leave_slot
                            ? "slot " + std::to_string(a.location)
                            : "";
    int n = std::snprintf(text, sizeof text, "%-9s %-8s %-9s %#" PRIx64, process_names[p].c_str(),
                          name_of(a.what), where.c_str(), found);
    const auto add = [&](const char* format, auto... values) {
        n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), format, values...);
    };
    if (is_write(a.what) && (a.what != op::cas || found == a.expected))
        add(" -> %#" PRIx64, result_of(a, found));
    else if (a.what == op::cas)
        add(" (expected %#" PRIx64 ")", a.expected);
    if (a.file != nullptr)
        add("  %s  %s:%u", name_of(a.success), file, a.line);
    if (way != 0)
        add("  [%u back]", way);
    tracer(text);
}

} // namespace model
