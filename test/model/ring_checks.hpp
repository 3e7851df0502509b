// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must hold of the ring, whatever the processes do: checked at each change of a control word.

#ifndef SHARED_MEMORY_TEST_MODEL_RING_CHECKS_HPP
#define SHARED_MEMORY_TEST_MODEL_RING_CHECKS_HPP

#include "machine.hpp"

#include <shared_memory/detail/core/node_ring.hpp>

#include <cstdint>

namespace model {

constexpr unsigned max_nodes = 4;
constexpr unsigned max_messages = 32;

struct ring_ghost {
    std::uint8_t next_write, next_read; // positions, from the beginning of the model
    std::uint8_t ended;                 // a reader was told so
    std::uint8_t owner[max_nodes];      // process + 1
    std::uint8_t message[max_nodes];    // committed last
    std::uint8_t claims[max_messages];  // by readers
    std::uint8_t committed[max_messages];
    std::uint8_t consumed[max_messages];
    std::uint8_t peeked[max_processes];
};

class ring_checks {
public:
    ring_checks(machine& m, unsigned nodes, std::uint64_t first_lap, std::uint64_t lap_mask)
        : m_(m), nodes_(nodes), first_lap_(first_lap), lap_mask_(lap_mask) {}

    void changed(unsigned p, unsigned node, unsigned message, std::uint64_t from, std::uint64_t to);
    bool deliveries_count = true;
    void told_of_end(const unsigned* controls);
    // Nobody can move.
    void check_end(bool reader_asleep, bool writer_asleep, bool stream_ended,
                   const unsigned* controls);

private:
    using control_word = shared_memory::detail::control_word;
    ring_ghost& ghost() { return m_.ghost<ring_ghost>(); }
    unsigned position(unsigned node, control_word w) const {
        return static_cast<unsigned>((w.lap() - first_lap_) & lap_mask_) * nodes_ + node;
    }
    void expect(bool holds, const char* what) {
        if (!holds)
            m_.report(what);
    }

    machine& m_;
    unsigned nodes_;
    std::uint64_t first_lap_, lap_mask_;
};

} // namespace model

#endif
