// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Pieces of wait_room.hpp left out: by what its accesses do, for the code itself runs as it ships.

#ifndef SHARED_MEMORY_TEST_MODEL_SLEEP_FAULTS_HPP
#define SHARED_MEMORY_TEST_MODEL_SLEEP_FAULTS_HPP

#include "model_system.hpp"

#include <shared_memory/detail/core/wait_room.hpp>

#include <algorithm>
#include <vector>

namespace model {

enum class sleep_fault {
    none,
    clear_first,  // the bit is cleared before the sleepers are woken
    clear_always, // it is cleared though somebody announced itself meanwhile
    same_ticket   // where the bit is set, it is not announced anew, though they are being woken
};

//! `words`: the locations of the wait rooms' words.
inline void plant_sleep_fault(machine& m, sleep_fault fault, const std::vector<unsigned>& words) {
    using namespace shared_memory::detail;
    constexpr std::uint64_t bits = sleep_bits;
    constexpr std::uint64_t one_step = sleep_bits + fence_bits + 1;
    const auto is_room = [words](const access& a) {
        return std::find(words.begin(), words.end(), a.location) != words.end();
    };
    if (fault == sleep_fault::clear_first) {
        m.before_waking = [&m](unsigned location) { // what finish_wake does, too early
            access a;
            a.location = static_cast<std::uint8_t>(location);
            a.success = order::seq_cst;
            a.file = __FILE__;
            const auto claimed = static_cast<std::uint32_t>(m.observe(a));
            a.what = op::cas;
            a.expected = claimed;
            a.operand = next_sleep_word(claimed, claimed & fence_bits);
            if ((claimed & being_woken) != 0)
                m.observe(a);
        };
    } else if (fault == sleep_fault::clear_always) {
        m.change.before = [is_room](unsigned, access& a) { // finish_wake's
            if (a.what == op::cas && is_room(a) && (a.expected & bits) == bits &&
                (a.operand & bits) == 0)
                a.what = op::exchange;
        };
    } else if (fault == sleep_fault::same_ticket) {
        m.change.before = [is_room, &m](unsigned, access& a) {
            if (a.what == op::cas && is_room(a) && (a.expected & bits) == bits &&
                (a.operand & bits) == somebody_sleeps) {
                a.what = op::load; // announce_sleep takes it for done
                a.success = a.failure;
            } else if (a.what == op::sleep) {
                const std::uint64_t before = (a.expected - one_step) | bits;
                if (m.value(a.location) == before)
                    a.expected = before; // the ticket that was not announced
            }
        };
    }
}

} // namespace model

#endif
