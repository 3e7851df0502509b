// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What an orderly end leaves: nothing that was committed and not read is thrown away by it, and no
// handle that only looked ends anything.
//
// Not on Windows: what no process has open is gone there.

#include "peer.hpp"

#include <shared_memory/buffer_read_write.hpp>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

constexpr std::uint32_t many = 128;

// One for each of the ring's algorithms.
std::vector<sm::options> kinds_of_ring() {
    return {sm::options(), sm::options().single_writer(), sm::options().single_reader(),
            sm::options().single_writer().single_reader()};
}

int read_all(sm::circular_buffer& ring, errc end) {
    int count = 0;
    check_fails("the end", end, [&] {
        for (;; ++count)
            BOOST_TEST(ring.read<int>() == count);
    });
    return count;
}

} // namespace

// ---- The owner closes, with messages unread

SHARED_MEMORY_TEST_ROLE(writes_a_hundred) {
    sm::options const how = kinds_of_ring().at(std::stoul(args.at(2)));
    sm::circular_buffer ring(sm::create_only, args.at(0), many, 64, how);
    for (int i = 0; i != 100; ++i)
        ring.write(i);
    if (args.at(1) == "kill")
        die_at_once();
    if (args.at(1) == "end_of_stream")
        ring.end_of_stream();
    if (args.at(1) == "leave")
        ring.leave();
    if (args.at(1) == "close")
        ring.close();
    return 0;
}

// As with a message queue: the writer ends, and the reader is started afterwards.
BOOST_AUTO_TEST_CASE(a_reader_that_starts_after_the_writer) {
    for (std::size_t kind = 0; kind != kinds_of_ring().size(); ++kind) {
        for (std::string const how : {"return", "close", "end_of_stream", "leave", "kill"}) {
            BOOST_TEST_CONTEXT("ring " << kind << ", the writer's end: " << how) {
                std::string const name = unique_name("ring");
                child writer("writes_a_hundred", {name, how, std::to_string(kind)});
                keep_object(name);
                writer.wait();
                {
                    sm::circular_buffer ring(sm::open_only, name);
                    BOOST_TEST(!ring.is_owner());
                    BOOST_TEST(ring.left_unread() == 100U);
                    bool const goes_on = how == "leave" || how == "kill";
                    if (goes_on)
                        for (int i = 0; i != 100; ++i)
                            BOOST_TEST(ring.read<int>() == i);
                    else
                        BOOST_TEST(read_all(ring, how == "end_of_stream" ? errc::end_of_stream
                                                                         : errc::shut_down) == 100);
                    BOOST_TEST(ring.is_shutting_down() == !goes_on);
                    BOOST_TEST(ring.left_unread() == 0U);
                    BOOST_TEST(exists(name));
                }
                BOOST_TEST(!exists(name), "all is read, and the last reader has left");
            }
        }
    }
}

// Half of it is read by one reader, and the rest by another one; lookers in between change nothing.
BOOST_AUTO_TEST_CASE(a_backlog_is_read_in_pieces) {
    for (std::string const how : {"return", "kill", "leave"}) {
        BOOST_TEST_CONTEXT(how) {
            std::string const name = unique_name("ring");
            child("writes_a_hundred", {name, how, "0"}).wait();
            auto const look = [&](std::uint64_t left) {
                BOOST_TEST(sm::shared_buffer(sm::open_only, name).left_unread() == left);
                BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).left_unread() == left);
                BOOST_TEST(sm::circular_buffer(sm::open_only, name).left_unread() == left);
            };
            look(100);
            {
                sm::circular_buffer first(sm::open_only, name);
                for (int i = 0; i != 50; ++i)
                    BOOST_TEST(first.read<int>() == i);
                look(50);
            }
            look(50);
            {
                auto second = how == "kill"
                                  ? sm::circular_buffer(sm::open_or_create, name, many, 64)
                                  : sm::circular_buffer(sm::open_only, name);
                for (int i = 50; i != 100; ++i)
                    BOOST_TEST(second.read<int>() == i);
            }
            BOOST_TEST(!exists(name));
        }
    }
}

// Nothing is unread, but a reader still has a message: it may die, and then the message is unread.
BOOST_AUTO_TEST_CASE(a_message_in_a_readers_hands_is_unread) {
    std::string const name = unique_name("ring");
    {
        sm::circular_buffer owner(sm::create_only, name, 4, 8);
        sm::circular_buffer reader(sm::open_only, name);
        owner.write(1);
        auto claim = reader.claim_read();
        owner.close();
        BOOST_TEST(owner.left_unread() == 1U);
        BOOST_TEST(exists(name));
        claim.give_back();
    }
    sm::circular_buffer late(sm::open_only, name);
    BOOST_TEST(late.read<int>() == 1);
    late = sm::circular_buffer();
    BOOST_TEST(!exists(name));
}

