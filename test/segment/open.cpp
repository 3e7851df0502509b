// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Whatever a name holds, each way of opening it ends promptly, with an error that tells what was
// expected and found, and nothing that is not ours is replaced or removed. Damage within what is
// ours is in damage.cpp.

#include "object_view.hpp"
#include "segment_files.hpp"
#include "segment_ways.hpp"

#include <random>

using namespace test_support;
using sm::errc;

namespace {

// The same for an object of these bytes, which stays as it is.
void check_foreign(std::string const& what, std::string const& bytes, errc expected,
                   std::vector<std::string> const& words) {
    BOOST_TEST_CONTEXT(what) {
        std::string const name = unique_name("foreign");
        write_object(name, bytes);
        auto const before = object_state(name);
        check_refused(what, name, expected, words);
        BOOST_REQUIRE(exists(name));
        BOOST_TEST((object_state(name) == before));
        BOOST_TEST((read_object(name) == as_object(bytes)), "its contents have changed");
        remove_object(name);
    }
}

std::string random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

template <class Change>
void check_field(std::string const& what, errc expected, std::vector<std::string> const& words,
                 Change&& change) {
    static std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    change(id);
    check_foreign(what, with_identity(image, id), expected, words);
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_there) {
    prompt();
    std::string const name = unique_name("none");
    for (way const& w : ways)
        if (!w.may_remove && std::strstr(w.name, "wait") == nullptr)
            check_fails(w.name, errc::not_found, [&] { w.open(name); },
                        {'"' + name + '"', "does not exist", "create it first"});
    BOOST_TEST(!sm::shared_buffer::remove(name));
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(errors_come_as_codes_too) {
    std::string const name = unique_name("zeroes");
    write_object(name, std::string(8192, '\0'));
    std::error_code const wanted = errc::not_our_segment;
    std::error_code const unset = errc::timed_out;
    auto const check = [&](char const* what, auto&& open) {
        std::error_code ec = unset;
        bool const is_open = open(ec);
        BOOST_TEST(!is_open, what);
        BOOST_TEST(ec == wanted, what << ": " << ec.message());
    };
    auto const how = sm::options();
    using ring = sm::circular_buffer;
    using buffer = sm::shared_buffer;
    check("create", [&](auto& ec) { return ring(sm::create_only, name, 4, 8, ec).is_open(); });
    check("create", [&](auto& ec) { return ring(sm::create_only, name, 4, 8, how, ec).is_open(); });
    check("or", [&](auto& ec) { return ring(sm::open_or_create, name, 4, 8, ec).is_open(); });
    check("or", [&](auto& ec) { return ring(sm::open_or_create, name, 4, 8, how, ec).is_open(); });
    check("open", [&](auto& ec) { return ring(sm::open_only, name, ec).is_open(); });
    check("open", [&](auto& ec) { return ring(sm::open_only, name, how, ec).is_open(); });
    check("look", [&](auto& ec) { return ring(sm::open_read_only, name, ec).is_open(); });
    check("look", [&](auto& ec) { return ring(sm::open_read_only, name, how, ec).is_open(); });
    check("buffer", [&](auto& ec) { return buffer(sm::open_only, name, ec).is_open(); });
    check("buffer", [&](auto& ec) { return buffer(sm::open_only, name, how, ec).is_open(); });
    check("look", [&](auto& ec) { return buffer(sm::open_read_only, name, ec).is_open(); });
    check("look", [&](auto& ec) { return buffer(sm::open_read_only, name, how, ec).is_open(); });
    check("remove", [&](auto& ec) { return buffer::remove(name, ec); });
    remove_object(name);

    std::error_code ec = unset;
    BOOST_TEST(!buffer::remove(name, ec));
    BOOST_TEST(!ec, "no segment is no error: " << ec.message());
    ec = unset;
    ring const made(sm::create_only, name, 4, 8, ec);
    BOOST_TEST(made.is_open());
    BOOST_TEST(!ec, ec.message());
}

BOOST_AUTO_TEST_CASE(no_segment_in_it) {
    prompt();
    check_foreign(
        "empty", "", errc::not_our_segment,
        {"expected a header, found none", std::to_string(as_object("").size()) + " bytes"});
    for (std::size_t const size : {1U, 100U, 4095U, 4096U, 4097U, 8192U, 1U << 20U}) {
        std::string const text = std::to_string(size);
        check_foreign(text + " zeroes", std::string(size, '\0'), errc::not_our_segment,
                      {"expected a header, found none",
                       std::to_string(as_object(std::string(size, '\0')).size()) + " bytes"});
        check_foreign(text + " ones", std::string(size, '\xff'), errc::not_our_segment,
                      {"expected a header, found none"});
        check_foreign(text + " random bytes", random_bytes(size, static_cast<unsigned>(size)),
                      errc::not_our_segment, {"expected a header, found none"});
    }
}

// The first word that a reader looks for, and nothing that makes sense behind it.
BOOST_AUTO_TEST_CASE(random_bytes_behind_the_magic) {
    prompt();
    std::string const image = ring_image();
    for (unsigned seed = 0; seed != 40; ++seed) {
        std::string bytes = random_bytes(image.size(), seed);
        // magic; then the version, byte order, kind and synchronisation too
        std::size_t const kept = seed % 2 == 0 ? 8 : 24;
        bytes.replace(block_at, kept, image, block_at, kept);
        check_foreign("seed " + std::to_string(seed), bytes,
                      kept == 8 ? errc::wrong_version : errc::corrupted, {});
    }
}

BOOST_AUTO_TEST_CASE(truncated) {
    prompt();
    std::string const image = ring_image();
    for (std::size_t size = 0; size < image.size(); size += 4096)
        check_foreign("cut to " + std::to_string(size), image.substr(0, size),
                      size <= block_at ? errc::not_our_segment : errc::corrupted, {"found"});
    if (as_object("x").size() != 1)
        return; // objects have whole pages
    std::size_t const header = sizeof(sm::detail::segment_header);
    for (std::size_t const more : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{9},
                                   std::size_t{24}, std::size_t{100}, header - 1})
        check_foreign("cut to " + std::to_string(more) + " bytes of header",
                      image.substr(0, block_at + more), errc::not_our_segment, {"found"});
    for (std::size_t const size : {block_at + header, block_at + header + 1, image.size() - 1})
        check_foreign("cut to " + std::to_string(size), image.substr(0, size), errc::corrupted,
                      {"expected the object's size from " + std::to_string(size),
                       "found " + std::to_string(image.size())});
    check_foreign("a byte too long", image + 'x', errc::corrupted, {"expected the object's size"});
    check_foreign("a page too long", image + std::string(4096, '\0'), errc::corrupted,
                  {"expected the object's size"});
}

BOOST_AUTO_TEST_CASE(made_elsewhere) {
    prompt();
    for (std::uint32_t const version : {0U, 1U, 3U, 0xffffffffU})
        check_field("version " + std::to_string(version), errc::wrong_version,
                    {"layout version " + std::to_string(version), "expected 2"},
                    [&](auto& id) { id.version = version; });
    for (std::uint32_t const order : {0U, 0x04030201U, 0x01020305U})
        check_field("byte order", errc::wrong_version, {"byte order"},
                    [&](auto& id) { id.byte_order = order; });
}

BOOST_AUTO_TEST_CASE(fields_that_cannot_be) {
    prompt();
    auto const corrupted = [](std::string const& what, std::uint64_t found, auto change) {
        check_field(what, errc::corrupted,
                    {"damaged header", "expected", "found " + std::to_string(found)},
                    [&](auto& id) { change(id, found); });
    };
    std::uint64_t const most = ~std::uint64_t{0};
    for (std::uint32_t const v : {0U, 4U, 0xffffffffU}) {
        check_field("class", errc::wrong_version,
                    {"holds a class with the number " + std::to_string(v), "expected"},
                    [&](auto& id) { id.class_number = v; });
        corrupted("synchronisation", v, [](auto& id, auto x) {
            id.synchronisation = static_cast<sm::detail::sync_kind>(static_cast<std::uint32_t>(x));
        });
    }
    std::uint64_t const size = ring_image().size();
    for (std::uint64_t const v : {std::uint64_t{0}, std::uint64_t{1}, size - 4096, size - 1,
                                  size + 1, size + 4096, most / 2 + 1, most})
        corrupted("total_size", v, [](auto& id, auto x) { id.total_size = x; });
    for (std::uint64_t const v : {std::uint64_t{0}, std::uint64_t{4095}, std::uint64_t{8192}, most})
        corrupted("block_offset", v, [](auto& id, auto x) { id.block_offset = x; });
    for (std::uint32_t const v : {0U, 1024U, 0xffffffffU})
        corrupted("max_participants", v,
                  [](auto& id, auto x) { id.max_participants = static_cast<std::uint32_t>(x); });
    for (std::uint64_t const v : {std::uint64_t{32}, std::uint64_t{0xffffffff}, most}) {
        std::string image = ring_image();
        object_view(image.data()).entry(sm::detail::ring_part_number).settings[0] = v;
        check_foreign("max_deliveries", image, errc::corrupted,
                      {"damaged header", "expected", "found " + std::to_string(v)});
    }
    for (std::uint64_t const v : {std::uint64_t{8}, most}) {
        std::string image = ring_image();
        object_view(image.data()).entry(sm::detail::ring_part_number).settings[1] = v;
        check_foreign("modes", image, errc::corrupted,
                      {"damaged header", "expected", "found " + std::to_string(v)});
    }
    for (std::uint64_t const v :
         {std::uint64_t{0}, std::uint64_t{1025}, (std::uint64_t{1} << 32U) + 12, most}) {
        std::string image = ring_image();
        object_view(image.data()).entry(sm::detail::journal_part_number).settings[0] = v;
        check_foreign("max_journals", image, errc::corrupted,
                      {"damaged header", "expected max_journals", "found " + std::to_string(v)});
    }
    for (std::uint64_t const v : {1U, 11U, 13U, 1024U}) { // not how many there are
        std::string image = ring_image();
        object_view(image.data()).entry(sm::detail::journal_part_number).settings[0] = v;
        check_foreign("max_journals", image, errc::corrupted, {"damaged header", "expected"});
    }
    for (std::uint64_t const v : {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 20U) + 1,
                                  std::uint64_t{1} << 32U, std::uint64_t{1} << 63U, most})
        corrupted("node count", v, [](auto& id, auto x) { id.element_count = x; });
    for (std::uint64_t const v :
         {std::uint64_t{0}, std::uint64_t{0x7fffffc1}, std::uint64_t{1} << 32U, most})
        corrupted("node size", v, [](auto& id, auto x) { id.element_size = x; });
    for (std::uint32_t const v : {0U, 3U, 8192U, 0xffffffffU})
        check_field("alignment", errc::corrupted, {"damaged header", "element type"},
                    [&](auto& id) { id.element_alignment = v; });
    check_field("type_tag without an end", errc::corrupted, {"damaged header", "element type"},
                [](auto& id) { std::memset(id.type_tag, 'x', sizeof id.type_tag); });
}

