// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Damage within what is ours: each bit of the identity, each word of the rest. An opener ends with
// an error or with a handle whose geometry lies within the object; calls on it end too.

#include "object_view.hpp"
#include "segment_files.hpp"

#include <shared_memory/shared_array.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <functional>
#include <random>

using namespace test_support;
using sm::errc;

namespace {

// Calls everything that does not wait. Whatever the words say, this ends, in results or errors.
void use(sm::circular_buffer& ring) {
    auto const call = [](auto&& f) {
        try {
            f();
        } catch (sm::error const& e) {
            BOOST_TEST((e.code() == errc::corrupted || e.code() == errc::shut_down ||
                        e.code() == errc::end_of_stream || e.code() == errc::message_size),
                       "an unexpected error: " << e.what());
        }
    };
    std::vector<char> bytes(ring.node_size());
    BOOST_TEST(ring.node_count() >= 2U);
    BOOST_TEST(ring.buffer_size() <= ring.total_size());
    for (int i = 0; i != 3; ++i) {
        call([&] { (void)ring.try_write(bytes.data(), std::min<std::size_t>(bytes.size(), 4)); });
        call([&] { (void)ring.try_read(bytes.data(), bytes.size()); });
    }
    call([&] { (void)ring.next_size(); });
    call([&] { ring.discard(); });
    call([&] { (void)ring.snapshot(); });
    call([&] { (void)ring.size(); });
    call([&] { (void)ring.full(); });
    call([&] { ring.recover(); });
    call([&] { (void)ring.participants(); });
    call([&] { (void)ring.owner_alive(); });
    call([&] { (void)ring.readers_alive(); });
}

bool may_come_of_damage(std::error_code const& code) {
    return code == errc::not_our_segment || code == errc::wrong_kind || code == errc::wrong_type ||
           code == errc::wrong_version || code == errc::wrong_synchronisation ||
           code == errc::corrupted;
}

struct damage_count {
    int opened = 0;
    int refused = 0;
};

// Opens it in each way. One that is refused stays as it is. The watchdog is for these openings alone: each
// of them ends, but thousands of them take a minute under Wine on a loaded machine.
void try_all_ways(std::string const& what, std::string const& name, std::string const& bytes,
                  damage_count& count) {
    watchdog(std::chrono::seconds(60));
    std::pair<char const*, std::function<void()>> const ways[] = {
        {"open_read_only",
         [&] {
             sm::circular_buffer const ring(sm::open_read_only, name);
             (void)ring.size();
             (void)ring.participants();
         }},
        {"shared_buffer open_read_only",
         [&] {
             sm::shared_buffer const any(sm::open_read_only, name);
             BOOST_TEST(any.buffer_size() <= any.total_size(), what);
         }},
        {"open_only",
         [&] {
             sm::circular_buffer ring(sm::open_only, name);
             use(ring);
         }},
        {"shared_buffer open_only", [&] { sm::shared_buffer(sm::open_only, name).recover(); }},
        {"open_or_create",
         [&] {
             sm::circular_buffer ring(sm::open_or_create, name, 4, 8);
             use(ring);
         }},
        {"create_only",
         [&] {
             sm::circular_buffer ring(sm::create_only, name, 4, 8);
             use(ring);
         }},
        {"remove", [&] { BOOST_TEST(sm::shared_buffer::remove(name), what); }},
    };
    for (auto const& [way, open] : ways) {
        write_object(name, bytes);
        outcome const o = outcome_of(open);
        ++(o.code ? count.refused : count.opened);
        if (!o.code)
            continue;
        BOOST_TEST(may_come_of_damage(o.code), what << ", " << way << ": " << o.text);
        BOOST_TEST(read_object(name) == bytes, what << ", " << way << ": changed it");
    }
    remove_object(name);
}

} // namespace

BOOST_AUTO_TEST_CASE(every_bit_of_the_identity) {
    std::string const name = unique_name("flipped");
    std::string image = ring_image();
    damage_count count;
    using identity = sm::detail::segment_identity;
    for (std::size_t bit = 0; bit != 8 * sizeof(identity); ++bit) {
        // Each bit of these does the same: nothing.
        if (bit / 8 >= offsetof(identity, reserved) && bit % 8 != bit / 8 % 8)
            continue;
        char& changed = image[block_at + bit / 8];
        char const good = changed;
        changed = static_cast<char>(changed ^ (1 << (bit % 8)));
        try_all_ways("bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8), name,
                     image, count);
        changed = good;
    }
    BOOST_TEST_MESSAGE(count.opened << " opened, " << count.refused << " refused");
    // The id, the tag and what is reserved are free; most of the others are not.
    BOOST_TEST(count.opened > 1000);
    BOOST_TEST(count.refused > 1000);
}

