// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must hold of a ring for one writer and one reader, whatever the processes do.

#ifndef SHARED_MEMORY_TEST_MODEL_SPSC_CHECKS_HPP
#define SHARED_MEMORY_TEST_MODEL_SPSC_CHECKS_HPP

#include "machine.hpp"
#include "ring_checks.hpp" // max_nodes

#include <cstdint>

namespace model {

constexpr unsigned max_places = 14; // positions, from the beginning of the model

enum class fate : std::uint8_t {
    none,
    claimed,   // for writing
    committed, // the call began
    sent,      // the call returned
    aborted,   // the call began
    lost       // its writer died before
};

struct spsc_ghost {
    std::uint8_t ended; // a reader was told so
    std::uint8_t last_read;
    fate written[max_places];
    std::uint8_t writer[max_places];  // process + 1
    std::uint8_t message[max_places]; // or 0
    std::uint8_t claims[max_places];  // for reading
    std::uint8_t reader[max_places];  // process + 1 that holds it; 0: nobody
    std::uint8_t done[max_places];    // a reader began to release it; 2: it was given up
};

class spsc_checks {
public:
    explicit spsc_checks(machine& m) : m_(m) {}

    spsc_ghost& ghost() { return m_.ghost<spsc_ghost>(); }
    void expect(bool holds, const char* what) {
        if (!holds)
            m_.report(what);
    }
    bool within(unsigned place) {
        expect(place < max_places, "the model has no room for more positions");
        return place < max_places;
    }

    // Words change: counters, by the process p.
    void claimed_for_writing(unsigned p, unsigned from, unsigned to);
    void tail_moved(unsigned p, unsigned from, unsigned to);
    void noted_passed(unsigned p, unsigned place);
    void claimed_for_reading(unsigned p, unsigned from, unsigned to);
    void claimed_again(unsigned p, unsigned place, unsigned deliveries);
    void head_moved(unsigned from, unsigned to);
    void given_up(unsigned place, unsigned max_deliveries);
    // What the processes do.
    void commits(unsigned place, unsigned message);
    void has_committed(unsigned place);
    void aborts(unsigned place);
    void reads(unsigned p, unsigned place, std::uint64_t found, std::uint64_t size,
               unsigned deliveries_before);
    void releases(unsigned place);
    void gives_back(unsigned place);
    void told_of_end();
    // Nobody can move; the places of the counters.
    void check_sleeping_writer(unsigned head, bool full);
    void check_sleeping_reader(unsigned p, unsigned head, unsigned claimed, unsigned tail);

private:
    bool is_message(unsigned place) {
        const fate f = ghost().written[place];
        return f == fate::committed || f == fate::sent;
    }
    bool is_alive(std::uint8_t process) { return process != 0 && m_.is_live(process - 1U); }

    machine& m_;
};

} // namespace model

#endif
