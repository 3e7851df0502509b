// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What another version of this library has left behind: of its layout, the first 48 bytes and the
// locks are known. It is replaced by create_only and removed by remove() when nobody uses it;
// who opens it is told what it is, and it stays as it is.

#include "object_view.hpp"
#include "segment_files.hpp"

#include <algorithm>
#include <random>

using namespace test_support;
using sm::errc;

namespace {

using identity = sm::detail::segment_identity;
constexpr std::size_t known_bytes = 48;

struct leftover {
    std::string what;
    std::string bytes;
    std::string word; // that its errors have
};

template <class Value>
void swap_bytes(Value& value) {
    auto* const bytes = reinterpret_cast<unsigned char*>(&value);
    std::reverse(bytes, bytes + sizeof value);
}

std::string with_version(std::string const& image, std::uint32_t version) {
    identity id = identity_of(image);
    id.version = version;
    return with_identity(image, id);
}

std::vector<leftover> leftovers() {
    std::string const image = ring_image();
    std::vector<leftover> all;
    for (std::uint32_t const version : {0U, 1U, 3U, 77U, 0xffffffffU})
        all.push_back({"version " + std::to_string(version), with_version(image, version),
                       "layout version " + std::to_string(version)});
    all.push_back({"an array of version 3", with_version(array_image(), 3), "layout version 3"});

    std::string noise = with_version(image, 3);
    std::mt19937 random(7);
    for (std::size_t i = block_at + known_bytes; i != noise.size(); ++i)
        noise[i] = static_cast<char>(random());
    all.push_back({"another layout from there on", noise, "layout version 3"});
    all.push_back({"of another size", with_version(image, 3) + std::string(3 * 4096, 'x'),
                   "layout version 3"});
    all.push_back(
        {"on another page", std::string(4096, '\0') + with_version(image, 3), "layout version 3"});

    identity id = identity_of(image);
    swap_bytes(id.magic);
    swap_bytes(id.version);
    swap_bytes(id.byte_order);
    swap_bytes(id.block_offset);
    swap_bytes(id.total_size);
    all.push_back({"another byte order", with_identity(image, id), "byte order"});

    id = identity_of(image);
    id.class_number = 4711;
    all.push_back({"a later class", with_identity(image, id), "class with the number 4711"});
    std::string part = image;
    object_view(part.data()).entry(sm::detail::ring_part_number).version = 7;
    all.push_back({"a later part", part, "ring of version 7"});
    return all;
}

void check_usable(sm::circular_buffer& ring) {
    BOOST_TEST(ring.is_owner());
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.participants().size() == 1U);
    ring.write(5);
    BOOST_TEST(ring.read<int>() == 5);
}

} // namespace

BOOST_AUTO_TEST_CASE(create_only_replaces_it) {
    for (leftover const& one : leftovers()) {
        BOOST_TEST_CONTEXT(one.what) {
            std::string const name = unique_name("ring");
            write_object(name, one.bytes);
            {
                sm::circular_buffer ring(sm::create_only, name, 4, 8);
                check_usable(ring);
                sm::circular_buffer const other(sm::open_only, name);
                BOOST_TEST(other.participants().size() == 2U);
            }
            BOOST_TEST(!exists(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(remove_removes_it) {
    for (leftover const& one : leftovers()) {
        BOOST_TEST_CONTEXT(one.what) {
            std::string const name = unique_name("ring");
            write_object(name, one.bytes);
            BOOST_TEST(sm::shared_buffer::remove(name));
            BOOST_TEST(!exists(name));
            BOOST_TEST(!sm::circular_buffer::remove(name));
            sm::circular_buffer ring(sm::open_or_create, name, 4, 8);
            check_usable(ring);
        }
    }
}

BOOST_AUTO_TEST_CASE(opening_it_says_what_it_is) {
    for (leftover const& one : leftovers()) {
        BOOST_TEST_CONTEXT(one.what) {
            std::string const name = unique_name("ring");
            write_object(name, one.bytes);
            auto const before = object_state(name);
            std::vector<std::string> const words = {'"' + name + '"', one.word, "expected",
                                                    "create_only replace it", "remove() remove it"};
            auto const refused = [&](char const* what, auto call) {
                check_fails(what, errc::wrong_version, call, words);
            };
            refused("open_or_create", [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); });
            refused("open_only", [&] { sm::circular_buffer(sm::open_only, name); });
            refused("open_read_only", [&] { sm::circular_buffer(sm::open_read_only, name); });
            refused("any", [&] { sm::shared_buffer(sm::open_only, name); });
            refused("wait_for_creator", [&] {
                sm::circular_buffer(sm::open_only, name,
                                    sm::options().wait_for_creator(std::chrono::minutes(10)));
            });
            BOOST_TEST((object_state(name) == before));
            BOOST_TEST((read_object(name) == as_object(one.bytes)), "its contents have changed");
            remove_object(name);
        }
    }
}

// A header that this version would have written, but for one damaged field, is of no other version.
BOOST_AUTO_TEST_CASE(damage_is_no_version) {
    std::string const name = unique_name("ring");
    std::string const image = ring_image();
    identity id = identity_of(image);
    id.total_size += 4096;
    write_object(name, with_identity(image, id));
    auto const refused = [&](char const* what, errc code, auto call) {
        check_fails(what, code, call, {"damaged header"});
    };
    refused("create_only", errc::not_our_segment,
            [&] { sm::circular_buffer(sm::create_only, name, 4, 8); });
    refused("remove", errc::not_our_segment, [&] { (void)sm::shared_buffer::remove(name); });
    refused("open_or_create", errc::not_our_segment,
            [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); });
    refused("open_only", errc::corrupted, [&] { sm::circular_buffer(sm::open_only, name); });
    BOOST_TEST((read_object(name) == as_object(with_identity(image, id))));
    remove_object(name);
}