BOOST_AUTO_TEST_CASE(random_identities) {
    std::string const name = unique_name("random");
    std::string const good = ring_image();
    std::mt19937 random(1);
    damage_count count;
    for (int i = 0; i != 300; ++i) {
        std::string image = good;
        for (std::uint32_t n = random() % 4 + 1; n != 0; --n) {
            // no smaller than a byte, no larger than a word; behind magic, version and byte order
            std::size_t const at = block_at + 16 + random() % (120 - 16);
            std::uint64_t value = random();
            if (random() % 2 == 0)
                value >>= random() % 64;
            std::memcpy(&image[at], &value, random() % 8 + 1);
        }
        try_all_ways("image " + std::to_string(i), name, image, count);
    }
    BOOST_TEST_MESSAGE(count.opened << " opened, " << count.refused << " refused");
}

// State, owner, sleepers, hints, participants, nodes, a journal: valid headers, so all of them open.
BOOST_AUTO_TEST_CASE(every_word_behind_the_identity) {
    watchdog(std::chrono::seconds(100));
    std::string const name = unique_name("words");
    std::string image = ring_image();
    std::mt19937_64 random(2);
    std::size_t const first = block_at + sizeof(sm::detail::segment_header);
    // the block, 4 participants, the ring with 4 nodes, the first of its journals
    std::size_t const end =
        object_view(image.data()).words_at(sm::detail::journal_part_number) + 128;
    BOOST_TEST(end == object_view(image.data()).nodes_at() + 4 * 64 + 128);
    BOOST_TEST_REQUIRE(end <= image.size());
    for (std::size_t at = first; at != end; at += 8) {
        std::size_t const in_block = at - block_at;
        if (in_block >= offsetof(sm::detail::segment_block, reserved) && in_block < 4096)
            continue;
        for (std::uint64_t const value :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, ~std::uint64_t{0}, random()}) {
            std::string damaged = image;
            std::memcpy(&damaged[at], &value, sizeof value);
            BOOST_TEST_CONTEXT("offset " << in_block << " set to " << value) {
                write_object(name, damaged);
                outcome const o = outcome_of([&] {
                    sm::circular_buffer ring(sm::open_only, name);
                    use(ring);
                });
                // Marked as shut down, it is removed as its dead owner wanted.
                BOOST_TEST((!o.code || o.code == errc::not_found), o.text);
            }
        }
    }
    remove_object(name);
}

// Words that others scribble on while the ring is in use.
BOOST_AUTO_TEST_CASE(scribbled_on_while_open) {
    watchdog(std::chrono::seconds(60));
    std::string const name = unique_name("scribbled");
    std::mt19937_64 random(3);
    for (int round = 0; round != 200; ++round) {
        sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(4));
        std::size_t const size = read_object(name).size();
        memory_object const object = open_object(name);
        boost::interprocess::mapped_region const region(object, boost::interprocess::read_write);
        for (int n = 0; n != 4; ++n) {
            std::uint64_t const word = random();
            std::size_t at = block_at + random() % (2 * 4096);
            if (random() % 2 == 0)
                at = random() % (size - sizeof word); // the identity too
            std::memcpy(static_cast<char*>(region.get_address()) + at, &word, sizeof word);
            BOOST_TEST_CONTEXT("round " << round << ", offset " << at)
            use(ring);
        }
        BOOST_TEST(ring.node_count() == 4U);
        ring = sm::circular_buffer();
        remove_object(name); // the owner word may be gone
    }
}

// An array or buffer has an element: front() and back() rely on it.
BOOST_AUTO_TEST_CASE(no_element_at_all) {
    std::string const name = unique_name("array");
    std::string const image = array_image();
    sm::detail::segment_identity id = identity_of(image);
    id.element_count = 0;
    for (std::uint32_t const class_number : {1U, 2U}) { // shared_array, buffer_read_write
        id.class_number = class_number;
        write_object(name, with_identity(image, id));
        check_fails("open_only", errc::corrupted, [&] { sm::shared_buffer(sm::open_only, name); },
                    {name, "a length"});
        check_fails("open_read_only", errc::corrupted,
                    [&] { sm::shared_buffer(sm::open_read_only, name); });
    }
    remove_object(name);
}

