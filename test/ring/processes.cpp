// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Many writers and many readers, threads and processes: every message once, each writer's in order.

#include "ring_support.hpp"

#include <array>
#include <atomic>
#include <map>
#include <sstream>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

constexpr std::uint32_t parties = 4; // writers, and readers

struct message {
    std::uint32_t writer;
    std::uint32_t number;
    std::uint64_t check; // of both: a torn message shows
};
std::uint64_t check_of(std::uint32_t writer, std::uint32_t number) {
    return (std::uint64_t{writer} << 40U | number) * 0x9e3779b97f4a7c15U;
}

// What one reader found, added up over all readers by the test.
struct tally {
    std::array<std::uint64_t, parties> count{};
    std::array<std::uint64_t, parties> sum{};
    std::uint64_t torn = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t repeated = 0;

    tally& operator+=(const tally& other) {
        for (std::size_t w = 0; w != parties; ++w) {
            count[w] += other.count[w];
            sum[w] += other.sum[w];
        }
        torn += other.torn;
        out_of_order += other.out_of_order;
        repeated += other.repeated;
        return *this;
    }
};

void write_all(sm::circular_buffer& ring, std::uint32_t writer, std::uint32_t messages) {
    for (std::uint32_t i = 1; i <= messages; ++i) {
        switch (i % 4) {
        case 0:
            ring.write([&](boost::span<std::byte> node) {
                const message m{writer, i, check_of(writer, i)};
                std::memcpy(node.data(), &m, sizeof m);
                return sizeof m;
            });
            break;
        case 1:
            if (i % 32 == 1)
                ring.claim_write().abort(); // skips among them
            [[fallthrough]];
        default:
            while (!ring.try_write_for(message{writer, i, check_of(writer, i)}, 100ms)) {
            }
        }
    }
}

// Reads until the stream ends.
tally read_all(sm::circular_buffer& ring) {
    tally result;
    std::array<std::uint32_t, parties> last{};
    const auto count = [&](const message& m) {
        if (m.writer >= parties || m.check != check_of(m.writer, m.number)) {
            ++result.torn;
            return;
        }
        if (m.number == last[m.writer])
            ++result.repeated;
        if (m.number < last[m.writer])
            ++result.out_of_order;
        last[m.writer] = m.number;
        ++result.count[m.writer];
        result.sum[m.writer] += m.number;
    };
    try {
        for (std::uint32_t i = 0;; ++i) {
            if (i % 3 == 0) {
                auto claim = ring.claim_read();
                count(claim.as<message>());
                claim.release();
            } else {
                count(ring.read<message>());
            }
        }
    } catch (const sm::error& e) {
        if (e.code() != sm::errc::end_of_stream)
            throw;
    }
    return result;
}

void check_tally(const tally& all, std::uint32_t messages, const std::string& what) {
    BOOST_TEST(all.torn == 0U, what);
    BOOST_TEST(all.out_of_order == 0U, what);
    BOOST_TEST(all.repeated == 0U, what);
    for (std::size_t w = 0; w != parties; ++w) {
        BOOST_TEST(all.count[w] == messages, what << ", of writer " << w);
        BOOST_TEST(all.sum[w] == std::uint64_t{messages} * (messages + 1) / 2,
                   what << ", of writer " << w << ": some are missing and others came twice");
    }
}

const auto messages_each = static_cast<std::uint32_t>(rounds(20000));

} // namespace

SHARED_MEMORY_TEST_ROLE(writes) {
    sm::circular_buffer ring(sm::open_only, args.at(0), sm::options().role(sm::role::writer));
    write_all(ring, static_cast<std::uint32_t>(std::stoul(args.at(1))), messages_each);
    return 0;
}

SHARED_MEMORY_TEST_ROLE(reads) {
    sm::circular_buffer ring(sm::open_only, args.at(0), sm::options().role(sm::role::reader));
    const tally found = read_all(ring);
    std::ostringstream line;
    line << found.torn << ' ' << found.out_of_order << ' ' << found.repeated;
    for (std::size_t w = 0; w != parties; ++w)
        line << ' ' << found.count[w] << ' ' << found.sum[w];
    test_support::say(line.str());
    return 0;
}

