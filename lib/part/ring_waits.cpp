// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The ring part: claims that are not the usual case, and waiting for messages and for room.

#include <shared_memory/detail/part/ring_part.hpp>

#include <shared_memory/detail/core/node_ring_census.hpp>
#include <shared_memory/detail/core/node_ring_search.hpp>

#include <algorithm>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// A claim looks for an entry that often; each time it lets other threads run a few thousand times.
constexpr std::uint32_t most_without_entry = 16;

const node_claim& first_of(const node_claim& claim) noexcept {
    return claim;
}
const node_claim& first_of(const node_run& run) noexcept {
    return run.first;
}
std::uint32_t count_of(const node_claim&) noexcept {
    return 1;
}
std::uint32_t count_of(const node_run& run) noexcept {
    return run.count;
}

} // namespace

//! What a result means for a participant that waits for `needed`; throws for errors.
progress ring_part::progress_or_throw(shared_memory::role needed, ring_result r) {
    switch (r) {
    case ring_result::claimed:
    case ring_result::refused:
        return progress::done;
    case ring_result::full:
    case ring_result::empty:
    case ring_result::not_yet:
    case ring_result::no_entry:
        break;
    case ring_result::ended:
    case ring_result::shut_down:
        if (needed == shared_memory::role::reader)
            host().wake_everybody(); // a writer that came too late has passed a position over
        if (BOOST_UNLIKELY(status() != 0))
            host().make_usable(); // throws closed: this handle may have shut the segment down
        // Another reader may give back what it holds, or die: then its message is left to read.
        if (needed == shared_memory::role::writer && left_with_others())
            return progress::costly;
        host().wake_everybody(); // others may wait for the same
        throw_end(needed, r);
    case ring_result::corrupted:
        throw error(errc::corrupted, "shared_memory: the ring \"" + name() +
                                         "\" is corrupted: its nodes' words make no sense; close "
                                         "all handles and create it again");
    }
    if (BOOST_UNLIKELY(status() != 0))
        host().make_usable(); // throws closed
    return progress::blocked;
}

std::uint64_t general_ring::bytes_of(const node_run& run, std::uint32_t count) const noexcept {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i != count; ++i)
        bytes += ring_.size_of(run, i);
    return bytes;
}

void general_ring::finish_commit(std::size_t bytes) noexcept {
    if (statistics_)
        count_bytes(wrote(0), bytes);
    const std::uint64_t nodes = ring_.geometry().node_count;
    if (before_writing_.is_due_to_look())
        before_writing_.look(nodes - std::min<std::uint64_t>(ring_.waiting(), nodes));
    notify(words_->readers_sleep, idle_readers_);
}

void general_ring::finish_release(std::size_t bytes) noexcept {
    if (statistics_)
        count_bytes(has_read(0), bytes);
    if (before_reading_.is_due_to_look())
        before_reading_.look(ring_.waiting());
    notify(words_->writers_sleep, idle_writers_);
    // Readers that have reached the end wait for readers that may still give something back.
    if (state_->load(boost::memory_order_seq_cst) != 0)
        notify(words_->readers_sleep);
}

// Gives the node up, and throws what the next write would throw.
void general_ring::throw_too_late(std::uint64_t index, std::uint64_t word, std::uint32_t count) {
    const node_run run{node_claim{nullptr, word, index, 0}, count};
    ring_.end_write(run, 0);
    ring_type::end_brief_run(writer(0, true));
    writers_.leave();
    static_cast<ring_part&>(*this).throw_ended();
}
void general_ring::throw_node_changed() const {
    static_cast<const ring_part&>(*this).throw_taken_away();
}

// What a write throws at the end.
void ring_part::throw_ended() {
    const auto end = ring_type::end_for_writer(state_->load(boost::memory_order_seq_cst));
    progress_or_throw(shared_memory::role::reader, end);
    throw_end(shared_memory::role::reader, end);
}

