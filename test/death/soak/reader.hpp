// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_READER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_READER_HPP

#include "worker.hpp"

#include <optional>
#include <vector>

namespace soak {

//! Reads until the stream ends, or it is killed; copies, claims and claims batches in turn. Logs what
//! it has before it lets go of it.
class reader : worker {
public:
    reader(const settings& wanted, const ledger& book, std::size_t index, std::uint64_t seed,
           sm::circular_buffer& ring)
        : worker(wanted, book, index, seed, ring), copy_(book.copy(index)),
          next_(message_marks::most_lives) {}

    void run() {
        try {
            for (std::uint32_t turn = 0;; turn = (turn + 1) % 3) {
                my_.unlogged = 1;
                if (turn == 0)
                    read_by_claim();
                else if (turn == 1)
                    read_copy();
                else
                    read_by_batch();
                other_duties();
            }
        } catch (const sm::error& e) {
            if (e.code() != sm::errc::end_of_stream)
                throw;
        }
        my_.hands = holding::nothing;
        enter(phase::idle);
    }

private:
    void read_copy() {
        my_.hands = holding::copying;
        enter(phase::reading);
        std::optional<std::size_t> size = ring_.try_read(copy_, wanted_.node_size);
        if (!size)
            size = wait(false, [&] { return ring_.read(copy_, wanted_.node_size); });
        enter(phase::reading);
        if (const auto id = id_of_message(copy_, *size, wanted_.node_size)) {
            const unsigned before = log(*id, copied);
            if ((before & (copied | released)) != 0)
                ++my_.duplicated;
            // One that somebody else had before may be late, and does not say so.
            if (id->number >= next_[id->life])
                next_[id->life] = id->number + 1;
            else if (before == 0)
                ++my_.behind;
        } else {
            ++my_.torn;
        }
        my_.hands = holding::nothing;
        message_header none{};
        std::memcpy(copy_, &none,
                    sizeof none); // it was read: a death from here on does not find it
    }

    void read_by_claim() {
        while (!claims())
            ;
    }
    //! False: it was given back. Claimed once more, then, by this one or another.
    bool claims() {
        enter(phase::reading);
        std::optional<sm::read_claim> claim = ring_.try_claim_read();
        if (!claim)
            claim = wait(false, [&] { return ring_.claim_read(); });
        enter(phase::reading);
        const auto id = id_of_message(claim->data(), claim->size(), wanted_.node_size);
        if (!id) {
            ++my_.torn;
            claim->release();
            return true;
        }
        note_claimed(*id, claim->delivery_count() == 1);
        my_.held[0] = id->word();
        my_.held_count = 1;
        my_.hands = holding::claimed;
        dwell_with_node();
        if (one_in(128)) {
            my_.hands = holding::nothing;
            claim->give_back();
            return false;
        }
        my_.hands = holding::releasing;
        claim->release();
        log(*id, released);
        my_.hands = holding::nothing;
        return true;
    }

    void read_by_batch() {
        const std::uint32_t most = 1 + static_cast<std::uint32_t>(random_() % most_of_batch);
        my_.unlogged = most;
        enter(phase::reading);
        std::optional<sm::read_batch> batch = ring_.try_claim_read(most);
        if (!batch)
            batch = wait(false, [&] { return ring_.claim_read(most); });
        enter(phase::reading);
        const auto count = static_cast<std::uint32_t>(batch->size());
        std::array<message_id, most_of_batch> ids{};
        for (std::uint32_t i = 0; i != count; ++i) {
            const auto bytes = (*batch)[i];
            const auto id = id_of_message(bytes.data(), bytes.size(), wanted_.node_size);
            if (!id) {
                ++my_.torn;
                batch->release();
                return;
            }
            note_claimed(*id, batch->delivery_count() == 1);
            ids.at(i) = *id;
            my_.held.at(i) = id->word();
        }
        my_.hands = holding::claimed;
        dwell_with_node();
        const std::uint32_t kept =
            one_in(64) ? static_cast<std::uint32_t>(random_() % (count + 1)) : count;
        my_.held_count = kept;
        my_.hands = holding::releasing;
        batch->release(kept);
        for (std::uint32_t i = 0; i != kept; ++i)
            log(ids.at(i), released);
        my_.hands = holding::nothing;
    }

    void note_claimed(message_id id, bool first) {
        const unsigned before = log(id, first ? claimed_first : claimed_again);
        if (first ? before != 0 : (before & (copied | released)) != 0)
            ++my_.duplicated;
        if (!first)
            ++my_.redelivered;
        else if (id.number < next_[id.life])
            ++my_.out_of_order;
        else
            next_[id.life] = id.number + 1;
    }

    //! What had happened to the message before.
    unsigned log(message_id id, mark what) {
        word<std::uint8_t>* const marks = book_.marks.find(id);
        if (marks == nullptr) { // nobody began to write it
            ++my_.torn;
            return 0;
        }
        return marks->fetch_or(what);
    }

    std::byte* copy_;
    std::vector<std::uint64_t> next_; // by life: the least number that may come
};

} // namespace soak

#endif
