// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The points as they were called while they were macros in the library's sources, and what each is
//! now. A point that has gone has a reason instead.

#ifndef SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_FORMER_POINTS_HPP
#define SHARED_MEMORY_TEST_DEATH_AT_EVERY_WRITE_FORMER_POINTS_HPP

namespace every {

struct former_point {
    const char* name;
    const char* now; // a point, or, in parentheses, why there is none
};

constexpr former_point former_points[] = {
    {"memory.hpp:write_bytes", "locked_access.hpp:write_bytes"},
    {"message.hpp:write_bytes+1", "message.hpp:write_bytes+1"},
    {"message.hpp:write_bytes+2", "message.hpp:write_bytes+2"},
    {"message.hpp:write_bytes+3", "message.hpp:write_bytes+3"},
    {"message_batch.hpp:write_bytes", "message_batch.hpp:write_bytes"},
    {"node_ring.hpp:end_claim+1", "node_ring.hpp:end_claim"},
    {"node_ring.hpp:end_claim+2", "node_ring.hpp:exchange"},
    {"node_ring.hpp:finish_put_back+1", "node_ring_repair.hpp:finish_put_back+1"},
    {"node_ring.hpp:finish_put_back+2", "node_ring_repair.hpp:finish_put_back+2"},
    {"node_ring.hpp:finish_put_back+3", "node_ring_repair.hpp:raise_epoch"},
    {"node_ring.hpp:move", "(the counters are no hints any more)"},
    {"node_ring.hpp:move_on", "(the counters are no hints any more)"},
    {"node_ring.hpp:pass", "node_ring_repair.hpp:pass"},
    {"node_ring.hpp:put_back", "node_ring_repair.hpp:put_back"},
    {"node_ring.hpp:set_size", "node_ring.hpp:set_size"},
    {"node_ring.hpp:skip_dead_write", "node_ring_repair.hpp:discard"},
    {"node_ring.hpp:take", "node_ring_search.hpp:take_redelivered+2"},
    {"node_ring.hpp:take_free+1", "node_ring.hpp:move+2"},
    {"node_ring.hpp:take_free+2", "node_ring.hpp:move+3"},
    {"node_ring.hpp:take_ready+1", "node_ring.hpp:move+2"},
    {"node_ring.hpp:take_ready+2", "node_ring.hpp:move+3"},
    {"participants.hpp:mark_free", "participants.hpp:mark_free"},
    {"participants.hpp:mark_used", "participants.hpp:mark_used"},
    {"participants_linux.cpp:is_taken", "liveness.cpp:is_slot_locked"},
    {"participants_linux.cpp:leave_all", "liveness.cpp:unlock_all"},
    {"participants_linux.cpp:leave_all_but", "liveness.cpp:unlock_all_but+1"},
    {"participants_linux.cpp:leave_gate", "liveness.cpp:unlock_name"},
    {"participants_linux.cpp:leave_slot", "liveness.cpp:unlock_slot"},
    {"participants_linux.cpp:pin", "liveness.cpp:pin"},
    {"participants_linux.cpp:try_take_all", "liveness.cpp:try_lock_all"},
    {"participants_linux.cpp:try_take_gate", "liveness.cpp:try_lock_name"},
    {"participants_linux.cpp:try_take_slot", "liveness.cpp:try_lock_slot"},
    {"participants_linux.cpp:~segment_object", "object.cpp:~kernel_object"},
    {"ring_segment.cpp:detaching", "ring_part.cpp:detach"},
    {"ring_segment.cpp:end_stream", "ring_part.cpp:end_stream"},
    {"ring_segment.cpp:repair_slot", "ring_part.cpp:repair_nodes"},
    {"ring_segment.cpp:slot_taken+1", "ring_part.cpp:attach+1"},
    {"ring_segment.cpp:slot_taken+2", "ring_part.cpp:attach+2"},
    {"ring_segment.cpp:try_take_single_role", "ring_part.cpp:try_take_single_role"},
    {"segment.cpp:occupy_slot+1", "slots.cpp:introduce+1"},
    {"segment.cpp:occupy_slot+2", "slots.cpp:introduce+2"},
    {"segment.cpp:occupy_slot+3", "slots.cpp:introduce+3"},
    {"segment.cpp:occupy_slot+4", "slots.cpp:introduce+4"},
    {"segment.cpp:occupy_slot+5", "reaper.hpp:raise_used"},
    {"segment.cpp:shut_down", "life.cpp:shut_down"},
    {"segment.cpp:take_ownership_from_dead", "ownership.cpp:settle_ownership"},
    {"segment_linux.cpp:build_object", "object.cpp:build_object+1"},
    {"segment_linux.cpp:publish", "object.cpp:publish"},
    {"segment_linux.cpp:publish_over", "object.cpp:publish_over"},
    {"segment_linux.cpp:remove_name", "object.cpp:remove_name"},
    {"segment_linux.cpp:sweep", "object.cpp:sweep"},
    {"segment_memory.hpp:lay_out", "object.cpp:build_object+1"},
    {"segment_memory.hpp:write_bytes", "open.cpp:write_bytes"},
    {"shared_array.hpp:operator()", "shared_array.hpp:write_bytes"},
    {"shared_lock.hpp:begin_writing", "rw_lock.hpp:begin_writing"},
    {"shared_lock.hpp:end_writing", "rw_lock.hpp:end_writing"},
    {"shared_lock.hpp:leave_shared", "rw_lock.hpp:leave_shared"},
    {"shared_lock.hpp:mark_consistent", "rw_lock.hpp:mark_consistent"},
    {"shared_lock.hpp:occupy", "rw_lock.hpp:occupy"},
    {"shared_lock.hpp:repair_shared", "rw_lock.hpp:repair_shared"},
    {"shared_lock.hpp:repair_writer+1", "rw_lock.hpp:repair_writer+1"},
    {"shared_lock.hpp:repair_writer+2", "rw_lock.hpp:repair_writer+2"},
    {"shared_lock.hpp:try_claim", "rw_lock.hpp:try_claim"},
    {"shared_lock.hpp:try_close", "rw_lock.hpp:try_close"},
    {"shared_lock.hpp:try_enter_beside_writer+1", "rw_lock.hpp:try_enter_beside_writer+1"},
    {"shared_lock.hpp:try_enter_beside_writer+2", "rw_lock.hpp:try_enter_beside_writer+2"},
    {"shared_lock.hpp:try_enter_shared", "rw_lock.hpp:try_enter_shared"},
    {"shared_lock.hpp:unclaim", "rw_lock.hpp:unclaim"},
    {"wait_point.hpp:announce_sleep", "wait_room.hpp:announce_sleep"},
    {"wait_point.hpp:claim_wake", "wait_room.hpp:claim_wake"},
    {"wait_point.hpp:finish_wake", "wait_room.hpp:finish_wake"},
    {"wait_point_futex.cpp:sleep_on", "sleeping.cpp:sleep_on"},
    {"wait_point_futex.cpp:wake_all", "sleeping.cpp:wake_all"},
};

} // namespace every

#endif
