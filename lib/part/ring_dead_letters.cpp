// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring part as a mover of dead letters: see dead_letters.hpp, and core/node_ring_dead_letters.hpp.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/dead_letters.hpp>
#include <shared_memory/detail/claim_guard.hpp>
#include <shared_memory/detail/core/node_ring_dead_letters.hpp>
#include <shared_memory/detail/core/spsc_ring_census.hpp>
#include <shared_memory/detail/core/spsc_ring_search.hpp>

#include "../segment/errors.hpp"

#include <algorithm>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

void ring_part::open_dead_letters_target() {
    const std::string& target = host().options().dead_letters_to();
    if (target.empty())
        return;
    if (!keeps_dead_letters())
        fail(errc::bad_argument, name(),
             "keeps no dead letters, expected a ring that does for dead_letters_to(\"", target,
             "\"); create it with options().max_deliveries(n).dead_letters()");
    if (target == name())
        fail(errc::bad_argument, name(),
             "cannot be the ring of its own dead letters; expected another name for "
             "dead_letters_to");
    segment_expectation ring;
    ring.class_name = "circular_buffer";
    const auto how = shared_memory::options()
                         .role(shared_memory::role::writer)
                         .wait_for_creator(host().options().wait_for_creator())
                         .death_check_interval(host().options().death_check_interval());
    dead_letters_to_ = segment::open({open_mode::open, target, ring, how});
    const std::uint64_t needed = sizeof(dead_letter) + std::uint64_t{node_size()};
    const std::uint64_t found = dead_letters_to_->identity().element_size;
    if (found < needed)
        fail(errc::wrong_type, target, "has nodes of ", found, " bytes, expected at least ", needed,
             " for the dead letters of \"", name(), "\", whose nodes have ", node_size(),
             " bytes, and ", sizeof(dead_letter),
             " before each of them; create it with larger nodes");
}

std::uint32_t ring_part::dead_letter_count() const noexcept {
    return is_single_ ? single_.ring().dead_letter_count() : ring_.dead_letter_count();
}

// Each step can be this process's last: a dead letter that is claimed goes back by repair, and one
// that was written is written again by the next mover, with the same position.
// full: there is no room. empty: nothing is to be moved, or others are at it.
ring_result ring_part::move_dead_letter(ring_part& to) {
    node_claim room;
    if (!to.wait_to_write(room, deadline::now()))
        return ring_result::full;
    claim_guard<ring_part, node_claim, &ring_part::abort> nothing_to_write(to, room);
    node_claim found;
    const ring_result r = is_single_ ? single_.ring().claim_dead_letter(found)
                                     : ring_.claim_dead_letter(own_slot_, found);
    if (r != ring_result::claimed)
        return r;
    claim_guard<ring_part, node_claim, &ring_part::give_back> not_written(*this, found);
    const std::uint32_t size =
        (std::min)(found.size, node_size()); // whatever a peer may have written
    const dead_letter head{
        {identity().id[0], identity().id[1]}, position_of(found), found.deliveries_before(), size};
    write_bytes(room.payload, &head, sizeof head);
    write_bytes(room.payload + sizeof head, found.payload, size);
    nothing_to_write.dismiss();
    to.commit(room, sizeof head + size);
    not_written.dismiss();
    release(found);
    return ring_result::claimed;
}

// A look that found none, or found others at it, is not made again before the epoch rises [D3].
std::size_t ring_part::move_dead_letters() {
    auto& to = static_cast<ring_part&>(dead_letters_to_->part_at(0));
    std::size_t moved = 0;
    for (;; ++moved) {
        // acquire: pairs with raise_epoch
        const std::uint64_t epoch = words_->ring.redelivery_epoch.load(boost::memory_order_acquire);
        if (is_single_ ? single_.ring().reader().dead_letters.load(std::memory_order_relaxed) == 0
                       : moved_epoch_.load(std::memory_order_relaxed) == epoch)
            break;
        if (is_single_ || dead_letter_count() != 0) {
            if (!to.writable())
                to.make_usable_for(shared_memory::role::writer);
            const ring_result r = to.full() ? ring_result::full : move_dead_letter(to);
            if (r == ring_result::full)
                break; // this is tried again
            if (r == ring_result::claimed)
                continue;
        }
        moved_epoch_.store(epoch, std::memory_order_relaxed);
        break;
    }
    return moved;
}

// What goes wrong in the other ring is not the reader's business.
void ring_part::move_dead_letters_if_any() noexcept {
    if (BOOST_LIKELY(!dead_letters_to_))
        return;
    try {
        move_dead_letters();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): tried again later
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