namespace {

// Nodes of 24 bytes lie beside their control word, those of 96 do not.
void by_threads(std::uint32_t nodes, std::uint32_t node_size, bool one_handle) {
    const std::string what = std::to_string(nodes) + " nodes of " + std::to_string(node_size) +
                             (one_handle ? ", one handle" : ", a handle each");
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, node_size);
    std::vector<std::future<void>> writers;
    std::vector<std::future<tally>> readers;
    for (std::uint32_t i = 0; i != parties; ++i) {
        readers.push_back(at_once([&] {
            if (one_handle)
                return read_all(ring);
            sm::circular_buffer mine(sm::open_only, ring.name());
            return read_all(mine);
        }));
        writers.push_back(at_once([&, i] {
            if (one_handle)
                return write_all(ring, i, messages_each);
            sm::circular_buffer mine(sm::open_only, ring.name());
            write_all(mine, i, messages_each);
        }));
    }
    for (auto& writer : writers)
        writer.get();
    ring.end_of_stream();
    tally all;
    for (auto& reader : readers)
        all += reader.get();
    check_tally(all, messages_each, what);
    BOOST_TEST(ring.redelivered() == 0U, what);
    const auto end = cursors_of(ring);
    BOOST_TEST(end.read_end == end.write_start, what << ": " << end);
}

void by_processes(std::uint32_t nodes, std::uint32_t node_size) {
    const std::string what = std::to_string(nodes) + " nodes of " + std::to_string(node_size);
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, node_size);
    std::vector<child> writers;
    std::vector<child> readers;
    for (std::uint32_t i = 0; i != parties; ++i) {
        readers.emplace_back("reads", std::vector<std::string>{ring.name()});
        writers.emplace_back("writes", std::vector<std::string>{ring.name(), std::to_string(i)});
    }
    for (auto& writer : writers)
        BOOST_TEST(writer.wait() == 0, what);
    ring.end_of_stream();
    tally all;
    for (auto& reader : readers) {
        std::istringstream line(reader.read_line());
        tally one;
        line >> one.torn >> one.out_of_order >> one.repeated;
        for (std::size_t w = 0; w != parties; ++w)
            line >> one.count[w] >> one.sum[w];
        all += one;
        BOOST_TEST(reader.wait() == 0, what);
    }
    check_tally(all, messages_each, what);
    BOOST_TEST(ring.participants().size() == 1U, what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(four_writers_and_four_readers)

BOOST_AUTO_TEST_CASE(threads_2_nodes) {
    by_threads(2, 24, false);
}
BOOST_AUTO_TEST_CASE(threads_3_nodes) {
    by_threads(3, 96, false);
}
BOOST_AUTO_TEST_CASE(threads_64_nodes) {
    by_threads(64, 24, false);
}
BOOST_AUTO_TEST_CASE(threads_with_one_handle) {
    by_threads(3, 24, true);
}
BOOST_AUTO_TEST_CASE(processes_2_nodes) {
    by_processes(2, 96);
}
BOOST_AUTO_TEST_CASE(processes_3_nodes) {
    by_processes(3, 24);
}
BOOST_AUTO_TEST_CASE(processes_64_nodes) {
    by_processes(64, 96);
}

BOOST_AUTO_TEST_SUITE_END()

// Threads of one handle that give back and take again: none is lost, all repeats are marked.
BOOST_AUTO_TEST_CASE(readers_that_give_back) {
    const auto messages = static_cast<std::uint32_t>(rounds(20000));
    for (const std::uint32_t nodes : {2U, 3U, 64U}) {
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), nodes, 8);
        std::vector<std::atomic<std::uint32_t>> unmarked(messages);
        std::vector<std::atomic<std::uint32_t>> released(messages);
        const auto reads = [&](std::uint32_t seed) {
            sm::circular_buffer mine(sm::open_only, ring.name());
            auto& through = seed % 2 == 0 ? mine : ring;
            try {
                for (;;) {
                    auto claim = through.claim_read();
                    const auto number = claim.as<std::uint32_t>();
                    if (claim.delivery_count() == 1)
                        ++unmarked.at(number);
                    seed = seed * 1664525U + 1013904223U;
                    if (seed >> 30U == 0)
                        continue; // the destructor gives it back
                    ++released.at(number);
                    claim.release();
                }
            } catch (const sm::error& e) {
                if (e.code() != sm::errc::end_of_stream)
                    throw;
            }
        };
        std::vector<std::future<void>> readers;
        for (std::uint32_t i = 0; i != 3; ++i)
            readers.push_back(at_once([&, i] { reads(i); }));
        for (std::uint32_t i = 0; i != messages; ++i)
            ring.write(i);
        BOOST_TEST(ring.wait_drained_for(1h));
        ring.end_of_stream();
        for (auto& reader : readers)
            reader.get();
        std::uint32_t wrong = 0;
        for (std::uint32_t i = 0; i != messages; ++i)
            wrong += unmarked[i] == 1 && released[i] == 1 ? 0U : 1U;
        BOOST_TEST(wrong == 0U, nodes << " nodes: released once, and first delivered once");
        BOOST_TEST(ring.redelivered() > messages / 8);
    }
}
