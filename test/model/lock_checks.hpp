// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must hold of the lock, whatever the processes do.

#ifndef SHARED_MEMORY_TEST_MODEL_LOCK_CHECKS_HPP
#define SHARED_MEMORY_TEST_MODEL_LOCK_CHECKS_HPP

#include "machine.hpp"

#include <cstdint>

namespace model {

struct lock_ghost {
    std::uint8_t writer;                 // process + 1: writes now
    std::uint8_t readers[max_processes]; // how often it is in
    std::uint8_t claimed;                // process + 1: has the writer's word
    std::uint8_t odd;                    // process + 1: has made the sequence odd
    std::uint8_t died_writing;           // nobody has marked it consistent since
    std::uint8_t claims;                 // how often the writer's word was taken, for told_apart
    std::uint8_t began_beside[max_processes]; // that claim was there when the call began; 0: none
};

class lock_checks {
public:
    lock_checks(machine& m, bool counts_claims) : m_(m), counts_claims_(counts_claims) {}

    void writer_in(unsigned p) {
        lock_ghost& g = ghost();
        expect(g.writer == 0, "two writers are in");
        for (const std::uint8_t readers : g.readers)
            expect(readers == 0, "a writer came in to a reader");
        g.writer = static_cast<std::uint8_t>(p + 1);
    }
    void writer_out() { ghost().writer = 0; }
    void reader_begins(unsigned p) {
        lock_ghost& g = ghost();
        g.began_beside[p] = g.claimed != 0 ? g.claims : std::uint8_t{0};
    }
    void reader_in(unsigned p) {
        lock_ghost& g = ghost();
        expect(g.writer == 0, "a reader came in to a writer");
        expect(g.began_beside[p] == 0 || g.claimed == 0 || g.began_beside[p] != g.claims,
               "[L5] a thread that holds no lock came in beside a writer");
        g.began_beside[p] = 0;
        ++g.readers[p];
    }
    void reader_out(unsigned p) { --ghost().readers[p]; }
    void told(bool inconsistent) {
        expect(!inconsistent || ghost().died_writing != 0, "inconsistent, and no writer died");
        expect(inconsistent || ghost().died_writing == 0, "a writer died, and nobody says so");
    }
    void died(unsigned p) {
        lock_ghost& g = ghost();
        if (g.odd == p + 1)
            g.died_writing = 1;
        if (g.writer == p + 1)
            g.writer = 0;
        g.readers[p] = 0;
    }

    void sequence_changed(unsigned p, std::uint64_t from, std::uint64_t to) {
        lock_ghost& g = ghost();
        const bool mine = g.odd == p + 1;
        if ((from & 1U) == 0 && (to & 1U) != 0) {
            expect(g.odd == 0, "[L2] begun twice");
            g.odd = static_cast<std::uint8_t>(p + 1);
        } else if ((to & 1U) == 0) {
            expect(mine || is_dead(g.odd), "[L2] a living writer was taken for dead");
            expect(mine || (to & 2U) != 0, "[L2] ended by another one");
            g.odd = 0;
        } else {
            expect(mine, "[L2] changed by a process that does not write");
        }
        if ((from & 2U) != 0 && (to & 2U) == 0)
            g.died_writing = 0;
    }
    void writer_changed(unsigned p, std::uint64_t from, std::uint64_t to) {
        lock_ghost& g = ghost();
        expect(from == 0 || g.claimed == p + 1 || is_dead(g.claimed),
               "[L3] a living one's claim was taken");
        expect(to == 0 || from == 0 || g.claimed == p + 1, "[L3] a claim was taken over");
        g.claimed = to == 0 ? 0 : static_cast<std::uint8_t>(p + 1);
        if (counts_claims_ && from == 0)
            g.claims = static_cast<std::uint8_t>(g.claims % 3 + 1);
    }
    void count_changed(unsigned p, unsigned slot, std::uint64_t from) {
        const process& me = m_.now.processes[p];
        for (unsigned q = 0; q != m_.process_count; ++q) {
            const process& other = m_.now.processes[q];
            expect(q == p || me.slot == slot || other.slot != slot || !m_.is_live(q) ||
                       other.knows.generation != from >> 32U,
                   "[L3] a living one's count was changed");
        }
    }

private:
    lock_ghost& ghost() { return m_.ghost<lock_ghost>(); }
    bool is_dead(unsigned who) const {
        return who != 0 && m_.now.processes[who - 1].state == condition::dead;
    }
    void expect(bool holds, const char* what) {
        if (!holds)
            m_.report(what);
    }
    machine& m_;
    bool counts_claims_;
};

} // namespace model

#endif
