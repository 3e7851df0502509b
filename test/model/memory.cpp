// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "memory.hpp"

#include <algorithm>
#include <cstring>

namespace model {
namespace {

void join(view& to, const view& from) {
    for (unsigned i = 0; i != max_locations; ++i)
        to[i] = std::max(to[i], from[i]);
}

} // namespace

std::uint64_t result_of(const access& a, std::uint64_t old) {
    switch (a.what) {
    case op::store:
    case op::exchange:
        return a.operand;
    case op::add:
        return old + a.operand;
    case op::sub:
        return old - a.operand;
    case op::bit_or:
        return old | a.operand;
    case op::cas:
        return old == a.expected ? a.operand : old;
    default:
        return old;
    }
}

void memory::copy_weak(const memory& from) {
    first = from.first;
    process = from.process;
    order_of_all = from.order_of_all;
    std::memcpy(writes.data(), from.writes.data(), from.total() * sizeof(write));
}

void memory::start_weak() {
    process = {};
    order_of_all = {};
    for (unsigned i = 0; i != max_locations; ++i) {
        first[i] = static_cast<std::uint8_t>(i);
        writes[i] = write{value[i], {}, 0, {}};
    }
    first[max_locations] = max_locations;
}

// Calls f with each way, the newest first, until it returns true.
template <class F>
bool memory::each_way(unsigned p, const access& a, F f) const {
    const unsigned x = a.location;
    const unsigned last = count(x) - 1U;
    const auto floor = [&](order o) {
        const unsigned own = process[p].now[x];
        return o == order::seq_cst ? std::max<unsigned>(own, order_of_all[x]) : own;
    };
    const auto room_behind = [&](unsigned i) {
        return i == last || writes[first[x] + i + 1U].rmw == 0;
    };
    const unsigned low = floor(a.success);
    const unsigned low_failure = a.what == op::cas ? floor(a.failure) : low;
    for (unsigned i = last + 1; i-- != std::min(low, low_failure);) {
        if (a.what == op::cas && writes[first[x] + i].value != a.expected) {
            if (i >= low_failure && f(choice{i, false}))
                return true;
        } else if (i >= low && (a.what == op::load || room_behind(i)) && f(choice{i, true})) {
            return true;
        }
    }
    return false;
}

unsigned memory::ways(unsigned p, const access& a) const {
    unsigned n = 0;
    each_way(p, a, [&](choice) { return ++n, false; });
    return n;
}

void memory::insert(unsigned x, unsigned behind, const write& w) {
    const unsigned at = first[x] + behind + 1U;
    std::memmove(&writes[at + 1], &writes[at], (total() - at) * sizeof(write));
    for (unsigned i = x + 1; i <= max_locations; ++i)
        ++first[i];
    if (behind + 2U != count(x)) { // those behind it move on
        const auto moved = [&](view& v) {
            if (v[x] > behind)
                ++v[x];
        };
        for (process_views& v : process) {
            moved(v.now);
            moved(v.pending);
            moved(v.released);
            moved(v.left);
        }
        moved(order_of_all);
        for (unsigned i = 0; i != total(); ++i) {
            if (i != at)
                moved(writes[i].seen);
        }
    }
    writes[at] = w;
    if (behind + 2U == count(x))
        value[x] = w.value;
}

std::uint64_t memory::perform(unsigned p, const access& a, unsigned way) {
    choice c{0, false};
    each_way(p, a, [&](choice one) { return c = one, way-- == 0; });
    const unsigned x = a.location;
    const order o = c.success ? a.success : a.failure;
    const bool writes_now = is_write(a.what) && c.success;
    process_views& mine = process[p];
    const write found = writes[first[x] + c.index];
    auto see = static_cast<std::uint8_t>(c.index);
    if (a.what != op::store) {
        mine.now[x] = std::max(mine.now[x], see);
        join(mine.pending, found.seen);
        if (acquires(o))
            join(mine.now, found.seen);
    }
    if (writes_now) {
        insert(x, c.index, write{result_of(a, found.value), {}, a.what != op::store, {}});
        see = static_cast<std::uint8_t>(c.index + 1U);
        mine.now[x] = see;
        write& made = writes[first[x] + see];
        made.seen = releases(o) ? mine.now : mine.released;
        made.seen[x] = see;
        if (a.what != op::store)
            join(made.seen, writes[first[x] + c.index].seen);
        mine.left = mine.now;
    }
    join(mine.pending, mine.now);
    if (o == order::seq_cst)
        order_of_all[x] = std::max(order_of_all[x], see);
    return found.value;
}

void memory::fence(unsigned p, order o) {
    process_views& mine = process[p];
    if (acquires(o))
        mine.now = mine.pending;
    if (o == order::seq_cst) {
        join(mine.now, order_of_all);
        order_of_all = mine.now;
        mine.pending = mine.now;
    }
    if (releases(o))
        mine.released = mine.now;
}

bool memory::has_seen_all(unsigned p, unsigned x) const {
    return process[p].now[x] + 1U == count(x);
}

// An access that nobody else may make at the same time: it must have seen the last one.
bool memory::touch(unsigned p, unsigned x) {
    if (!has_seen_all(p, x))
        return false;
    process_views& mine = process[p];
    insert(x, mine.now[x], write{value[x], {}, 1, {}});
    ++mine.now[x];
    mine.pending[x] = std::max(mine.pending[x], mine.now[x]);
    mine.left = mine.now;
    return true;
}

void memory::hand_on(unsigned from, unsigned to) {
    join(process[to].now, process[from].left);
    join(process[to].pending, process[to].now);
}

bool memory::forget(const std::array<std::uint8_t, max_locations>& readers) {
    view gone{};
    unsigned all = 0;
    for (unsigned x = 0; x != max_locations; ++x) {
        unsigned low = count(x) - 1U;
        if (low == 0)
            continue;
        for (unsigned p = 0; p != max_processes; ++p) {
            if ((readers[x] >> p & 1U) != 0)
                low = std::min<unsigned>(low, process[p].now[x]);
        }
        gone[x] = static_cast<std::uint8_t>(low);
        all += low;
    }
    if (all == 0)
        return total() + 8U < max_writes;
    const auto lower = [&](view& v) {
        for (unsigned x = 0; x != max_locations; ++x)
            v[x] = static_cast<std::uint8_t>(v[x] > gone[x] ? v[x] - gone[x] : 0);
    };
    for (process_views& v : process) {
        lower(v.now);
        lower(v.pending);
        lower(v.released);
        lower(v.left);
    }
    lower(order_of_all);
    unsigned to = 0;
    for (unsigned x = 0; x != max_locations; ++x) {
        const unsigned begin = first[x] + gone[x];
        const unsigned end = first[x + 1];
        first[x] = static_cast<std::uint8_t>(to);
        for (unsigned i = begin; i != end; ++i, ++to) {
            if (i != to)
                writes[to] = writes[i];
            lower(writes[to].seen);
        }
        writes[first[x]].rmw = 0; // nothing can come before the first
    }
    first[max_locations] = static_cast<std::uint8_t>(to);
    return to + 8U < max_writes;
}

} // namespace model