// Each number is within its own limits; together they do not fit the object, or 64 bits.
BOOST_AUTO_TEST_CASE(sizes_that_cannot_be) {
    prompt();
    constexpr std::uint32_t array = 1, buffer = 2, ring = 3; // as in lib/segment/kinds.cpp
    struct {
        std::uint32_t class_number;
        std::uint64_t size;
        std::uint64_t count;
        std::uint32_t participants;
    } const cases[] = {
        {ring, 8, 4096, 4},
        {ring, 8, 1U << 20U, 4},
        {ring, 0x7fffffc0U, 4, 4},
        {ring, 0x7fffffc0U, 1U << 20U, 1023},
        {ring, 8, 4, 1023},
        {array, 1U << 20U, 4, 4},
        {array, 1, ~std::uint64_t{0}, 4},
        {array, 8, std::uint64_t{1} << 61U, 4},         // 2^64
        {array, std::uint64_t{1} << 46U, 1U << 18U, 4}, // 2^64
        {array, (std::uint64_t{1} << 32U) + 1, std::uint64_t{1} << 32U, 4},
        {buffer, 1, (~std::uint64_t{0}) - 8191, 4},
        {buffer, 3, 0x5555555555555556U, 4},
    };
    for (auto const& c : cases)
        check_field(std::to_string(c.count) + " elements of " + std::to_string(c.size) + ", " +
                        std::to_string(c.participants) + " participants",
                    errc::corrupted, {"damaged header", "expected", "found"}, [&](auto& id) {
                        id.class_number = c.class_number;
                        id.element_size = c.size;
                        id.element_count = c.count;
                        id.max_participants = c.participants;
                    });
}
