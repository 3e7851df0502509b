// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who owns a segment, what its owner's death or close means to others, and when its name goes.

#include "peer.hpp"

#include <array>

using namespace test_support;
using sm::errc;

namespace {

std::array<std::uint64_t, 2> id_of(std::string const& name) {
    auto const identity = identity_of(read_object(name));
    return {identity.id[0], identity.id[1]};
}

} // namespace

// ---- The owner is dead, and nobody else is there

BOOST_AUTO_TEST_CASE(create_only_replaces_a_leftover) {
    std::string const name = dead_leftover("ring");
    auto const id = id_of(name);
    auto const object = object_state(name);
    {
        sm::circular_buffer ring(sm::create_only, name, 6, 100);
        BOOST_TEST(ring.is_owner());
        BOOST_TEST(ring.empty());
        BOOST_TEST(ring.node_count() == 6U);
        BOOST_TEST(ring.node_size() == 100U);
        BOOST_TEST(ring.participants().size() == 1U);
        BOOST_TEST((id_of(name) != id), "it has the old one's id");
        BOOST_TEST((object_state(name) != object));
        ring.write(5);
        BOOST_TEST(ring.read<int>() == 5);
    }
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(create_only_replaces_a_leftover_of_another_kind) {
    std::string const name = unique_name("array");
    write_object(name, array_image());
    sm::circular_buffer const ring(sm::create_only, name, 4, 8);
    BOOST_TEST(ring.kind_name() == std::string("circular_buffer"));
    BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(opening_a_leftover_keeps_its_contents) {
    for (bool const or_create : {false, true}) {
        BOOST_TEST_CONTEXT((or_create ? "open_or_create" : "open_only")) {
            std::string const name = dead_leftover("ring");
            auto const id = id_of(name);
            { // a handle that only opens never is the owner
                auto ring = or_create ? sm::circular_buffer(sm::open_or_create, name, 4, 8)
                                      : sm::circular_buffer(sm::open_only, name);
                BOOST_TEST((id_of(name) == id), "it is another segment");
                BOOST_TEST(ring.is_owner() == or_create);
                BOOST_TEST(ring.owner_alive() == or_create);
                BOOST_TEST(ring.participants().size() == 1U, "the dead one is still there");
                BOOST_TEST(ring.size() == 2U);
                BOOST_TEST(ring.read<int>() == 1);
                BOOST_TEST(ring.read<int>() == 2);
                ring.write(3);
                BOOST_TEST(ring.read<int>() == 3);
            }
            BOOST_TEST(!exists(name),
                       "its owner has closed it, or the last that took part left it");
        }
    }
}

BOOST_AUTO_TEST_CASE(opening_it_generically_is_the_same) {
    std::string const name = dead_leftover("ring");
    {
        sm::shared_buffer const any(sm::open_only, name);
        BOOST_TEST(!any.is_owner());
        BOOST_TEST(any.left_unread() == 2U);
    }
    BOOST_TEST(exists(name), "looking has ended it");
}

BOOST_AUTO_TEST_CASE(remove_of_a_leftover) {
    std::string const name = dead_leftover("ring");
    BOOST_TEST(sm::shared_buffer::remove(name));
    BOOST_TEST(!exists(name));
    BOOST_TEST(!sm::circular_buffer::remove(name));
}

BOOST_AUTO_TEST_CASE(looking_at_a_leftover_does_not_keep_it) {
    std::string const name = dead_leftover("ring");
    sm::circular_buffer const look(sm::open_read_only, name);
    BOOST_TEST(!look.owner_alive());
    BOOST_TEST_REQUIRE(look.participants().size() == 1U);
    BOOST_TEST(!look.participants()[0].alive);
    BOOST_TEST(look.size() == 2U);
    {
        sm::circular_buffer const ring(sm::create_only, name, 4, 8);
        BOOST_TEST(ring.empty());
        BOOST_TEST(look.size() == 2U, "it still sees the old one");
    }
    std::string const other = dead_leftover("other");
    sm::shared_buffer const look_at_other(sm::open_read_only, other);
    BOOST_TEST(sm::shared_buffer::remove(other));
    BOOST_TEST(look_at_other.participants().size() == 1U);
}

// ---- The owner is dead, but others are there

BOOST_AUTO_TEST_CASE(others_go_on_without_the_owner) {
    std::string const name = unique_name("ring");
    peer owner("create_only " + name);
    sm::circular_buffer one(sm::open_only, name);
    peer two("open_only " + name);
    BOOST_TEST(one.owner_alive());
    BOOST_TEST(owner.ask("write 1") == "yes");
    owner.kill();
    BOOST_TEST(!one.owner_alive());
    BOOST_TEST(two.ask("owner_alive") == "no");
    BOOST_TEST((!one.is_owner() && !one.is_shutting_down()));
    BOOST_TEST(two.ask("read") == "1");
    BOOST_TEST(two.ask("write 2") == "yes");
    BOOST_TEST(one.read<int>() == 2);
    BOOST_TEST(one.recover().participants_reaped() == 1U);

    // A handle that only joins does not become the owner, while others are there.
    sm::circular_buffer three(sm::open_only, name);
    BOOST_TEST(!three.is_owner());
    check_fails(
        "create_only", errc::already_exists,
        [&] { sm::circular_buffer(sm::create_only, name, 4, 8); },
        {name, "in use by process", std::to_string(own_process_id()), std::to_string(two.pid())});
    check_fails("remove", errc::in_use, [&] { (void)sm::shared_buffer::remove(name); }, {name});

    one = sm::circular_buffer();
    three = sm::circular_buffer();
    BOOST_TEST(exists(name));
    BOOST_TEST(two.ask("destroy") == "ok");
    BOOST_TEST(!exists(name), "the last one, who took part, has left it");
}

BOOST_AUTO_TEST_CASE(a_killed_server_comes_back) {
    std::string const name = unique_name("ring");
    peer server("create_only " + name);
    sm::circular_buffer client(sm::open_only, name);
    client.write(1);
    server.kill();
    BOOST_TEST(!client.owner_alive());

    peer successor("open_or_create " + name);
    BOOST_TEST(successor.ask("is_owner") == "yes");
    BOOST_TEST(client.owner_alive());
    BOOST_TEST(successor.ask("read") == "1");
    peer third("open_or_create " + name);
    BOOST_TEST(third.ask("is_owner") == "no");
    successor.kill();
    peer fourth("open_or_create " + name);
    BOOST_TEST(fourth.ask("is_owner") == "yes");
    BOOST_TEST(fourth.ask("close") == "ok");
    BOOST_TEST(client.is_shutting_down());
    BOOST_TEST(!exists(name));
}

// ---- The owner closes

BOOST_AUTO_TEST_CASE(owners_close_shuts_down) {
    std::string const name = unique_name("ring");
    sm::circular_buffer client;
    peer owner("create_only " + name);
    client = sm::circular_buffer(sm::open_only, name);
    BOOST_TEST(owner.ask("write 1") == "yes");
    BOOST_TEST(owner.ask("write 2") == "yes");
    BOOST_TEST(owner.ask("close") == "ok");
    BOOST_TEST(exists(name), "it holds two messages");
    BOOST_TEST(owner.ask("left_unread") == "2");
    BOOST_TEST(client.is_shutting_down());
    BOOST_TEST(client.is_open());
    check_fails("remove", errc::in_use, [&] { (void)sm::shared_buffer::remove(name); });

    // What is left may be read, though nothing may be added.
    check_fails("write", errc::shut_down, [&] { client.write(3); }, {name, "shut"});
    BOOST_TEST(client.read<int>() == 1);
    BOOST_TEST(client.try_read<int>().value_or(-1) == 2);
    check_fails("read", errc::shut_down, [&] { client.read<int>(); }, {name, "shut"});

    // All is read: the name is free for another, while the old one is still mapped.
    sm::circular_buffer fresh(sm::create_only, name, 4, 8);
    fresh.write(9);
    BOOST_TEST(!fresh.is_shutting_down());
    check_fails("old", errc::shut_down, [&] { (void)client.try_read<int>(); });
    BOOST_TEST(owner.ask("destroy") == "ok");
    client = sm::circular_buffer();
    BOOST_TEST(exists(name), "the old one's last user has removed the new one's name");
    BOOST_TEST(fresh.read<int>() == 9);
}

// Marked as shutting down, then killed: the name is still there.
BOOST_AUTO_TEST_CASE(owner_killed_while_it_closes) {
    std::string image = ring_image();
    std::string empty = ring_image(4, 8, 0);
    std::uint32_t const state = sm::detail::state_shutting_down;
    std::memcpy(&empty[block_at + offsetof(sm::detail::segment_block, life)], &state, sizeof state);
    std::memcpy(&image[block_at + offsetof(sm::detail::segment_block, life)], &state, sizeof state);
    std::string const name = unique_name("closing");

    write_object(name, empty);
    check_fails("open_only", errc::not_found, [&] { sm::circular_buffer(sm::open_only, name); });
    BOOST_TEST(!exists(name));

    write_object(name, empty);
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8).empty());
    BOOST_TEST(!exists(name));

    write_object(name, image); // and with messages in it
    BOOST_TEST(sm::circular_buffer(sm::open_only, name).size() == 2U);
    {
        sm::circular_buffer const anew(sm::open_or_create, name, 4, 8);
        BOOST_TEST(anew.size() == 2U);
        BOOST_TEST((anew.is_owner() && !anew.is_shutting_down()));
    }

    write_object(name, image);
    BOOST_TEST(sm::circular_buffer(sm::create_only, name, 4, 8).is_owner());

    write_object(name, image);
    BOOST_TEST(sm::shared_buffer::remove(name));

    write_object(name, image);
    BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).is_shutting_down());
    BOOST_TEST(sm::shared_buffer::remove(name));
}

