// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must hold of the ring, whatever the processes do: checked at each change of a counter and of
// a control word.

#ifndef SHARED_MEMORY_TEST_MODEL_RING_CHECKS_HPP
#define SHARED_MEMORY_TEST_MODEL_RING_CHECKS_HPP

#include "machine.hpp"

#include <shared_memory/detail/core/node_ring.hpp>

#include <cstdint>

namespace model {

constexpr unsigned max_nodes = 4;
constexpr unsigned max_messages = 24;

struct ring_ghost {
    std::uint8_t next_write, next_read;  // positions, from the beginning of the model
    std::uint8_t ended;                  // a reader was told so
    std::uint8_t owner[max_nodes];       // process + 1: marked
    std::uint8_t write_taker[max_nodes]; // process + 1: took the position, and the node is unmarked
    std::uint8_t read_taker[max_nodes];
    std::uint8_t message[max_nodes];   // committed last
    std::uint8_t claims[max_messages]; // by readers
    std::uint8_t committed[max_messages];
    std::uint8_t consumed[max_messages];
    std::uint8_t peeked[max_processes];
    // Nodes, a bit each, whose message was redelivered, with the epoch raised since, and was not
    // claimed since: now, and when each process began its last scan.
    std::uint8_t redelivered;
    std::uint8_t to_scan[max_processes];
};

class ring_checks {
public:
    ring_checks(machine& m, unsigned nodes, std::uint64_t first_lap, std::uint64_t lap_mask,
                unsigned most_counted, bool gives_up, bool dead_letters)
        : m_(m), nodes_(nodes), first_lap_(first_lap), lap_mask_(lap_mask),
          most_counted_(most_counted), gives_up_(gives_up), dead_letters_(dead_letters) {}

    //! A control word was changed. `controls`: the locations of all of them.
    void changed(unsigned p, unsigned node, unsigned message, std::uint64_t from, std::uint64_t to,
                 const unsigned* controls);
    //! Tail, or head, was moved: positions were taken, or passed over.
    void counted(unsigned p, bool head, std::uint64_t from, std::uint64_t to, unsigned index_bits,
                 const unsigned* controls);
    //! The node at head was looked at, and left.
    void peeked(unsigned p, unsigned node) { ghost().peeked[p] = ghost().message[node]; }
    void epoch_raised(const unsigned* controls);
    void scan_begins(unsigned p) { ghost().to_scan[p] = ghost().redelivered; }
    void died(unsigned p) { ghost().to_scan[p] = 0; }
    //! What a reader was given is still its own [R5].
    bool is_held(unsigned p, unsigned node) {
        return ghost().owner[node] == p + 1 || ghost().read_taker[node] == p + 1;
    }
    //! How often the message counts as delivered before its claim `n`, from 1.
    unsigned deliveries_before(unsigned n) const {
        return n == 1 ? 0 : dead_letters_ ? 1 : (n - 2) % most_counted_ + 1;
    }

    bool deliveries_count = true;
    void told_of_end(const unsigned* controls);
    // Nobody can move.
    void check_end(bool reader_asleep, bool writer_asleep, bool mover_asleep, bool stream_ended,
                   const unsigned* controls);

private:
    using control_word = shared_memory::detail::control_word;
    ring_ghost& ghost() { return m_.ghost<ring_ghost>(); }
    unsigned position(unsigned node, std::uint64_t lap) const {
        return static_cast<unsigned>((lap - first_lap_) & lap_mask_) * nodes_ + node;
    }
    bool is_dead(std::uint8_t process) const {
        return process != 0 && m_.now.processes[process - 1U].state == condition::dead;
    }
    bool expect(bool holds, const char* what) {
        if (!holds)
            m_.report(what);
        return holds;
    }
    void taken(unsigned p, bool head, unsigned node, std::uint64_t lap, control_word c,
               const unsigned* controls);
    void commits(unsigned node, unsigned message, control_word b);
    void claims(unsigned p, unsigned node, control_word a, control_word b,
                const unsigned* controls);
    bool is_dead_letter(control_word c) const { return dead_letters_ && c.redelivered(); }
    void expect_oldest(unsigned p, unsigned position, const unsigned* controls);
    void forget_redelivered(unsigned node);

    machine& m_;
    unsigned nodes_;
    std::uint64_t first_lap_, lap_mask_;
    unsigned most_counted_; // deliveries; then they wrap
    bool gives_up_;
    bool dead_letters_; // the limit is 1: what is redelivered is one
};

} // namespace model

#endif