void ring_part::throw_end(shared_memory::role needed, ring_result r) const {
    const bool writing = needed == shared_memory::role::reader;
    if (r == ring_result::ended)
        throw error(errc::end_of_stream,
                    "shared_memory: the stream through \"" + name() + "\" has ended" +
                        (writing ? ", so that nothing can be written any more; create the ring anew"
                                 : ", and all of it has been read; no more will come") +
                        host().name_note());
    throw error(errc::shut_down,
                "shared_memory: the owner of \"" + name() + "\" has shut it down" +
                    (writing ? ", so that nothing can be written any more; open it anew"
                             : ", and all of it has been read; open it anew") +
                    host().name_note());
}

void ring_part::throw_taken_away() const {
    throw error(errc::corrupted, "shared_memory: a node of \"" + name() +
                                     "\" was changed while this handle held it: some process "
                                     "writes where it must not");
}

bool ring_part::is_in_vain(shared_memory::role needed, function_ref<progress()> done) {
    if (!host().options().ends_when_abandoned() || !is_abandoned(needed))
        return false;
    host().reap_dead(); // before the wait is in vain: what the last participant left is still there
    if (done() == progress::done)
        return true;
    throw error(errc::abandoned,
                "shared_memory: no living " +
                    std::string(needed == shared_memory::role::reader ? "reader" : "writer") +
                    " is left on \"" + name() + "\" to end the wait" + host().name_note());
}

// A claim by any of the handle's threads, of one node or a run. `claim_with(number, brief)` claims with
// that entry.
template <class Node, class Claim>
ring_result ring_part::with_entry(shared_memory::role side, const Node& made, claim_use use,
                                  Claim claim_with) {
    const bool writing = side == shared_memory::role::writer;
    ring_entries& entries = writing ? writers_ : readers_;
    const std::uint32_t number = entries.enter_any();
    if (number == ring_entries::none)
        return ring_result::no_entry;
    const bool brief = use == claim_use::brief && number == 0;
    const ring_result r = claim_with(number, brief);
    const bool claimed = r == ring_result::claimed;
    if (use == claim_use::object && claimed)
        (writing ? write_claims_ : read_claims_).add(entries, number);
    // Redelivered messages are marked, however they are claimed.
    const node_claim& first = first_of(made);
    if (brief && claimed && (is_brief_write(first) || is_brief_read(first)))
        return r;
    if (claimed && !is_single_)
        (writing ? wrote(number) : has_read(number)).messages.count(count_of(made));
    entries.leave(number);
    return r;
}

ring_result ring_part::search_to_write(node_claim& claim, claim_use use) {
    return with_entry(shared_memory::role::writer, claim, use,
                      [&](std::uint32_t entry, bool brief) {
                          if (is_single_)
                              return single_.search_for_write(claim);
                          return ring_.search_for_write(writer(entry, brief), claim);
                      });
}

ring_result ring_part::search_to_read(node_claim& claim, function_ref<bool(std::uint32_t)> accept,
                                      claim_use use) {
    return with_entry(shared_memory::role::reader, claim, use,
                      [&](std::uint32_t entry, bool brief) {
                          if (is_single_)
                              return single_.search_for_read(claim, accept);
                          return ring_.search_for_read(reader(entry, brief), claim, accept);
                      });
}

ring_result ring_part::try_claim_read(node_claim& claim,
                                      function_ref<bool(std::uint32_t)> accept) noexcept {
    return search_to_read(claim, accept, claim_use::call);
}

bool ring_part::wait_to_write(node_claim& claim, deadline until, claim_use use) {
    before_writing_.stop();
    auto again = [&] { return search_to_write(claim, use); };
    return wait_for(shared_memory::role::reader, again(), again, until) == ring_result::claimed;
}

ring_result ring_part::wait_to_read(node_claim& claim, deadline until,
                                    function_ref<bool(std::uint32_t)> accept, claim_use use) {
    before_reading_.stop();
    auto again = [&] {
        move_dead_letters_if_any();
        return search_to_read(claim, accept, use);
    };
    return wait_for(shared_memory::role::writer, again(), again, until);
}

