// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_WRITER_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_WRITER_HPP

#include "worker.hpp"

#include <boost/core/span.hpp>

#include <optional>
#include <vector>

namespace soak {

//! Writes until it is told to stop, or killed; single messages and batches. Notes each message before
//! and after.
class writer : worker {
public:
    writer(const settings& wanted, const ledger& book, std::size_t index, std::uint64_t seed,
           sm::circular_buffer& ring)
        : worker(wanted, book, index, seed, ring), life_(my_.life), record_(book.marks.life(life_)),
          bytes_(wanted.node_size) {}

    void run() {
        message_id id{life_, 0};
        while (!book_.common->stop) {
            const std::uint64_t kind = random_() % 6;
            const bool several = kind < 2;
            const std::uint32_t most =
                several ? 1 + static_cast<std::uint32_t>(random_() % most_of_batch) : 1;
            if (!make_room(id, most)) {
                book_.common->full = true;
                break;
            }
            record_.begun = std::uint64_t{id.number} + most;
            enter(phase::writing);
            switch (kind) {
            case 0:
                id.number += write_batch(id, most);
                break;
            case 1:
                id.number += write_each(id, most);
                break;
            case 2:
                write_copy(id);
                break;
            case 3:
                write_by_function(id);
                break;
            default:
                write_by_claim(id);
            }
            if (!several)
                ++id.number;
            record_.done = id.number;
            other_duties();
            while (book_.common->lull && !book_.common->stop) {
                enter(phase::idle);
                ::usleep(200);
            }
        }
        enter(phase::idle);
    }

private:
    bool make_room(message_id id, std::uint32_t count) const {
        for (; count != 0; --count, ++id.number) {
            if (!book_.marks.make_room(id))
                return false;
        }
        return true;
    }
    //! Returns how many it has written, as does the next one.
    std::uint32_t write_batch(message_id id, std::uint32_t most) {
        std::optional<sm::write_batch> batch = ring_.try_claim_write(most);
        if (!batch)
            batch = wait(false, [&] { return ring_.claim_write(most); });
        enter(phase::writing);
        auto count = static_cast<std::uint32_t>(batch->size());
        for (std::uint32_t i = 0; i != count; ++i) {
            const message_id one{id.life, id.number + i};
            batch->resize(i, make_message((*batch)[i].data(), one, wanted_.node_size));
        }
        dwell_with_node();
        if (one_in(64))
            count = static_cast<std::uint32_t>(random_() % (count + 1)); // and gives the rest up
        batch->commit(count);
        return count;
    }
    std::uint32_t write_each(message_id id, std::uint32_t most) {
        std::vector<std::vector<std::byte>> messages(most);
        for (std::vector<std::byte>& one : messages) {
            one.resize(size_of_message(id, wanted_.node_size));
            make_message(one.data(), id, wanted_.node_size);
            ++id.number;
        }
        const std::size_t count = ring_.try_write_each(messages);
        if (count != 0)
            return static_cast<std::uint32_t>(count);
        wait(false, [&] { ring_.write_each(messages); });
        return most;
    }
    void write_copy(message_id id) {
        const std::size_t size = make_message(bytes_.data(), id, wanted_.node_size);
        if (!ring_.try_write(bytes_.data(), size))
            wait(false, [&] { ring_.write(bytes_.data(), size); });
    }
    void write_by_function(message_id id) {
        const auto fill = [&](boost::span<std::byte> node) {
            enter(phase::writing);
            dwell_with_node();
            const std::size_t size = make_message(node.data(), id, wanted_.node_size);
            dwell_with_node();
            return size;
        };
        if (!ring_.try_write(fill))
            wait(false, [&] { ring_.write(fill); });
    }
    void write_by_claim(message_id id) {
        for (;;) {
            std::optional<sm::write_claim> claim = ring_.try_claim_write();
            if (!claim)
                claim = wait(false, [&] { return ring_.claim_write(); });
            enter(phase::writing);
            const std::size_t size = make_message(claim->data(), id, wanted_.node_size);
            dwell_with_node();
            if (one_in(256)) {
                claim->abort(); // and once more
                continue;
            }
            claim->commit(size);
            return;
        }
    }

    std::uint32_t life_;
    life_record& record_;
    std::vector<std::byte> bytes_;
};

} // namespace soak

#endif
