// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/mapping.hpp: the memory of an object, mapped.

#include "built_object.hpp"

#include <shared_memory/shared_buffer.hpp>

#include <system/mapping.hpp>

#include <boost/atomic/ipc_atomic.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

using namespace test_support;
namespace smd = sm::detail;

namespace {

char* text_in(smd::mapping const& memory) {
    return reinterpret_cast<char*>(memory.address()) + extent.block_offset;
}

} // namespace

BOOST_AUTO_TEST_CASE(mapping_is_the_object) {
    std::string const name = unique_name("object");
    built_object one("one");
    one.publish(name);
    for (bool const huge : {false, true}) {
        smd::mapping writer;
        BOOST_TEST(writer.map(name, false, huge));
        BOOST_TEST(writer.size() >= extent.bytes);
        smd::mapping reader;
        BOOST_TEST(reader.map(name, true, huge));
        std::strcpy(text_in(writer), huge ? "huge" : "plain");
        BOOST_TEST(std::string(text_in(reader)) == (huge ? "huge" : "plain"));
        BOOST_TEST(text_of(one.object) == (huge ? "huge" : "plain"));
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_mapped_of_a_name_without_meaning) {
    std::string const name = unique_name("object");
    built_object one("one");
    one.publish(name);
    smd::mapping memory;
    BOOST_TEST(!memory.map(unique_name("other"), false, false));
    BOOST_TEST(memory.map(name, false, false));
    smd::remove_name(name);
    BOOST_TEST(!memory.map(name, false, false));
    BOOST_TEST(std::string(text_in(memory)) == "one", "what was mapped stays");
}

BOOST_AUTO_TEST_CASE(mapping_is_replaced) {
    std::string const names[] = {unique_name("first"), unique_name("second")};
    built_object first("first");
    built_object second("second");
    first.publish(names[0]);
    second.publish(names[1]);
    smd::mapping memory;
    BOOST_TEST(memory.map(names[0], false, false));
    BOOST_TEST(memory.map(names[1], false, false));
    BOOST_TEST(std::string(text_in(memory)) == "second");
}

BOOST_AUTO_TEST_CASE(mapping_holds_the_bytes_but_no_lock) {
    std::string const name = unique_name("object");
    built_object one("one");
    one.publish(name);
    smd::mapping memory;
    {
        kernel_object const holder = handle_of(name);
        BOOST_TEST(memory.map(name, false, false));
        BOOST_TEST(liveness(holder).try_lock_slot(3));
        BOOST_TEST(one.locks().is_slot_locked(3));
    }
    BOOST_TEST(!one.locks().is_slot_locked(3));
    BOOST_TEST(std::string(text_in(memory)) == "one");
}

SHARED_MEMORY_TEST_ROLE(system_read_only_writer) {
    smd::mapping memory;
    if (!memory.map(args.at(0), true, false))
        return 0;
    say("mapped");
    hear();
    *static_cast<char volatile*>(text_in(memory)) = 'x';
    return 0;
}

BOOST_AUTO_TEST_CASE(read_only_mapping_cannot_be_written) {
    std::string const name = unique_name("object");
    built_object one("one");
    one.publish(name);
    child writer("system_read_only_writer", {name});
    BOOST_TEST(writer.read_line() == "mapped");
    writer.send_line("go");
    BOOST_TEST(writer.wait() != 0);
    BOOST_TEST(text_of(one.object) == "one");
}

BOOST_AUTO_TEST_CASE(prepared_memory_is_there_and_unchanged) {
    std::string const name = unique_name("object");
    built_object one("one");
    one.publish(name);
    for (bool const read_only : {false, true}) {
        smd::mapping memory;
        BOOST_TEST(memory.map(name, read_only, true));
        sm::memory_use const before = memory.memory();
        BOOST_TEST(before.mapped_bytes >= extent.bytes);
        memory.prepare(sm::options().prefault(true).huge_pages(true));
        BOOST_TEST(std::string(text_in(memory)) == "one");
        sm::memory_use const after = memory.memory();
        BOOST_TEST(after.mapped_bytes == before.mapped_bytes);
        if (after.resident_bytes) // where the system tells
            BOOST_TEST(*after.resident_bytes == after.mapped_bytes);
    }
}

// What others write while the pages are touched is not lost.
BOOST_AUTO_TEST_CASE(memory_is_prepared_while_others_write) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    smd::mapping memory;
    BOOST_TEST(memory.map(name, false, false));
    auto& word = *reinterpret_cast<boost::ipc_atomic<std::uint32_t>*>(text_in(memory));
    word.store(0, boost::memory_order_relaxed);
    std::atomic<bool> end{false};
    std::thread writer([&] {
        for (std::uint32_t i = 1; !end || i <= 1000; ++i)
            if (word.fetch_add(1, boost::memory_order_relaxed) != i - 1)
                return word.store(0, boost::memory_order_relaxed);
    });
    for (int i = 0; i != 200; ++i)
        memory.prepare(sm::options().prefault(true));
    end = true;
    writer.join();
    BOOST_TEST(word.load(boost::memory_order_relaxed) >= 1000U);
}