BOOST_AUTO_TEST_CASE(name_taken_away_by_hand) {
    std::string const name = unique_name("ring");
    sm::circular_buffer old(sm::create_only, name, 4, 8);
    sm::circular_buffer other(sm::open_only, name);
    remove_object(name);
    sm::circular_buffer fresh(sm::create_only, name, 4, 8);
    old.write(1);
    fresh.write(2);
    BOOST_TEST(other.read<int>() == 1);
    old.close();
    old = sm::circular_buffer();
    other = sm::circular_buffer();
    BOOST_TEST(exists(name), "the old one's owner has removed the new one's name");
    BOOST_TEST(fresh.read<int>() == 2);
}

// Somebody unlinks the name, from under several processes: those go on; who comes finds nothing, or
// makes a new one, which is left alone however the old ones' users go.
BOOST_AUTO_TEST_CASE(name_taken_away_from_processes) {
    for (std::string const how : {"destroy", "close", "kill"}) {
        BOOST_TEST_CONTEXT(how) {
            std::string const name = unique_name("ring");
            peer owner("create_only " + name);
            peer other("open_only " + name);
            sm::circular_buffer mine(sm::open_only, name);
            remove_object(name);
            for (char const* const open : {"open_only ", "open_read_only "})
                BOOST_TEST(is_error(peer().ask(open + name), errc::not_found));
            check_fails("open_only", errc::not_found,
                        [&] { sm::circular_buffer(sm::open_only, name); }, {name});
            BOOST_TEST(!sm::shared_buffer::remove(name));
            BOOST_TEST(owner.ask("write 1") == "yes");
            BOOST_TEST(other.ask("read") == "1");
            {
                peer dead("open_or_create " + name); // a new one
                BOOST_TEST(dead.ask("is_owner") == "yes");
                dead.kill();
            }
            sm::circular_buffer fresh(sm::open_or_create, name, 4, 8);
            BOOST_TEST(fresh.is_owner());
            BOOST_TEST(other.ask("participants") == "3"); // the old one's
            fresh.write(7);
            BOOST_TEST(other.ask("write 2") == "yes");
            BOOST_TEST(mine.read<int>() == 2);
            // Not the owner, then the owner, then the last one of the old ring.
            for (peer* const one : {&other, &owner}) {
                if (how == "kill")
                    one->kill();
                else
                    BOOST_TEST(one->ask(how) == "ok");
                BOOST_TEST(exists(name), "the new one's name was removed");
            }
            BOOST_TEST(mine.is_shutting_down() == (how != "kill"));
            mine = sm::circular_buffer();
            BOOST_TEST(exists(name), "the new one's name was removed");
            BOOST_TEST(fresh.participants().size() == 1U);
            BOOST_TEST(fresh.read<int>() == 7);
            fresh = sm::circular_buffer();
            BOOST_TEST(!exists(name));
        }
    }
}

