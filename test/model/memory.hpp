// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The model's shared memory: sequentially consistent, or with C++ release/acquire views.
//
// In the weak mode each location keeps its writes in modification order, and each process a view:
// for each location the oldest write that it may still read. A write carries the view that who
// reads it by acquire gets. A load may read any write that the reader's view allows; a plain store
// may take any place in the modification order behind what the storing process has seen (not
// between a read-modify-write and the write that this one read). What C++20 says of seq_cst is one
// view more, `order`: the accesses and fences execute in their total order S; a seq_cst access of a
// location reads or writes nothing older than the seq_cst accesses of it before, or than what a
// seq_cst fence before had seen, and a seq_cst fence brings all of that to its process's view.
// What this leaves out: loads that take their value from the future (po U rf has no cycle).

#ifndef SHARED_MEMORY_TEST_MODEL_MEMORY_HPP
#define SHARED_MEMORY_TEST_MODEL_MEMORY_HPP

#include <array>
#include <cstdint>

namespace model {

constexpr unsigned max_processes = 6;
constexpr unsigned max_locations = 40;
constexpr unsigned max_writes = 200; // that anybody can still read, of all locations

enum class order : std::uint8_t { relaxed, acquire, release, acq_rel, seq_cst, none };
constexpr bool acquires(order o) {
    return o == order::acquire || o == order::acq_rel || o == order::seq_cst;
}
constexpr bool releases(order o) {
    return o == order::release || o == order::acq_rel || o == order::seq_cst;
}

enum class op : std::uint8_t {
    load,
    store,
    exchange,
    add,
    sub,
    bit_or,
    cas,
    fence,
    // of memory that is not atomic: `own` excludes everybody else, `look` all who `own`
    own,
    look,
    // of the process's private words
    recall,
    note,
    // the kernel's
    alive,
    take_slot,
    leave_slot,
    anyone_dead,
    await_death,
    wake,
    sleep,
    // either of two
    choice
};

// What a process is about to do. `expected` is a compare-exchange's or a sleeper's; a fence's
// operand is the number, from 1, of the process that runs it, or 0: the one itself.
struct access {
    op what = op::load;
    std::uint8_t location = 0; // or the slot
    order success = order::relaxed;
    order failure = order::relaxed;
    std::uint64_t operand = 0;
    std::uint64_t expected = 0;
    const char* file = nullptr;
    unsigned line = 0;
};
constexpr bool is_write(op o) {
    return o >= op::store && o <= op::cas;
}
//! What an access leaves in the location where it found `old`.
std::uint64_t result_of(const access& a, std::uint64_t old);

using view = std::array<std::uint8_t, max_locations>; // index among the location's writes

struct write {
    std::uint64_t value;
    view seen;        // what an acquire of it brings
    std::uint8_t rmw; // nothing comes between it and the write before
    std::uint8_t pad[7];
};

struct process_views {
    view now;      // what it must not read behind
    view pending;  // what an acquire fence would add
    view released; // what its relaxed stores carry: as of its last release fence
    view left;     // as of its last write: what the kernel hands on when it dies
};

struct memory {
    std::array<std::uint64_t, max_locations> value{}; // the last in modification order
    // The rest is used in the weak mode only.
    std::array<std::uint8_t, max_locations + 1> first{}; // of each location's writes
    std::array<process_views, max_processes> process{};
    view order_of_all{}; // S, see above
    std::array<write, max_writes> writes;

    unsigned count(unsigned location) const { return first[location + 1] - first[location]; }
    unsigned total() const { return first[max_locations]; }

    void copy_weak(const memory& from);
    void start_weak();
    //! In how many ways the access can go now. Way 0 is what a sequentially consistent memory does.
    unsigned ways(unsigned p, const access& a) const;
    //! Does it; returns what was found there. `current` is false after a stale load.
    std::uint64_t perform(unsigned p, const access& a, unsigned way);
    void fence(unsigned p, order o);
    //! False: a race. `readers` are the locations of the processes that look, which `own` must
    //! have seen.
    bool touch(unsigned p, unsigned location);
    bool has_seen_all(unsigned p, unsigned location) const;
    void hand_on(unsigned from, unsigned to);
    //! Forgets writes that nobody can read any more. readers[location]: a bit each process.
    bool forget(const std::array<std::uint8_t, max_locations>& readers);

private:
    struct choice {
        unsigned index; // of the write that is read, or behind which is written
        bool success;   // of a compare-exchange
    };
    template <class F>
    bool each_way(unsigned p, const access& a, F f) const;
    void insert(unsigned location, unsigned behind, const write& w);
};

} // namespace model

#endif
