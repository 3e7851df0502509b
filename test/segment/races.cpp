// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Many processes at one name at the same moment, and killed at any moment.

#include "peer.hpp"
#include "sweeping.hpp"

#include <algorithm>
#include <atomic>
#include <random>

SHARED_MEMORY_TEST_CLOCK

using namespace test_support;
using sm::errc;

namespace {

constexpr std::size_t crowd_size = 50 / cost_of_a_process;

// Fifty processes, or fewer. All do a command at the same moment.
struct crowd {
    crowd() : peers(crowd_size) {}

    std::vector<std::string> ask_all(std::string const& command) {
        for (peer& p : peers)
            p.send_line(command);
        std::vector<std::string> replies;
        replies.reserve(peers.size());
        for (peer& p : peers)
            replies.push_back(p.read_line());
        return replies;
    }
    std::vector<std::string> at_once(std::string const& command) {
        return ask_all("at " + std::to_string(steady_now() + 5'000'000) + ' ' + command);
    }

    std::vector<peer> peers;
};

std::size_t count(std::vector<std::string> const& replies, std::string const& wanted) {
    return static_cast<std::size_t>(std::count(replies.begin(), replies.end(), wanted));
}

void check_all(std::vector<std::string> const& replies, std::string const& wanted) {
    for (std::string const& reply : replies)
        BOOST_TEST(reply == wanted);
}

// One has won; the others were told so; the winner's ring works.
void check_one_winner(crowd& all, std::string const& name) {
    auto const replies = all.at_once("create_only " + name);
    BOOST_TEST_REQUIRE(count(replies, "ok") == 1U);
    auto const winner =
        static_cast<std::size_t>(std::find(replies.begin(), replies.end(), "ok") - replies.begin());
    for (std::size_t i = 0; i != replies.size(); ++i)
        BOOST_TEST((i == winner || is_error(replies[i], errc::already_exists)), replies[i]);
    sm::circular_buffer ring(sm::open_only, name);
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(ring.empty());
    BOOST_TEST(all.peers[winner].ask("is_owner") == "yes");
    BOOST_TEST(all.peers[winner].ask("write 42") == "yes");
    BOOST_TEST(ring.read<int>() == 42);
    check_all(all.ask_all("destroy"), "ok");
    BOOST_TEST(!exists(name));
}

std::size_t mark_and_count_owners(crowd& all) {
    return count(all.ask_all("is_owner"), "yes");
}

// All are on one segment, and one of them owns it.
void check_all_on_one(crowd& all, std::string const& name) {
    check_all(all.at_once("open_or_create " + name), "ok");
    {
        sm::shared_buffer const look(sm::open_read_only, name);
        BOOST_TEST(look.participants().size() == crowd_size);
        BOOST_TEST(look.readers_alive() == crowd_size);
        BOOST_TEST(look.owner_alive());
    }
    BOOST_TEST(mark_and_count_owners(all) == 1U);
    check_all(all.ask_all("participants"), std::to_string(crowd_size));
    while (all.peers.front().ask("try_read") != "-1") { // what a leftover holds
    }
    check_all(all.ask_all("destroy"), "ok");
    BOOST_TEST(!exists(name));
}

} // namespace

BOOST_AUTO_TEST_CASE(fifty_creators) {
    crowd all;
    for (int round = 0; round != 5; ++round)
        check_one_winner(all, unique_name("fresh"));
    for (int round = 0; round != 5; ++round)
        check_one_winner(all, dead_leftover("leftover"));
}

BOOST_AUTO_TEST_CASE(fifty_that_open_or_create) {
    crowd all;
    for (int round = 0; round != 5; ++round)
        check_all_on_one(all, unique_name("fresh"));
    for (int round = 0; round != 5; ++round)
        check_all_on_one(all, dead_leftover("leftover"));
}

// The owner is dead, another is there: one of the fifty becomes the owner.
BOOST_AUTO_TEST_CASE(fifty_successors) {
    crowd all;
    for (int round = 0; round != 5; ++round) {
        std::string const name = unique_name("ring");
        peer owner("create_only " + name);
        sm::circular_buffer ring(sm::open_only, name);
        owner.kill();
        check_all(all.at_once("open_or_create " + name), "ok");
        BOOST_TEST(mark_and_count_owners(all) == 1U);
        BOOST_TEST(ring.owner_alive());
        BOOST_TEST(ring.participants().size() == crowd_size + 1);
        check_all(all.ask_all("destroy"), "ok");
        BOOST_TEST(!exists(name));
    }
}

// Some replace or remove a leftover while others join it: who has joined is where the name leads,
// not on the old one that nobody finds any more.
BOOST_AUTO_TEST_CASE(joined_while_replaced) {
    crowd all;
    for (int round = 0; round != 40; ++round) {
        std::string const name = unique_name("ring");
        write_object(name, ring_image(4, 8, 2, sm::options()));
        std::string const start = "at " + std::to_string(steady_now() + 2'000'000);
        for (std::size_t i = 0; i != all.peers.size(); ++i)
            all.peers[i].send_line(start + (i % 10 == 0 ? " create_only " : " open_only ") + name);
        std::size_t joined = 0;
        bool replaced = false;
        for (std::size_t i = 0; i != all.peers.size(); ++i) {
            std::string const reply = all.peers[i].read_line();
            joined += reply == "ok" ? 1 : 0;
            replaced = replaced || (i % 10 == 0 && reply == "ok");
            BOOST_TEST((reply == "ok" || is_error(reply, errc::already_exists)), reply);
        }
        BOOST_TEST_CONTEXT("round " << round) {
            BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).readers_alive() == joined);
            check_all(all.ask_all("destroy"), "ok");
            BOOST_TEST(exists(name) == !replaced, "what holds messages stays, what is empty goes");
            remove_object(name);
        }
    }
}

