// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Writers and readers killed at random instructions, one after the other: what a ring promises,
// counted message by message.

#include "ring_support.hpp"

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::uint32_t lives = 256;      // writers, one after the other; each has a number
constexpr std::uint32_t most = 1U << 14U; // messages of each

// What everybody writes down as it goes, in memory of its own; nobody's death undoes it.
struct ledger {
    std::atomic<bool> stop;
    std::array<std::atomic<std::uint32_t>, lives> begun; // messages, before the write is called
    std::array<std::atomic<std::uint32_t>, lives> done;  // and after it returned
    // per message: read with delivery_count() 1, and read again, marked
    std::array<std::array<std::atomic<std::uint8_t>, most>, lives> first;
    std::array<std::array<std::atomic<std::uint8_t>, most>, lives> again;
    std::atomic<std::uint64_t> torn;
    std::atomic<std::uint64_t> out_of_order;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

struct message {
    std::uint32_t life;
    std::uint32_t number;
    std::array<std::uint64_t, 6> check; // 56 bytes: beside the control word it would not fit

    std::uint64_t expected() const {
        return (std::uint64_t{life} << 32U | number) * 0x9e3779b97f4a7c15U;
    }
    bool whole() const {
        for (const std::uint64_t c : check)
            if (c != expected())
                return false;
        return life < lives && number < most;
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(writes_on) {
    const shared_object<ledger> book(sm::open_only, args.at(0));
    const auto life = static_cast<std::uint32_t>(std::stoul(args.at(2)));
    sm::circular_buffer ring(sm::open_only, args.at(1));
    test_support::say("ready");
    for (std::uint32_t i = 0; i != most && !book->stop; ++i) {
        message m{life, i, {}};
        m.check.fill(m.expected());
        book->begun[life] = i + 1;
        if (i % 2 == 0) {
            ring.write(m);
        } else {
            auto claim = ring.claim_write();
            std::memcpy(claim.data(), &m, sizeof m);
            if (i % 8 == 1) // where it is worst to be killed
                std::this_thread::yield();
            claim.commit(sizeof m);
        }
        book->done[life] = i + 1;
    }
    test_support::hear(); // so that a life can end by a kill only
    return 0;
}

SHARED_MEMORY_TEST_ROLE(reads_on) {
    const shared_object<ledger> book(sm::open_only, args.at(0));
    sm::circular_buffer ring(sm::open_only, args.at(1));
    test_support::say("ready");
    std::vector<std::uint32_t> last(lives);
    try {
        for (;;) {
            auto claim = ring.claim_read();
            const message m = claim.as<message>();
            if (!m.whole()) {
                ++book->torn;
            } else if (claim.delivery_count() == 1) {
                ++book->first[m.life][m.number];
                if (m.number + 1 < last[m.life])
                    ++book->out_of_order;
                last[m.life] = m.number + 1;
            } else {
                ++book->again[m.life][m.number];
            }
            if (m.number % 8 == 0)
                std::this_thread::yield();
            claim.release();
        }
    } catch (const sm::error& e) {
        if (e.code() != sm::errc::end_of_stream)
            throw;
    }
    return 0;
}

namespace {

void kill_at_random(std::uint32_t nodes, int kills, unsigned seed) {
    const shared_object<ledger> book(unique_name("ledger"));
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, sizeof(message));
    std::uint32_t life = 0;
    const auto new_writer = [&] {
        child one("writes_on", {book.name(), ring.name(), std::to_string(life++)});
        one.read_line();
        return one;
    };
    const auto new_reader = [&] {
        child one("reads_on", {book.name(), ring.name()});
        one.read_line();
        return one;
    };
    std::vector<child> writers;
    std::vector<child> readers;
    for (int i = 0; i != 2; ++i) {
        writers.push_back(new_writer());
        readers.push_back(new_reader());
    }
    std::mt19937 random(seed);
    for (int i = 0; i != kills; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
        const auto which = random() % 2;
        if (random() % 2 == 0) {
            writers[which].kill();
            writers[which] = new_writer();
        } else {
            readers[which].kill();
            readers[which] = new_reader();
        }
    }
    book->stop = true;
    for (auto& writer : writers) {
        writer.send_line("end");
        BOOST_TEST(writer.wait() == 0);
    }
    ring.end_of_stream();
    for (auto& reader : readers)
        BOOST_TEST(reader.wait() == 0);
    ring.recover();

    std::uint64_t written = 0;
    std::uint64_t repeats = 0;
    for (std::uint32_t l = 0; l != life; ++l) {
        const std::uint32_t done = book->done[l];
        const std::uint32_t begun = book->begun[l];
        for (std::uint32_t n = 0; n != most; ++n) {
            const unsigned first = book->first[l][n];
            const unsigned again = book->again[l][n];
            // A reader killed between its claim and its note leaves no first, but a marked one.
            if (n < done)
                BOOST_TEST(first + again >= 1U, "message " << n << " of writer " << l
                                                           << ", whose write returned, is lost");
            if (n >= begun)
                BOOST_TEST(first + again == 0U,
                           "message " << n << " of writer " << l << " was never written");
            BOOST_TEST(first <= 1U, "message " << n << " of writer " << l << " came " << first
                                               << " times without a mark");
            repeats += again;
        }
        written += done;
    }
    BOOST_TEST(book->torn == 0U);
    BOOST_TEST(book->out_of_order == 0U);
    BOOST_TEST(ring.redelivered() >= repeats);
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.participants().size() == 1U);
    BOOST_TEST_MESSAGE(nodes << " nodes, " << kills << " kills: " << written << " messages, "
                             << repeats << " marked repeats");
}

} // namespace

BOOST_AUTO_TEST_SUITE(killed_at_random)

BOOST_AUTO_TEST_CASE(two_nodes, *test_support::needs_robust_waiting()) {
    kill_at_random(2, rounds(100), 1);
}
BOOST_AUTO_TEST_CASE(sixty_four_nodes, *test_support::needs_robust_waiting()) {
    kill_at_random(64, rounds(100), 2);
}

BOOST_AUTO_TEST_SUITE_END()