bool ring_part::wait_to_write_run(node_run& run, std::uint32_t most, deadline until,
                                  claim_use use) {
    before_writing_.stop();
    auto again = [&] {
        return with_entry(shared_memory::role::writer, run, use,
                          [&](std::uint32_t entry, bool brief) {
                              if (is_single_)
                                  return single_.search_for_write(run, most);
                              const claimant who = writer(entry, brief);
                              const auto made = ring_.claim_write_run_at_once(who, run, most);
                              if (made == ring_type::attempt::claimed)
                                  return ring_result::claimed;
                              if (made == ring_type::attempt::too_late)
                                  ring_.end_write(run, 0);
                              run.count = 1;
                              return ring_.search_for_write(who, run.first);
                          });
    };
    return wait_for(shared_memory::role::reader, again(), again, until) == ring_result::claimed;
}

ring_result ring_part::wait_to_read_run(node_run& run, std::uint32_t most, deadline until,
                                        function_ref<bool(std::uint32_t)> accept, claim_use use) {
    before_reading_.stop();
    auto again = [&] {
        move_dead_letters_if_any();
        return with_entry(shared_memory::role::reader, run, use,
                          [&](std::uint32_t entry, bool brief) {
                              if (is_single_)
                                  return single_.search_for_read(run, most, accept);
                              const claimant who = reader(entry, brief);
                              return ring_.claim_read_run_at_once(who, run, most, accept)
                                         ? ring_result::claimed
                                         : ring_.search_for_read(who, run, most, accept);
                          });
    };
    return wait_for(shared_memory::role::writer, again(), again, until);
}

ring_result ring_part::wait_for(shared_memory::role needed, ring_result first,
                                function_ref<ring_result()> again, deadline until) {
    ring_result r = first;
    if (progress_or_throw(needed, r) == progress::done)
        return r;
    auto done = [&] {
        // Nothing was looked at without an entry, so that nobody may sleep then.
        std::uint32_t tries = 0;
        while ((r = again()) == ring_result::no_entry) {
            if (++tries == most_without_entry)
                throw error(errc::would_deadlock,
                            "shared_memory: this thread waits for itself: it was interrupted in a "
                            "call on \"" +
                                name() +
                                "\" by a signal handler that waits on it, too; "
                                "in a signal handler use the calls that begin with try_");
        }
        return progress_or_throw(needed, r);
    };
    if (until.at_once()) {
        if (host().look_if_due() == look_result::repaired)
            progress_or_throw(needed, r = again());
        return r;
    }
    const bool writing = needed == shared_memory::role::reader;
    // At the end, a reader waits for other readers, not for a writer.
    auto in_vain = [&] {
        return r != ring_result::ended && r != ring_result::shut_down && is_in_vain(needed, done);
    };
    host().wait(writing ? words_->writers_sleep : words_->readers_sleep, done, until,
                writing ? writer_spins_ : reader_spins_, in_vain);
    return r;
}

ring_result ring_part::peek(std::uint32_t& size) noexcept {
    node_claim claim;
    const ring_result r = search_to_read(
        claim, [](std::size_t) { return false; }, claim_use::call);
    size = claim.size;
    return r == ring_result::refused ? ring_result::claimed : r;
}

bool ring_part::read_is_due() noexcept {
    move_dead_letters_if_any();
    std::uint32_t size = 0;
    switch (peek(size)) {
    case ring_result::empty:
    case ring_result::not_yet:
    case ring_result::no_entry:
        return status() != 0 || (host().options().ends_when_abandoned() &&
                                 is_abandoned(shared_memory::role::writer));
    case ring_result::ended:
    case ring_result::shut_down:
        return status() != 0 || !left_with_others();
    default:
        return true;
    }
}

bool ring_part::write_is_due() const noexcept {
    if (status() != 0 || host().block().life.state.load(boost::memory_order_seq_cst) != 0)
        return true; // the write throws
    return !full() ||
           (host().options().ends_when_abandoned() && is_abandoned(shared_memory::role::reader));
}

bool ring_part::wait_drained(deadline until) {
    const drain_mark end = drain_here();
    std::uint32_t cursor = 0;
    auto done = [&] {
        if (drained_before(end, cursor))
            return progress::done;
        if (status() != 0)
            host().make_usable();
        return progress::costly;
    };
    if (done() == progress::done)
        return true;
    if (until.at_once())
        return false;
    auto in_vain = [&] { return is_in_vain(shared_memory::role::reader, done); };
    return host().wait(words_->writers_sleep, done, until, writer_spins_, in_vain);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
