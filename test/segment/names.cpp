// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Which names a segment may have.

#include "segment_files.hpp"

using namespace test_support;
using sm::errc;

namespace {

void check_bad_name(std::string const& what, std::string const& name,
                    std::string const& found = "expected ") {
    std::vector<std::string> const words{"expected ", found};
    check_fails(
        what + ", create_only", errc::bad_name,
        [&] { sm::circular_buffer(sm::create_only, name, 4, 8); }, words);
    check_fails(
        what + ", open_or_create", errc::bad_name,
        [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, words);
    check_fails(
        what + ", open_only", errc::bad_name, [&] { sm::circular_buffer(sm::open_only, name); },
        words);
    check_fails(
        what + ", open_read_only", errc::bad_name,
        [&] { sm::circular_buffer(sm::open_read_only, name); }, words);
    check_fails(
        what + ", shared_buffer", errc::bad_name, [&] { sm::shared_buffer(sm::open_only, name); },
        words);
    check_fails(
        what + ", remove", errc::bad_name, [&] { (void)sm::shared_buffer::remove(name); }, words);
}

void check_good_name(std::string const& name) {
    BOOST_TEST_CONTEXT("the name " << name) {
        BOOST_TEST(!exists(name));
        {
            sm::circular_buffer ring(sm::create_only, name, 4, 8);
            BOOST_TEST(ring.name() == name);
            BOOST_TEST(exists(name));
            sm::circular_buffer other(sm::open_only, name);
            ring.write(7);
            BOOST_TEST(other.read<int>() == 7);
            BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8).size() == 0U);
            BOOST_TEST(sm::shared_buffer(sm::open_read_only, name).is_open());
            check_fails("remove", errc::in_use, [&] { (void)sm::shared_buffer::remove(name); },
                        {name});
        }
        BOOST_TEST(!exists(name));
        BOOST_TEST(!sm::shared_buffer::remove(name));
    }
}

std::string of_length(std::size_t length) {
    std::string name = unique_name("x");
    name.resize(length, 'n');
    return name;
}

} // namespace

BOOST_AUTO_TEST_CASE(bad) {
    check_bad_name("empty", "", "has 0 bytes, expected 1 to 200");
    check_bad_name("201 bytes", of_length(201), "has 201 bytes, expected 1 to 200");
    check_bad_name("100000 bytes", std::string(100000, 'n'), "...\" has 100000 bytes,");
    check_bad_name("leading dot", "." + unique_name("dot"));
    check_bad_name("dot", ".");
    check_bad_name("dots", "..");
    for (std::string const part : {"/", "\\", "../x", "/../../tmp/x"}) {
        check_bad_name("only " + part, part);
        check_bad_name("leading " + part, part + unique_name("a"));
        check_bad_name("in it " + part, unique_name("a") + part + "b");
        check_bad_name("trailing " + part, unique_name("a") + part);
    }
    for (int c = 0; c != 32; ++c)
        check_bad_name("control character " + std::to_string(c),
                       unique_name("a") + static_cast<char>(c) + "b");
    check_bad_name("delete", unique_name("a") + '\x7f');
    check_bad_name("of one in the making", unique_name("a") + ".0123456789abcdef~sm");
    check_bad_name("of one in the making", "a.fedcba9876543210~sm");
}

BOOST_AUTO_TEST_CASE(bad_ones_touch_nothing) {
    // Cut at the zero, or read as a path, these would be names of something.
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 8);
    check_bad_name("zero in it", name + std::string(1, '\0') + "b");
    check_bad_name("this folder's", "./" + name);
    check_bad_name("the parent's", "../shm/" + name);
    BOOST_TEST(exists(name));
}

BOOST_AUTO_TEST_CASE(good) {
    check_good_name(of_length(199));
    check_good_name(of_length(200));
    check_good_name(unique_name("with") + " spaces  in it ");
    check_good_name(unique_name("dots") + ".a..b.");
    check_good_name(unique_name("utf8") + "-\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    check_good_name(unique_name("latin1") + "-\xe4\xff");
    check_good_name(unique_name("signs") + "~!@#$%^&*()[]{};:'\",<>?|`=+");
    check_good_name("-" + unique_name("minus"));
    check_good_name(" " + unique_name("space"));
    for (char const* const end :
         {".0123456789abcde~sm", ".0123456789ABCDEF~sm", "0123456789abcdef~sm",
          ".0123456789abcdef~s", ".0123456789abcdef~sm2", "~sm"})
        check_good_name(unique_name("end") + end);
}

BOOST_AUTO_TEST_CASE(one_byte) {
    // Somebody may use it, or have left it behind; then it is none of ours.
    for (char const c : {'Q', 'Z', '_', '7'}) {
        std::string const name(1, c);
        if (exists(name))
            continue;
        check_good_name(name);
        return;
    }
    BOOST_TEST_MESSAGE("all of these names are in use");
}
