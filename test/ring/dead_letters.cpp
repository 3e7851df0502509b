// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS C10: max_deliveries lost a message without a trace. Each case runs on rings with any number of
// writers and readers, and with single ones.

#include "ring_support.hpp"

#include <shared_memory/shared_memory.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ring_support;
using test_support::child;
using test_support::hear;
using test_support::say;
using test_support::unique_name;

namespace {

using number = std::uint64_t;

template <class Case>
void in_all_modes(Case run) {
    for (const bool writer : {false, true}) {
        for (const bool reader : {false, true}) {
            BOOST_TEST_CONTEXT("single writer " << writer << ", reader " << reader)
            run(sm::options()
                    .single_writer(writer)
                    .single_reader(reader)
                    .max_deliveries(3)
                    .dead_letters());
        }
    }
}

constexpr std::uint32_t letter_size = sizeof(sm::dead_letter) + sizeof(number);

struct rings {
    explicit rings(const sm::options& how, std::uint32_t nodes = 16, std::uint32_t room = 16)
        : ring(sm::create_only, unique_name("ring"), nodes, sizeof(number), how),
          letters(sm::create_only, unique_name("letters"), room, letter_size) {}
    sm::circular_buffer mover() const {
        return {sm::open_only, ring.name(), sm::options().dead_letters_to(letters.name())};
    }
    sm::circular_buffer ring;
    sm::circular_buffer letters;
};

// No reader will get the messages any more.
void let_die(sm::circular_buffer& reader, std::size_t messages) {
    for (int delivery = 0; delivery != 3; ++delivery) {
        std::vector<sm::read_claim> held;
        for (std::size_t i = 0; i != messages; ++i)
            held.push_back(reader.claim_read());
    }
}

struct letter {
    sm::dead_letter head;
    number message;
};
std::vector<letter> letters_in(sm::circular_buffer& ring) {
    std::vector<letter> all;
    while (auto claim = ring.try_claim_read()) {
        const auto [head, rest] = claim->as_prefix<sm::dead_letter>();
        letter one{head, 0};
        BOOST_TEST(rest.size() == sizeof one.message);
        std::memcpy(&one.message, rest.data(), sizeof one.message);
        all.push_back(one);
        claim->release();
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(at_its_limit_a_message_stays_and_no_reader_gets_it) {
    in_all_modes([](const sm::options& how) {
        rings r(how);
        BOOST_TEST(r.ring.keeps_dead_letters());
        for (number i = 0; i != 4; ++i)
            r.ring.write(i);
        {
            sm::circular_buffer reader(sm::open_only, r.ring.name());
            let_die(reader, 2);
            BOOST_TEST(r.ring.dead_letters() == 2U);
            BOOST_TEST(r.ring.given_up() == 0U);
            BOOST_TEST(r.ring.size() == 2U);
            BOOST_TEST(reader.read<number>() == 2U); // the others go on
            r.ring.write(number{4});
            std::vector<number> read(9);
            BOOST_TEST(reader.read_each(read) == 2U);
            BOOST_TEST(!reader.try_read<number>());
            BOOST_TEST(!reader.try_claim_read(5));
            BOOST_TEST(!reader.next_size());
            BOOST_TEST(!reader.discard());
            BOOST_TEST(r.ring.empty());
        }
        // a reader that comes later does not get them either
        sm::circular_buffer later(sm::open_only, r.ring.name());
        BOOST_TEST(!later.try_read<number>());
        BOOST_TEST(later.dead_letters() == 2U);
    });
}

BOOST_AUTO_TEST_CASE(a_mover_carries_them_as_it_reads) {
    in_all_modes([](const sm::options& how) {
        rings r(how);
        for (number i = 0; i != 4; ++i)
            r.ring.write(i);
        sm::circular_buffer mover = r.mover();
        let_die(mover, 2);
        BOOST_TEST(mover.read<number>() == 2U);
        BOOST_TEST(mover.read<number>() == 3U);
        BOOST_TEST(!mover.try_read<number>());
        BOOST_TEST(r.ring.dead_letters() == 0U);
        const auto found = letters_in(r.letters);
        BOOST_REQUIRE(found.size() == 2U);
        for (number i = 0; i != 2; ++i) {
            BOOST_TEST((found[i].head.ring == r.ring.id()));
            BOOST_TEST(found[i].head.position == i);
            BOOST_TEST(found[i].head.deliveries == 3U);
            BOOST_TEST(found[i].head.size == sizeof(number));
            BOOST_TEST(found[i].message == i);
        }
        // their nodes are free
        for (number i = 0; i != 16; ++i)
            BOOST_TEST(r.ring.try_write(i));
    });
}

BOOST_AUTO_TEST_CASE(moved_when_told_to_and_by_wait_any) {
    in_all_modes([](const sm::options& how) {
        rings r(how);
        sm::circular_buffer mover = r.mover();
        BOOST_TEST(mover.move_dead_letters() == 0U);
        for (number i = 0; i != 3; ++i)
            r.ring.write(i);
        let_die(mover, 3);
        BOOST_TEST(mover.move_dead_letters() == 3U);
        BOOST_TEST(mover.move_dead_letters() == 0U);
        r.ring.write(number{7});
        let_die(mover, 1);
        BOOST_TEST(!sm::wait_any({sm::for_reading(mover)}, sm::deadline::now()));
        BOOST_TEST(r.letters.size() == 4U);
        BOOST_TEST(letters_in(r.letters).back().head.position == 3U);
    });
}

// The wait goes on, and so do those of others.
BOOST_AUTO_TEST_CASE(moved_while_the_mover_waits) {
    rings r(sm::options().max_deliveries(1).dead_letters());
    sm::circular_buffer mover = r.mover();
    auto waiting = at_once([&] { return mover.read<number>(); });
    sm::circular_buffer reader(sm::open_only, r.ring.name());
    for (number i = 0; i != 5; ++i) {
        BOOST_TEST(test_support::becomes_true([&] {
            r.ring.write(i); // the mover may get it
            if (is_done(waiting)) {
                waiting.get();
                waiting = at_once([&] { return mover.read<number>(); });
                return false;
            }
            auto claim = reader.try_claim_read();
            return claim.has_value(); // and is given back
        }));
        BOOST_TEST(test_support::becomes_true([&] { return r.letters.size() > i; }));
    }
    r.ring.write(number{99});
    waiting.get();
}

BOOST_AUTO_TEST_CASE(a_full_ring_of_dead_letters_holds_nothing_else_up) {
    in_all_modes([](const sm::options& how) {
        rings r(how, 16, 2);
        sm::circular_buffer mover = r.mover();
        for (number i = 0; i != 5; ++i)
            r.ring.write(i);
        let_die(mover, 5);
        BOOST_TEST(mover.move_dead_letters() == 2U);
        BOOST_TEST(r.letters.full());
        BOOST_TEST(r.ring.dead_letters() == 3U);
        // The mover reads, as others do: up to the nodes that the dead letters take.
        for (number i = 5; i != 18; ++i) {
            r.ring.write(i);
            BOOST_TEST(mover.read<number>() == i);
        }
        BOOST_TEST(!mover.try_read_for<number>(1ms));
        BOOST_TEST(r.ring.wait_drained_for(10s));
        r.ring.end_of_stream();
        TEST_THROWS(end_of_stream, mover.read<number>());
        BOOST_TEST(r.ring.dead_letters() == 3U);
        std::vector<number> positions;
        for (int i = 0; i != 3; ++i) {
            for (const letter& one : letters_in(r.letters))
                positions.push_back(one.head.position);
            mover.move_dead_letters();
        }
        BOOST_TEST(positions == (std::vector<number>{0, 1, 2, 3, 4}),
                   boost::test_tools::per_element());
        BOOST_TEST(r.ring.dead_letters() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_told) {
    rings r(sm::options().max_deliveries(2).dead_letters());
    const auto open = [&](const std::string& target) {
        sm::circular_buffer(sm::open_only, r.ring.name(), sm::options().dead_letters_to(target));
    };
    TEST_THROWS(not_found, open(unique_name("nothing")));
    TEST_THROWS(bad_argument, open(r.ring.name()));
    sm::circular_buffer small(sm::create_only, unique_name("small"), 4, letter_size - 1);
    const auto thrown = what_throws([&] { open(small.name()); });
    BOOST_TEST((thrown.code == sm::errc::wrong_type));
    BOOST_TEST(thrown.text.find("has nodes of 39 bytes, expected at least 40") != std::string::npos,
               thrown.text);
    sm::shared_array<int> array(sm::create_only, unique_name("array"), 4);
    TEST_THROWS(wrong_kind, open(array.name()));
    TEST_THROWS(bad_argument, r.ring.move_dead_letters());
    TEST_THROWS(bad_argument, sm::circular_buffer(sm::open_only, small.name(),
                                                  sm::options().dead_letters_to(r.letters.name())));
    TEST_THROWS(bad_argument, sm::circular_buffer(sm::create_only, unique_name("no limit"), 4, 8,
                                                  sm::options().dead_letters()));
    TEST_THROWS(wrong_type,
                sm::circular_buffer(sm::open_only, small.name(), sm::options().dead_letters()));
    TEST_THROWS(wrong_type, sm::circular_buffer(sm::open_only, r.ring.name(),
                                                sm::options().dead_letters(false)));
    std::error_code ec;
    const sm::circular_buffer none(sm::open_only, r.ring.name(),
                                   sm::options().dead_letters_to("nothing"), ec);
    BOOST_TEST((ec == sm::errc::not_found));
    BOOST_TEST(!small.keeps_dead_letters());
}

// What goes wrong in the other ring is no reader's business; move_dead_letters() tells it.
BOOST_AUTO_TEST_CASE(a_ring_of_dead_letters_that_has_ended) {
    rings r(sm::options().max_deliveries(1).dead_letters());
    sm::circular_buffer mover = r.mover();
    r.letters.end_of_stream();
    r.ring.write(number{1});
    { auto given_back = mover.claim_read(); }
    r.ring.write(number{2});
    BOOST_TEST(mover.read<number>() == 2U);
    BOOST_TEST(!mover.try_read<number>());
    BOOST_TEST(r.ring.dead_letters() == 1U);
    TEST_THROWS(end_of_stream, mover.move_dead_letters());
}

// On Windows, what no process has open is gone.
static bool names_stay() {
    const auto name = unique_name("ring");
    {
        sm::circular_buffer ring(sm::create_only, name, 2, sizeof(number));
        ring.write(number{1});
    }
    return sm::circular_buffer::remove(name);
}

// A dead letter is unread: its ring lives on without anybody, until it is moved.
BOOST_AUTO_TEST_CASE(a_ring_lives_on_for_its_dead_letters,
                     *test_support::needs("segments that nobody has open", names_stay)) {
    in_all_modes([](const sm::options& how) {
        sm::circular_buffer letters(sm::create_only, unique_name("letters"), 4, letter_size);
        const auto name = unique_name("ring");
        {
            sm::circular_buffer ring(sm::create_only, name, 4, sizeof(number), how);
            ring.write(number{7});
            sm::circular_buffer reader(sm::open_only, name);
            let_die(reader, 1);
        }
        {
            sm::circular_buffer mover(sm::open_only, name,
                                      sm::options().dead_letters_to(letters.name()));
            BOOST_TEST(mover.move_dead_letters() == 1U);
            TEST_THROWS(shut_down, mover.try_read<number>());
        }
        TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, name));
        BOOST_TEST(letters_in(letters).at(0).message == 7U);
    });
}

// ---- Deaths

SHARED_MEMORY_TEST_ROLE(dying_reader) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    std::vector<sm::read_claim> held;
    for (int i = 0; i != 10; ++i)
        held.push_back(ring.claim_read());
    say("held");
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(readers_that_die_three_times_leave_ten_of_ten) {
    in_all_modes([](const sm::options& how) {
        rings r(how, 64);
        for (number i = 0; i != 10; ++i)
            r.ring.write(i);
        for (int deaths = 1; deaths <= 3; ++deaths) {
            child reader("dying_reader", {r.ring.name()});
            BOOST_TEST(reader.read_line() == "held");
            reader.kill();
            const auto report = r.ring.recover();
            BOOST_TEST(report.reads_redelivered() == (deaths == 3 ? 0U : 10U));
            BOOST_TEST(report.dead_letters() == (deaths == 3 ? 10U : 0U));
            BOOST_TEST(report.messages_given_up() == 0U);
        }
        BOOST_TEST(r.ring.given_up() == 0U);
        BOOST_TEST(r.ring.dead_letters() == 10U);
        BOOST_TEST(r.ring.size() == 0U);
        sm::circular_buffer mover = r.mover();
        BOOST_TEST(!mover.try_read<number>());
        const auto found = letters_in(r.letters);
        BOOST_REQUIRE(found.size() == 10U);
        for (number i = 0; i != 10; ++i) {
            BOOST_TEST(found[i].head.position == i);
            BOOST_TEST(found[i].message == i);
            BOOST_TEST(found[i].head.deliveries == 3U);
        }
    });
}

SHARED_MEMORY_TEST_ROLE(moving) {
    sm::circular_buffer mover(sm::open_only, args.at(0), sm::options().dead_letters_to(args.at(1)));
    say("moving");
    for (;;) {
        try {
            mover.move_dead_letters();
            auto claim = mover.try_claim_read();
        } catch (const sm::error& failure) {
            say(failure.what());
            return 1;
        }
    }
}

// A mover that is killed at any moment: every dead letter comes, and one that comes twice has the same
// position.
BOOST_AUTO_TEST_CASE(movers_that_are_killed_lose_nothing) {
    for (const bool single : {false, true}) {
        rings r(sm::options()
                    .single_writer(single)
                    .single_reader(single)
                    .max_deliveries(1)
                    .dead_letters(),
                8, 4);
        std::map<number, std::set<number>> found; // positions of a message
        number written = 0;
        const auto look = [&] {
            for (const letter& one : letters_in(r.letters))
                found[one.message].insert(one.head.position);
        };
        for (int round = 0; round != rounds(30); ++round) {
            child mover("moving", {r.ring.name(), r.letters.name()});
            BOOST_TEST(mover.read_line() == "moving");
            const auto end =
                std::chrono::steady_clock::now() + std::chrono::microseconds(100 * round);
            do {
                while (r.ring.try_write(written))
                    ++written;
                look();
            } while (std::chrono::steady_clock::now() < end);
            mover.kill();
        }
        child last("moving", {r.ring.name(), r.letters.name()});
        BOOST_TEST(test_support::becomes_true([&] {
                       look();
                       return found.size() == written;
                   }),
                   found.size() << " of " << written);
        last.kill();
        for (const auto& [message, positions] : found) {
            BOOST_TEST(message < written);
            BOOST_TEST(positions.size() == 1U, "message " << message);
        }
        BOOST_TEST(r.ring.given_up() == 0U);
    }
}