// The header and the directory agree with each other, but not with the object: its end is missing.
BOOST_AUTO_TEST_CASE(elements_that_do_not_fit_the_object) {
    std::string const name = unique_name("array");
    std::string image = array_image(4096); // 32 KiB
    image.resize(image.size() - 16384);
    sm::detail::segment_identity id = identity_of(image);
    id.total_size = image.size();
    write_object(name, with_identity(image, id));
    check_fails("open_only", errc::corrupted, [&] { sm::shared_buffer(sm::open_only, name); },
                {name, "a size for its elements"});
    check_fails("open_read_only", errc::corrupted,
                [&] { sm::shared_buffer(sm::open_read_only, name); });
    remove_object(name);
}

// No bit of the directory may be wrong: a wrong one would be an address.
BOOST_AUTO_TEST_CASE(every_bit_of_the_directory) {
    watchdog(std::chrono::seconds(60));
    std::string const name = unique_name("parts");
    std::string const without =
        ring_image(4, 8, 2, sm::options().max_participants(4).max_journals(0));
    for (std::string image : {ring_image(), without, array_image()}) {
        for (std::size_t at = block_at + sizeof(sm::detail::segment_identity);
             at != block_at + sizeof(sm::detail::segment_header); ++at) {
            char const good = image[at];
            image[at] = static_cast<char>(good ^ (1 << (at % 8)));
            write_object(name, image);
            outcome const o = outcome_of([&] { sm::shared_buffer(sm::open_only, name); });
            // The limit of deliveries, and the roles, may be others.
            bool const is_setting = at - block_at - sizeof(sm::detail::segment_identity) <
                                        sizeof(sm::detail::part_entry) &&
                                    at - block_at - sizeof(sm::detail::segment_identity) >=
                                        offsetof(sm::detail::part_entry, settings);
            BOOST_TEST((o.code == errc::corrupted || o.code == errc::wrong_version ||
                        (is_setting && !o.code)),
                       "byte " << at - block_at << ": " << o.text);
            image[at] = good;
            if (!o.code)
                remove_object(name);
        }
    }
    remove_object(name);
}

// A part of another version may have other words: a program that does not know them keeps off.
BOOST_AUTO_TEST_CASE(a_part_of_another_version) {
    std::string const name = unique_name("part");
    std::string image = ring_image();
    object_view(image.data()).entry(sm::detail::ring_part_number).version = 7;
    write_object(name, image);
    check_fails("open_only", errc::wrong_version, [&] { sm::circular_buffer(sm::open_only, name); },
                {name, "has a ring of version 7", "expected 2"});
    remove_object(name);
}

// Only a part that a segment may be without is left out, and then all of its entry is zero.
BOOST_AUTO_TEST_CASE(parts_left_out) {
    std::string const name = unique_name("part");
    auto const refused = [&](std::string const& image) {
        write_object(name, image);
        check_fails("open_only", errc::corrupted, [&] { sm::shared_buffer(sm::open_only, name); },
                    {name, "damaged header"});
        check_fails("open_read_only", errc::corrupted,
                    [&] { sm::circular_buffer(sm::open_read_only, name); });
    };
    auto const without = sm::options().max_participants(4).max_journals(0);
    for (std::string const& good : {ring_image(), array_image(), ring_image(4, 8, 2, without)}) {
        for (std::size_t i = 0; i != sm::detail::max_parts; ++i) {
            std::string image = good;
            auto& entry = object_view(image.data()).block().header.parts[i];
            if (entry.kind == 0)
                continue;
            bool const has_to_be_there = entry.kind != sm::detail::journal_part_number;
            entry.kind = 0;
            refused(image);
            entry = {};
            if (has_to_be_there) {
                refused(image);
                continue;
            }
            write_object(name, image); // as good as a segment that was made without it
            sm::circular_buffer ring(sm::open_only, name);
            BOOST_TEST(ring.max_journals() == 0U);
            BOOST_TEST(ring.read<int>() == 0);
        }
    }
    for (std::uint32_t const kind : {3U, 9U}) { // taken for there, and it is not
        std::string image = ring_image(4, 8, 2, without);
        auto& entry = object_view(image.data()).block().header.parts[1];
        entry.kind = kind;
        entry.version = 1;
        refused(image);
        entry.settings[0] = 12;
        refused(image);
    }
    remove_object(name);
}

// What an error says may end on a terminal.
BOOST_AUTO_TEST_CASE(type_tag_of_control_characters) {
    std::string const name = unique_name("array");
    std::string const image = array_image();
    sm::detail::segment_identity id = identity_of(image);
    std::strcpy(id.type_tag, "\x1b[2Jfloat\n");
    write_object(name, with_identity(image, id));
    check_fails("open_only", errc::wrong_type,
                [&] { sm::shared_array<std::uint64_t>(sm::open_only, name); },
                {name, "\"?[2Jfloat?\""});
    remove_object(name);
}

