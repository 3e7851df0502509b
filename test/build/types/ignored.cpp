// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// As refused.cpp, with -Werror=unused-result: results that must not be ignored.

#include <shared_memory/shared_memory.hpp>

namespace sm = shared_memory;
using namespace std::chrono_literals;

void f(sm::circular_buffer& ring, sm::shared_array<int>& array) {
    int values[3] = {};
    auto const later = std::chrono::steady_clock::now();
    // clang-format off
    ring.try_write(1);                          // says: ignoring
    ring.try_write_for(1, 1ms);                 // says: ignoring
    ring.try_write_until(1, later);             // says: ignoring
    ring.try_write(values, 3);                  // says: ignoring
    ring.try_write({});                         // says: ignoring
    ring.try_write_each(values);                // says: ignoring
    ring.try_write_each_for(values, 1ms);       // says: ignoring
    ring.claim_write();                         // says: ignoring
    ring.try_claim_write();                     // says: ignoring
    ring.try_claim_write_for(1ms);              // says: ignoring
    ring.claim_write(3);                        // says: ignoring
    ring.try_claim_write(3);                    // says: ignoring
    ring.try_read<int>();                       // says: ignoring
    ring.try_read_for<int>(1ms);                // says: ignoring
    ring.try_read(values);                      // says: ignoring
    ring.try_read_until(values, later);         // says: ignoring
    ring.try_read_each(values);                 // says: ignoring
    ring.claim_read();                          // says: ignoring
    ring.try_claim_read();                      // says: ignoring
    ring.try_claim_read_for(3, 1ms);            // says: ignoring
    ring.next<int>();                           // says: ignoring
    ring.try_next_for<int>(1ms);                // says: ignoring
    ring.next_claim();                          // says: ignoring
    ring.wait_drained_for(1ms);                 // says: ignoring
    sm::wait_any({&ring});                      // says: ignoring
    array.try_lock();                           // says: ignoring
    array.try_lock_for(1ms);                    // says: ignoring
    array.try_lock_shared();                    // says: ignoring
    array.try_lock_shared_until(later);         // says: ignoring
    array.acquire_read_lock();                  // says: ignoring
    array.acquire_write_lock(10ms);             // says: ignoring
    sm::shared_buffer::remove("x");             // says: ignoring
    // clang-format on
}
