// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What victims do on a ring in more than one table of situations.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_ACTIONS_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_ACTIONS_HPP

#include "ring_claims.hpp"

#include <cstdint>
#include <cstring>

namespace every {

//! A node, and the victim's message in it.
inline void claims_write(ring_victim& v) {
    v.writing = v.ring->try_claim_write();
    const message m = make_message(victims_message);
    std::memcpy(v.writing->data(), m.data(), sizeof m);
}
inline void claims_read(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
}
inline void commits(ring_victim& v) {
    v.writing->commit(sizeof(message));
}
inline void aborts(ring_victim& v) {
    v.writing->abort();
}
inline void releases(ring_victim& v) {
    v.reading->release();
}
inline void gives_back(ring_victim& v) {
    v.reading->give_back();
}

//! After a sleep, the first commit wakes, and the others find nobody asleep.
inline void writes_and_reads(ring_victim& v, std::uint32_t count) {
    for (std::uint32_t i = 0; i != count; ++i) {
        v.ring->write(make_message(victims_message));
        v.ring->discard();
    }
}

} // namespace every

#endif