BOOST_AUTO_TEST_CASE(another_kind) {
    std::string const name = unique_name("array");
    std::string const array = array_image();
    write_object(name, array);
    std::vector<std::string> const words = {name, "holds a shared_array",
                                            "expected a circular_buffer"};
    check_fails(
        "open_only", errc::wrong_kind, [&] { sm::circular_buffer(sm::open_only, name); }, words);
    check_fails(
        "open_read_only", errc::wrong_kind, [&] { sm::circular_buffer(sm::open_read_only, name); },
        words);
    check_fails(
        "open_or_create", errc::wrong_kind,
        [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, words);
    BOOST_TEST((read_object(name) == as_object(array)), "its contents have changed");
    BOOST_TEST(sm::shared_buffer(sm::open_only, name).kind_name() == std::string("shared_array"));
    BOOST_TEST(exists(name), "looking has ended it");
    remove_object(name);
}

BOOST_AUTO_TEST_CASE(another_synchronisation) {
    std::string const name = unique_name("sync");
    std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    id.synchronisation = id.synchronisation == sm::detail::sync_kind::futex
                             ? sm::detail::sync_kind::interprocess
                             : sm::detail::sync_kind::futex;
    std::string const other = with_identity(image, id);
    write_object(name, other);
    std::vector<std::string> const words = {name, "waits by ", "expected "};
    auto const wrong = errc::wrong_synchronisation;
    check_fails(
        "open_only", wrong, [&] { sm::circular_buffer(sm::open_only, name); }, words);
    check_fails(
        "read", wrong, [&] { sm::circular_buffer(sm::open_read_only, name); }, words);
    check_fails(
        "or", wrong, [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, words);
    check_fails(
        "shared_buffer", wrong, [&] { sm::shared_buffer(sm::open_only, name); }, words);
    BOOST_TEST((read_object(name) == as_object(other)), "its contents have changed");
    // It is a dead segment of ours nevertheless.
    BOOST_TEST(sm::circular_buffer(sm::create_only, name, 4, 8).is_owner());
    write_object(name, other);
    BOOST_TEST(sm::shared_buffer::remove(name));
    BOOST_TEST(!exists(name));
}

// As made by a program of another word size, with sync=interprocess.
BOOST_AUTO_TEST_CASE(another_size_of_what_is_waited_with) {
    std::string const name = unique_name("sleepers");
    std::string const image = ring_image();
    sm::detail::segment_identity id = identity_of(image);
    id.sleep_bytes += 8;
    write_object(name, with_identity(image, id));
    check_fails(
        "open_only", errc::wrong_synchronisation, [&] { sm::circular_buffer(sm::open_only, name); },
        {name, "32-bit", std::to_string(id.sleep_bytes), std::to_string(id.sleep_bytes - 8)});
    BOOST_TEST(sm::shared_buffer::remove(name));
}

BOOST_AUTO_TEST_CASE(another_number_or_size_of_nodes) {
    std::string const name = unique_name("ring");
    sm::circular_buffer const ring(sm::create_only, name, 4, 8);
    check_fails("nodes", errc::wrong_type,
                [&] { sm::circular_buffer(sm::open_or_create, name, 5, 8); },
                {name, "node_count 4", "expected 5"});
    check_fails("bytes", errc::wrong_type,
                [&] { sm::circular_buffer(sm::open_or_create, name, 4, 9); },
                {name, "node_size 8", "expected 9"});
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8).node_size() == 8U);
}

// Another version of Boost may put the block elsewhere: one of the first 16 page boundaries.
BOOST_AUTO_TEST_CASE(header_on_another_page) {
    std::string const name = unique_name("moved");
    std::string const image = ring_image();
    for (std::size_t page = 2; page <= 17; ++page) {
        sm::detail::segment_identity id = identity_of(image);
        id.block_offset = page * 4096;
        id.total_size = image.size() + (page - 1) * 4096;
        std::string const moved = std::string((page - 1) * 4096, '\0') + with_identity(image, id);
        write_object(name, moved);
        if (page > 16) {
            check_fails("page 17", errc::not_our_segment,
                        [&] { sm::circular_buffer(sm::open_only, name); });
            remove_object(name);
            continue;
        }
        sm::circular_buffer ring(sm::open_only, name);
        BOOST_TEST(ring.read<int>() == 0, "page " << page);
        BOOST_TEST(ring.read<int>() == 1, "page " << page);
        ring.write(5);
        BOOST_TEST(ring.read<int>() == 5, "page " << page);
    }
    BOOST_TEST(!exists(name));
}