// ---- remove()

BOOST_AUTO_TEST_CASE(remove_of_one_in_use) {
    std::string const name = unique_name("ring");
    auto const in_use = [&](char const* what, pid_t user) {
        check_fails(what, errc::in_use, [&] { (void)sm::shared_buffer::remove(name); },
                    {name, "in use by process " + std::to_string(user)});
        std::error_code ec;
        BOOST_TEST(!sm::shared_buffer::remove(name, ec));
        BOOST_TEST((ec == errc::in_use), ec.message());
        BOOST_TEST(exists(name));
    };
    peer owner("create_only " + name);
    in_use("owner", owner.pid());
    owner.stop();
    in_use("stopped owner", owner.pid());
    check_fails("create_only", errc::already_exists,
                [&] { sm::circular_buffer(sm::create_only, name, 4, 8); });
    BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).owner_alive());
    owner.cont();
    peer other("open_only " + name);
    owner.kill();
    in_use("not the owner", other.pid());
    sm::shared_buffer const look(sm::open_read_only, name);
    other.kill();
    BOOST_TEST(sm::shared_buffer::remove(name));
}

// A process that is stopped keeps what it has, however long.
BOOST_AUTO_TEST_CASE(stopped_is_not_dead) {
    std::string const name = unique_name("ring");
    peer owner("create_only " + name);
    sm::circular_buffer ring(sm::open_only, name);
    owner.stop();
    for (int i = 0; i != 20; ++i) {
        BOOST_TEST(ring.recover().participants_reaped() == 0U);
        BOOST_TEST(ring.owner_alive());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    BOOST_TEST(!sm::circular_buffer(sm::open_or_create, name, 4, 8).is_owner());
    owner.cont();
    BOOST_TEST(owner.ask("is_owner") == "yes");
    BOOST_TEST(owner.ask("write 4") == "yes");
    BOOST_TEST(ring.read<int>() == 4);
    BOOST_TEST(owner.ask("destroy") == "ok");
}
