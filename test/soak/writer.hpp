// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_SOAK_WRITER_HPP
#define SHARED_MEMORY_TEST_SOAK_WRITER_HPP

#include "worker.hpp"

#include <boost/core/span.hpp>

#include <optional>
#include <vector>

namespace soak {

//! Writes until it is told to stop, or killed. Notes each message before and after.
class writer : worker {
public:
    writer(const settings& wanted, const ledger& book, std::size_t index, std::uint64_t seed)
        : worker(wanted, book, index, seed, sm::role::writer), life_(my_.life),
          record_(book.marks.life(life_)), bytes_(wanted.node_size) {}

    void run() {
        message_id id{life_, 0};
        for (; !book_.common->stop; ++id.number) {
            if (!book_.marks.make_room(id)) {
                book_.common->full = true;
                break;
            }
            record_.begun = std::uint64_t{id.number} + 1;
            enter(phase::writing);
            switch (random_() % 4) {
            case 0:
                write_copy(id);
                break;
            case 1:
                write_by_function(id);
                break;
            default:
                write_by_claim(id);
            }
            record_.done = std::uint64_t{id.number} + 1;
            other_duties();
            while (book_.common->lull && !book_.common->stop) {
                enter(phase::idle);
                ::usleep(200);
            }
        }
        enter(phase::idle);
    }

private:
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
