// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/object.hpp: names, and bytes before they are mapped.

#include "built_object.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

using namespace test_support;
namespace smd = sm::detail;

namespace {

constexpr auto read_write = kernel_object::access::read_write;
constexpr auto opened = kernel_object::open_result::opened;

//! A whole text of one letter, so that half of one is seen.
std::string whole_text(unsigned i) {
    return std::string(text_bytes, static_cast<char>('a' + i % 26));
}
bool is_whole(std::string const& text) {
    return text.size() == text_bytes &&
           std::all_of(text.begin(), text.end(), [&](char c) { return c == text.front(); });
}

} // namespace

BOOST_AUTO_TEST_CASE(object_is_built_whole) {
    bool was_zero = false;
    std::string const name = smd::temporary_name(unique_name("object"));
    kernel_object object;
    BOOST_TEST(smd::build_object(
        name, extent, sm::options().permissions(),
        [&](void* block) {
            auto const* const bytes = static_cast<char const*>(block);
            // without the page behind it, which is Boost's
            was_zero = std::all_of(bytes, bytes + extent.bytes - 2 * smd::page_bytes,
                                   [](char c) { return c == 0; });
            std::memcpy(block, "block", 5);
        },
        object));
    BOOST_TEST(was_zero, "the block is fresh");
    BOOST_TEST(object.size() == extent.bytes);
    BOOST_TEST(text_of(object) == "block");
    BOOST_TEST(object.has_name(name));
    BOOST_TEST(smd::remove_name(name));
}

BOOST_AUTO_TEST_CASE(object_whose_format_throws_can_be_removed) {
    struct failure {};
    std::string const name = smd::temporary_name(unique_name("object"));
    kernel_object object;
    BOOST_CHECK_THROW(
        smd::build_object(
            name, extent, sm::options().permissions(), [](void*) { throw failure(); }, object),
        failure);
    BOOST_TEST(smd::remove_name(name));
    BOOST_TEST(means_nothing(name));
}

BOOST_AUTO_TEST_CASE(object_that_is_too_large_is_no_space) {
    std::string const name = smd::temporary_name(unique_name("object"));
    kernel_object object;
    try {
        smd::build_object(
            name, {std::uint64_t{1} << 46U, smd::page_bytes}, sm::options().permissions(),
            [](void*) {}, object);
        BOOST_ERROR("it was built");
    } catch (sm::error const& e) {
        BOOST_TEST(e.code() == sm::errc::no_space, e.what());
    }
    BOOST_TEST(smd::remove_name(name));
}

BOOST_AUTO_TEST_CASE(publish_never_replaces) {
    std::string const name = unique_name("object");
    BOOST_TEST(means_nothing(name));
    built_object first("first");
    built_object second("second");
    BOOST_TEST(!first.object.has_name(name));
    BOOST_TEST(first.publish(name));
    BOOST_TEST(first.object.has_name(name));
    BOOST_TEST(!second.publish(name));
    BOOST_TEST(!second.object.has_name(name));
    BOOST_TEST(text_of(name) == "first");
    BOOST_TEST(text_of(second.object) == "second", "it is there as before");
}

BOOST_AUTO_TEST_CASE(publish_over_replaces) {
    std::string const name = unique_name("object");
    built_object first("first");
    first.publish(name);
    kernel_object const reader = handle_of(name);
    built_object second("second");
    second.publish_over(name);
    BOOST_TEST(text_of(name) == "second");
    BOOST_TEST(second.object.has_name(name));
    BOOST_TEST(!first.object.has_name(name));
    BOOST_TEST(!reader.has_name(name));
    BOOST_TEST(text_of(reader) == "first", "an open object stays");
    built_object third("third");
    third.publish_over(unique_name("free"));
    BOOST_TEST(text_of(third.object) == "third");
}

BOOST_AUTO_TEST_CASE(one_of_many_publishes) {
    for (int round = 0; round != 20; ++round) {
        std::string const name = unique_name("object");
        std::atomic<int> ready{0};
        std::atomic<int> published{0};
        std::atomic<int> left{4};
        std::vector<std::thread> threads;
        for (int i = 0; i != 4; ++i)
            threads.emplace_back([&] {
                built_object one;
                ++ready;
                while (ready != 4)
                    std::this_thread::yield();
                published += one.publish(name) ? 1 : 0;
                --left;
                while (left != 0) // on Windows, the name goes with the object
                    std::this_thread::yield();
            });
        for (std::thread& t : threads)
            t.join();
        BOOST_TEST(published == 1);
    }
}