// The last of fifty to leave removes the name, also if all leave at once.
BOOST_AUTO_TEST_CASE(fifty_that_leave) {
    crowd all;
    for (int round = 0; round != 10; ++round) {
        std::string const name = unique_name("ring");
        peer owner("create_only " + name);
        check_all(all.ask_all("open_only " + name), "ok");
        check_all(all.ask_all("try_read"), "-1"); // takes part
        owner.kill();
        check_all(all.at_once("destroy"), "ok");
        BOOST_TEST(!exists(name), "round " << round);
        remove_object(name);
    }
}

BOOST_AUTO_TEST_CASE(fifty_that_remove) {
    crowd all;
    for (int round = 0; round != 5; ++round) {
        auto const replies = all.at_once("remove " + dead_leftover("ring"));
        BOOST_TEST(count(replies, "yes") == 1U);
        BOOST_TEST(count(replies, "no") == crowd_size - 1);
    }
}

// Creates, opens, closes as fast as it can: "ok" while all ends in the ways that are allowed.
SHARED_MEMORY_TEST_ROLE(churner) {
    std::mt19937 random(static_cast<unsigned>(own_process_id()));
    std::string const& name = args.at(0);
    say("ready");
    for (int i = 0; args.size() == 1 || i != std::stoi(args[1]); ++i) {
        try {
            switch (random() % 4) {
            case 0: {
                sm::circular_buffer ring(sm::create_only, name, 4, 8);
                (void)ring.try_write(1);
                break;
            }
            case 1: {
                sm::circular_buffer ring(sm::open_only, name);
                (void)ring.try_read<int>();
                break;
            }
            case 2: {
                sm::circular_buffer ring(sm::open_or_create, name, 4, 8);
                (void)ring.try_write(2);
                break;
            }
            default:
                (void)sm::shared_buffer::remove(name);
                break;
            }
        } catch (sm::error const& e) {
            if (e.code() != errc::not_found && e.code() != errc::already_exists &&
                e.code() != errc::in_use && e.code() != errc::shut_down) {
                say(std::string("failed: ") + e.what());
                return 1;
            }
        }
    }
    say("ok");
    return 0;
}

// A process that looks sees a complete segment or none.
BOOST_AUTO_TEST_CASE(killed_while_creating) {
    std::string const name = unique_name("ring");
    std::atomic<bool> done{false};
    std::atomic<int> seen{0};
    std::string problem;
    std::thread observer([&] {
        for (bool both = false; !done; both = !both) {
            try {
                if (both)
                    sm::circular_buffer(sm::open_only, name).participants();
                else
                    sm::circular_buffer(sm::open_read_only, name).snapshot();
                ++seen;
            } catch (sm::error const& e) {
                if (e.code() != errc::not_found)
                    problem = e.what();
            }
        }
    });
    std::mt19937 random(4);
    for (int round = 0; round != 60 / int{cost_of_a_process}; ++round) {
        std::vector<child> churners;
        for (int i = 0; i != 3; ++i)
            churners.emplace_back("churner", std::vector<std::string>{name});
        for (child& c : churners)
            BOOST_TEST(c.read_line() == "ready");
        for (child& c : churners) {
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));
            c.kill();
        }
        BOOST_TEST_CONTEXT("round " << round) {
            // Whatever they have left, the name can be used.
            sm::circular_buffer ring;
            bool const created = becomes_true([&] { // the observer may be in it
                std::error_code ec;
                ring = sm::circular_buffer(sm::create_only, name, 4, 8, ec);
                BOOST_TEST((!ec || ec == errc::already_exists), ec.message());
                return !ec;
            });
            BOOST_TEST(created);
            BOOST_TEST(ring.empty());
            ring.write(round);
            BOOST_TEST(ring.read<int>() == round);
            int const before = seen;
            BOOST_TEST(becomes_true([&] { return seen != before; }), "the observer sees nothing");
        }
    }
    done = true;
    observer.join();
    BOOST_TEST(problem.empty(), "an observer saw a segment that is not complete: " << problem);
    BOOST_TEST(seen > 0);
    (void)sm::shared_buffer::remove(name);
    check_temporaries_are_swept();
}

BOOST_AUTO_TEST_CASE(all_ways_at_once) {
    std::string const name = unique_name("ring");
    std::vector<child> churners;
    for (int i = 0; i != 8; ++i)
        churners.emplace_back("churner", std::vector<std::string>{name, "500"});
    for (child& c : churners) {
        BOOST_TEST(c.read_line() == "ready");
        std::string const last = c.read_line();
        BOOST_TEST(last == "ok");
        BOOST_TEST(c.wait() == 0);
    }
    if (exists(name)) // what the last of them has written
        BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).left_unread() != 0U);
    remove_object(name);
}
