// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A segment whose owner wants it to outlive all its users.
//
// Not on Windows: what no process has open is gone there.

#include "peer.hpp"

using namespace test_support;
using sm::errc;

BOOST_AUTO_TEST_CASE(outlives_all_its_users) {
    for (std::string const end : {"destroy", "close", "leave", "kill"}) {
        BOOST_TEST_CONTEXT(end) {
            std::string const name = unique_name("ring");
            {
                peer owner("create_only " + name);
                BOOST_TEST(owner.ask("kept") == "no");
                BOOST_TEST(owner.ask("keep") == "ok");
                BOOST_TEST(owner.ask("kept") == "yes");
                if (end == "kill")
                    owner.kill();
                else
                    BOOST_TEST(owner.ask(end) == "ok");
            } // killed
            BOOST_TEST_REQUIRE(exists(name));
            auto const id = sm::shared_buffer(sm::open_read_only, name).id();
            {
                sm::circular_buffer user(sm::open_only, name);
                BOOST_TEST(user.kept());
                bool const is_over = end == "destroy" || end == "close";
                outcome const read = outcome_of([&] { (void)user.try_read<int>(); });
                BOOST_TEST((is_over ? read.code == errc::shut_down : !read.code), read.text);
            }
            BOOST_TEST(exists(name), "its last user has ended it");
            check_fails("create_only", errc::already_exists,
                        [&] { sm::circular_buffer(sm::create_only, name, 4, 8); },
                        {name, "kept", "remove()"});
            {
                sm::circular_buffer owner(sm::open_or_create, name, 4, 8);
                BOOST_TEST((owner.id() == id));
                BOOST_TEST(owner.is_owner());
                BOOST_TEST(owner.kept());
                BOOST_TEST(owner.try_write(1));
                BOOST_TEST(owner.read<int>() == 1);
            }
            BOOST_TEST(exists(name));
            {
                sm::circular_buffer owner(sm::open_or_create, name, 4, 8);
                owner.keep(false);
                BOOST_TEST(!owner.kept());
            }
            BOOST_TEST(!exists(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_owner_alone_says_so) {
    std::string const name = unique_name("array");
    sm::shared_array<int> owner(sm::create_only, name, 4);
    sm::shared_array<int> other(sm::open_only, name);
    check_fails("keep", errc::permission_denied, [&] { other.keep(); }, {name, "owner"});
    owner.keep();
    check_fails("keep(false)", errc::permission_denied, [&] { other.keep(false); }, {name});
    sm::shared_buffer look(sm::open_read_only, name);
    BOOST_TEST(look.kept());
    check_fails("read-only", errc::read_only, [&] { look.keep(); });
    owner[2] = 7;
    owner.close();
    check_fails("closed", errc::closed, [&] { owner.keep(false); });
    owner = sm::shared_array<int>();
    other = sm::shared_array<int>();
    look = sm::shared_buffer();
    BOOST_TEST(sm::shared_array<int>(sm::open_only, name)[2] == 7);
    BOOST_TEST(sm::shared_buffer::remove(name));
    check_fails("never open", errc::closed, [&] { other.keep(); });
}