// Opens what the name means again and again, and reads it; says how often it was there.
SHARED_MEMORY_TEST_ROLE(system_object_reader) {
    std::atomic<bool> told_to_end{false};
    std::thread listener([&] {
        hear();
        told_to_end = true;
    });
    say("ready");
    unsigned seen = 0;
    bool all_whole = true;
    while (!told_to_end) {
        kernel_object object;
        if (object.open(args.at(0), read_write) != opened)
            continue;
        ++seen;
        all_whole = all_whole && is_whole(text_of(object));
    }
    listener.join();
    say(all_whole ? "whole" : "half");
    say(std::to_string(seen));
    return 0;
}

BOOST_AUTO_TEST_CASE(name_never_means_half_an_object) {
    std::string const name = unique_name("object");
    child reader("system_object_reader", {name});
    BOOST_TEST(reader.read_line() == "ready");
    for (unsigned i = 0; i != 200; ++i) {
        built_object first(whole_text(i));
        BOOST_TEST(first.publish(name));
        built_object second(whole_text(i + 1));
        second.publish_over(name);
    }
    reader.send_line("end");
    BOOST_TEST(reader.read_line() == "whole");
    BOOST_TEST_MESSAGE("the name meant an object " << reader.read_line() << " times");
    BOOST_TEST(reader.wait() == 0);
}

BOOST_AUTO_TEST_CASE(removed_name_means_nothing) {
    std::string const name = unique_name("object");
    BOOST_TEST(smd::remove_name(name), "there is nothing to remove");
    built_object one("one");
    one.publish(name);
    kernel_object const reader = handle_of(name);
    BOOST_TEST(smd::remove_name(name));
    BOOST_TEST(means_nothing(name));
    BOOST_TEST(!one.object.has_name(name));
    BOOST_TEST(!reader.has_name(name));
    BOOST_TEST(text_of(reader) == "one");
    BOOST_TEST(smd::remove_name(name));
    // The name is free for another object.
    built_object two("two");
    BOOST_TEST(two.publish(name));
    BOOST_TEST(text_of(name) == "two");
    BOOST_TEST(!reader.has_name(name));
}

BOOST_AUTO_TEST_CASE(read_beyond_the_end_is_refused) {
    built_object const one;
    char byte = 0;
    BOOST_TEST(one.object.read(extent.bytes - 1, &byte, 1) == (extent.bytes <= 17 * 4096));
    BOOST_TEST(!one.object.read(extent.bytes, &byte, 1));
    char two[2];
    BOOST_TEST(!one.object.read(extent.bytes - 1, two, 2));
    BOOST_TEST(!one.object.read(std::uint64_t{1} << 62U, &byte, 1));
}

BOOST_AUTO_TEST_CASE(open_closes_what_was_open) {
    std::string const names[] = {unique_name("first"), unique_name("second")};
    built_object first("first");
    built_object second("second");
    first.publish(names[0]);
    second.publish(names[1]);
    kernel_object object = handle_of(names[0]);
    BOOST_TEST(liveness(object).try_lock_slot(1));
    BOOST_TEST(first.locks().is_slot_locked(1));
    BOOST_CHECK(object.open(names[1], read_write) == opened);
    BOOST_TEST(text_of(object) == "second");
    BOOST_TEST(!first.locks().is_slot_locked(1), "its locks went with it");
    kernel_object other = std::move(object);
    BOOST_TEST(text_of(other) == "second");
}

BOOST_AUTO_TEST_CASE(temporary_names_are_all_different) {
    std::set<std::string> names;
    for (int i = 0; i != 1000; ++i)
        names.insert(smd::temporary_name("ring"));
    BOOST_TEST(names.size() == 1000U);
    for (std::string const& name : names) {
        BOOST_TEST(name.size() == names.begin()->size());
        BOOST_TEST(name.compare(0, 5, "ring.") == 0, name);
        BOOST_TEST(smd::is_temporary(name), name);
        BOOST_TEST(smd::final_name(name) == "ring", name);
    }
}

BOOST_AUTO_TEST_CASE(fresh_temporary_is_not_swept) {
    built_object const one;
    kernel_object const reader = handle_of(one.temporary());
    smd::sweep_temporaries();
    BOOST_TEST(one.object.has_name(one.temporary()));
}

BOOST_AUTO_TEST_CASE(random_bytes_fill_all) {
    for (std::size_t const size : {1U, 7U, 8U, 33U, 300U}) {
        std::vector<unsigned char> ever(size);
        std::vector<unsigned char> bytes(size + 1);
        for (int i = 0; i != 64; ++i) {
            bytes.back() = 0;
            smd::random_bytes(bytes.data(), size);
            BOOST_TEST(int{bytes.back()} == 0, "it keeps to its bytes");
            for (std::size_t at = 0; at != size; ++at)
                ever[at] = static_cast<unsigned char>(ever[at] | bytes[at]);
        }
        BOOST_TEST((std::find(ever.begin(), ever.end(), 0) == ever.end()));
    }
}
