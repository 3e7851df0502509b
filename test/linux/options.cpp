// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
// Not on Windows: there, an object does not tell its permissions.

// FAULTS C4: permissions that were set are compared with the object's.

#include "segment_files.hpp"

#include <shared_memory/shared_memory.hpp>

#include <string>
#include <sys/stat.h>

using namespace test_support;

BOOST_AUTO_TEST_CASE(permissions_are_compared) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 16);
    auto const with = [](int mode) { return sm::options().permissions(sm::permissions(mode)); };
    for (int const mode : {0666, 0660, 0640, 0400}) {
        check_fails("open_or_create", sm::errc::wrong_type,
                    [&] { sm::circular_buffer(sm::open_or_create, name, 4, 16, with(mode)); },
                    {"was created with other options: mode 0600, expected 0"});
        check_fails("open_only", sm::errc::wrong_type,
                    [&] { sm::circular_buffer(sm::open_only, name, with(mode)); },
                    {"mode 0600, expected 0"});
    }
    BOOST_TEST(sm::circular_buffer(sm::open_only, name, with(0600)).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_only, name).is_open());
    BOOST_REQUIRE(::chmod(("/dev/shm/" + name).c_str(), 0660) == 0);
    BOOST_TEST(sm::circular_buffer(sm::open_only, name, with(0660)).is_open());
    BOOST_TEST(sm::circular_buffer(sm::open_only, name).is_open());
    check_fails("changed", sm::errc::wrong_type,
                [&] { sm::circular_buffer(sm::open_read_only, name, with(0600)); },
                {"mode 0660, expected 0600"});
}

BOOST_AUTO_TEST_CASE(the_umask_does_not_matter) {
    std::string const name = unique_name("ring");
    mode_t const before = ::umask(0077);
    auto const open = sm::options().permissions(sm::permissions(0666));
    sm::circular_buffer const ring(sm::create_only, name, 4, 16, open);
    sm::circular_buffer const other(sm::open_or_create, name, 4, 16, open);
    ::umask(before);
    BOOST_TEST(other.is_open());
}