// A claim on a node outlives the owner's close, and is committed then.
BOOST_AUTO_TEST_CASE(a_message_that_is_being_written_at_the_close) {
    for (sm::options const& how : kinds_of_ring()) {
        for (bool const committed : {false, true}) {
            std::string const name = unique_name("ring");
            {
                sm::circular_buffer owner(sm::create_only, name, 4, 8, how);
                sm::circular_buffer writer(sm::open_only, name);
                auto claim = writer.claim_write();
                claim.emplace<int>(7);
                owner.close();
                BOOST_TEST(exists(name), "a message may yet come");
                if (committed)
                    claim.commit(4);
                else
                    claim.abort();
                BOOST_TEST(owner.left_unread() == (committed ? 1U : 0U));
            }
            BOOST_TEST(exists(name) == committed);
            if (committed)
                BOOST_TEST(sm::circular_buffer(sm::open_only, name).read<int>() == 7);
            BOOST_TEST(!exists(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_writer_has_nothing_to_do_where_the_owner_has_closed) {
    std::string const name = unique_name("ring");
    sm::circular_buffer(sm::create_only, name, 4, 8).write(1);
    check_fails(
        "writer", errc::shut_down,
        [&] { sm::circular_buffer(sm::open_only, name, sm::options().role(sm::role::writer)); },
        {name, "shut down", "open_or_create"});
    BOOST_TEST(sm::shared_buffer::remove(name), "what is unread is dropped on purpose");
}

// ---- What was shut down is begun anew

BOOST_AUTO_TEST_CASE(begun_anew_by_open_or_create) {
    for (sm::options const& how : kinds_of_ring()) {
        for (bool const ended : {false, true}) {
            std::string const name = unique_name("ring");
            sm::segment_id id;
            {
                sm::circular_buffer owner(sm::create_only, name, 4, 8, how);
                id = owner.id();
                owner.write(1);
                owner.write(2);
                if (ended)
                    owner.end_of_stream();
            }
            {
                sm::circular_buffer anew(sm::open_or_create, name, 4, 8, how);
                BOOST_TEST((anew.id() == id), "its identity has changed");
                BOOST_TEST(anew.is_owner());
                BOOST_TEST(!anew.is_shutting_down());
                sm::circular_buffer reader(sm::open_only, name);
                anew.write(3);
                for (int const expected : {1, 2, 3})
                    BOOST_TEST(reader.read<int>() == expected);
                anew.end_of_stream();
                check_fails("end", errc::end_of_stream, [&] { reader.read<int>(); });
            }
            BOOST_TEST(!exists(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(begins_anew_when_the_last_reader_has_left) {
    for (bool const ended : {false, true}) {
        std::string const name = unique_name("ring");
        {
            sm::circular_buffer owner(sm::create_only, name, 4, 8);
            owner.write(1);
            owner.write(2);
            if (ended)
                owner.end_of_stream();
        }
        peer reader("open_only " + name);
        check_fails("open_or_create", errc::in_use,
                    [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); },
                    {name, "process " + std::to_string(reader.pid()), "wait_for_creator"});
        check_fails("create_only", errc::already_exists,
                    [&] { sm::circular_buffer(sm::create_only, name, 4, 8); },
                    {name, "process " + std::to_string(reader.pid())});
        BOOST_TEST(reader.ask("read") == "1");
        auto const begun = std::chrono::steady_clock::now();
        std::thread leaves([&] {
            std::this_thread::sleep_for(100ms);
            reader.ask("destroy");
        });
        sm::circular_buffer const anew(sm::open_or_create, name, 4, 8,
                                       sm::options().wait_for_creator(10s));
        BOOST_TEST((std::chrono::steady_clock::now() - begun >= 90ms));
        leaves.join();
        BOOST_TEST(anew.is_owner());
        BOOST_TEST(anew.left_unread() == 1U);
        BOOST_TEST(reader.ask("open_only " + name) == "ok");
        BOOST_TEST(reader.ask("read") == "2");
    }
}

// A stream is the living owner's: those that come by open_or_create, too, read it to its end.
BOOST_AUTO_TEST_CASE(an_ended_stream_of_a_living_owner_can_be_opened) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    owner.write(0);
    owner.end_of_stream();
    sm::circular_buffer reader(sm::open_or_create, name, 4, 8);
    BOOST_TEST(!reader.is_owner());
    BOOST_TEST(read_all(reader, errc::end_of_stream) == 1);
}

BOOST_AUTO_TEST_CASE(create_only_starts_empty) {
    std::string const name = unique_name("ring");
    sm::circular_buffer(sm::create_only, name, 4, 8).write(1);
    {
        sm::circular_buffer const fresh(sm::create_only, name, 6, 16);
        BOOST_TEST(fresh.empty());
        BOOST_TEST(fresh.node_count() == 6U);
    }
    BOOST_TEST(!exists(name));
}

// ---- Contents

BOOST_AUTO_TEST_CASE(contents_stay_unless_the_owner_has_closed) {
    using array = sm::shared_array<int>;
    for (std::string const how : {"close", "leave", "on_owner_exit"}) {
        BOOST_TEST_CONTEXT(how) {
            std::string const name = unique_name("array");
            {
                array owner(sm::create_only, name, 10,
                            sm::options().on_owner_exit(how == "on_owner_exit"
                                                            ? sm::owner_exit::leave
                                                            : sm::owner_exit::shut_down));
                owner.fill(5);
                if (how == "leave")
                    owner.leave();
            }
            BOOST_TEST(exists(name) == (how != "close"));
            if (how == "close")
                continue;
            {
                array const user(sm::open_only, name);
                BOOST_TEST(user[9] == 5);
                BOOST_TEST(!user.is_owner());
                BOOST_TEST(!user.owner_alive());
            }
            BOOST_TEST(exists(name), "its user has left it");
            BOOST_TEST(array(sm::open_or_create, name, 10).is_owner());
            BOOST_TEST(!exists(name), "its owner has closed it");
        }
    }
}

// ---- leave()

BOOST_AUTO_TEST_CASE(leaving_shuts_nothing_down) {
    std::string const name = unique_name("ring");
    sm::circular_buffer client;
    {
        sm::circular_buffer owner(sm::create_only, name, 4, 8);
        client = sm::circular_buffer(sm::open_only, name);
        owner.write(1);
        owner.leave();
        BOOST_TEST(!owner.is_open());
        check_fails("after leave", errc::closed, [&] { owner.write(2); });
        BOOST_TEST(!client.owner_alive());
        owner.close(); // the first end counts
    }
    BOOST_TEST(exists(name));
    BOOST_TEST(!client.is_shutting_down());
    client.write(2);
    sm::circular_buffer joined(sm::open_only, name);
    BOOST_TEST(!joined.is_owner());
    {
        sm::circular_buffer successor(sm::open_or_create, name, 4, 8,
                                      sm::options().on_owner_exit(sm::owner_exit::leave));
        BOOST_TEST(successor.is_owner());
        BOOST_TEST(client.owner_alive());
        BOOST_TEST(successor.read<int>() == 1);
        BOOST_TEST(successor.read<int>() == 2);
    }
    BOOST_TEST(!client.is_shutting_down());
    {
        sm::circular_buffer last(sm::open_or_create, name, 4, 8,
                                 sm::options().on_owner_exit(sm::owner_exit::leave));
        last.close(); // and the option is for the destructor alone
        BOOST_TEST(client.is_shutting_down());
        last.leave();
        BOOST_TEST(client.is_shutting_down());
    }
    BOOST_TEST(!exists(name));
}

// Nothing is held, and the last one leaves.
BOOST_AUTO_TEST_CASE(leaving_an_empty_ring_as_the_last) {
    std::string const name = unique_name("ring");
    sm::circular_buffer(sm::create_only, name, 4, 8).leave();
    BOOST_TEST(!exists(name));
}

// ---- Looking ends nothing

BOOST_AUTO_TEST_CASE(looking_ends_nothing) {
    for (std::string const how : {"open_only", "any", "size", "participants"}) {
        std::string const name = unique_name("ring");
        peer owner("create_only " + name);
        keep_object(name);
        owner.kill(); // nothing is unread
        if (how == "any")
            sm::shared_buffer const look(sm::open_only, name);
        else {
            sm::circular_buffer look(sm::open_only, name);
            if (how == "size")
                BOOST_TEST((look.size() == 0U && look.empty() && look.snapshot().read_start == 0U));
            if (how == "participants")
                BOOST_TEST(look.recover().participants_reaped() == 0U);
        }
        BOOST_TEST(exists(name), how << " has ended it");
        BOOST_TEST(!sm::circular_buffer(sm::open_only, name).try_read<int>());
        BOOST_TEST(!exists(name), "a reader was the last, and nothing was unread");
    }
}
