// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is in the way: participants() tells what each participant holds and waits for, and errors name
// processes and slots. A participant that is stopped keeps what it holds; the others can find it.

#include "segment_files.hpp"
#include "support.hpp"

#include <shared_memory/shared_memory.hpp>

#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace test_support;
using sm::errc;

namespace {

std::string text_of(std::vector<sm::holding> const& rows) {
    std::ostringstream text;
    for (sm::holding const& row : rows)
        text << (text.str().empty() ? "" : ", ") << row.count << ' ' << row.what << " at "
             << row.position;
    return text.str();
}

struct seen {
    std::uint32_t slot = ~0U;
    bool alive = false;
    std::string holds = "not there";
    std::string waits_for = "not there";
};

// The participant of that process with the highest slot.
seen look(sm::segment_handle const& handle, std::uint64_t process) {
    seen result;
    for (sm::participant const& one : handle.participants()) {
        if (one.process_id == process)
            result = {one.slot, one.alive, text_of(one.holds), text_of(one.waits_for)};
    }
    return result;
}

std::uint64_t process_of(child const& one) {
    return static_cast<std::uint64_t>(one.pid());
}

sm::options ring_of(std::string const& kind) {
    sm::options how;
    if (kind == "single" || kind == "single writer")
        how.single_writer();
    if (kind == "single")
        how.single_reader();
    return how;
}
char const* const kinds[] = {"general", "single writer", "single"};

} // namespace

// Holds what the words say, one after the other, and says so.
SHARED_MEMORY_TEST_ROLE(holder) {
    std::string const& what = args.at(1);
    if (what == "read_lock" || what == "write_lock" || what == "waits for the lock") {
        sm::shared_array<int> array(sm::open_only, args.at(0));
        if (what == "read_lock") {
            array.lock_shared();
            array.lock_shared();
        } else if (what == "write_lock") {
            array.lock();
        } else {
            say("holds");
            array.lock();
        }
        say("holds");
        hear();
        return 0;
    }
    sm::circular_buffer ring(sm::open_only, args.at(0));
    std::vector<sm::write_claim> writes;
    std::vector<sm::read_claim> reads;
    if (what == "waits for a message" || what == "waits for room") {
        say("holds");
        if (what == "waits for room")
            ring.write(1);
        else
            ring.read<int>();
        return 0;
    }
    if (what == "writes") {
        for (int i = 0; i != 4; ++i)
            writes.push_back(ring.claim_write());
        writes[1].commit(0);
    } else if (what == "reads") {
        for (int i = 0; i != 4; ++i)
            reads.push_back(ring.claim_read());
        reads[1].release();
    } else if (what == "in a function") {
        ring.write([](boost::span<std::byte>) {
            say("holds");
            hear();
            return std::size_t{0};
        });
        return 0;
    }
    say("holds");
    hear();
    return 0;
}

namespace {

struct stopped {
    child process;

    stopped(std::string const& name, char const* what) : process("holder", {name, what}) {
        BOOST_TEST(process.read_line() == "holds");
        process.stop();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_stopped_writer_is_found) {
    for (std::string const kind : kinds) {
        BOOST_TEST_CONTEXT("a ring: " << kind) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name, 8, 16, ring_of(kind));
            std::optional<stopped> writer(std::in_place, name, "writes");
            seen const found = look(ring, process_of(writer->process));
            BOOST_TEST(found.slot == 1U);
            BOOST_TEST(found.alive);
            BOOST_TEST(found.holds == std::string("1 nodes_to_write at 0, 2 nodes_to_write at 2") +
                                          (kind == "general" ? "" : ", 1 single_writer at 0"));
            BOOST_TEST(found.waits_for == "");
            BOOST_TEST(!ring.try_read_for<int>(10ms));
            BOOST_TEST(
                look(sm::shared_buffer(sm::open_read_only, name), process_of(writer->process))
                    .holds == found.holds);

            if (kind != "general")
                check_fails("the second writer", errc::in_use, [&] { ring.write(1); },
                            {"process " + std::to_string(writer->process.pid()) + " (slot 1)"});
            // Killed, it holds the same until somebody repairs it.
            writer->process.kill();
            seen const dead = look(ring, process_of(writer->process));
            if (dead.slot != ~0U && !dead.alive)
                BOOST_TEST(dead.holds == found.holds);
            ring.recover();
            BOOST_TEST(look(ring, process_of(writer->process)).slot == ~0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stopped_reader_is_found) {
    for (std::string const kind : kinds) {
        BOOST_TEST_CONTEXT("a ring: " << kind) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name, 8, 16, ring_of(kind));
            for (int i = 0; i != 11; ++i) { // the laps differ
                ring.write(i);
                if (i < 5)
                    sm::circular_buffer(sm::open_only, name).read<int>();
            }
            stopped const reader(name, "reads");
            seen const found = look(ring, process_of(reader.process));
            BOOST_TEST(found.holds ==
                       std::string("1 messages_to_read at 5, 2 messages_to_read at 7") +
                           (kind == "single" ? ", 1 single_reader at 0" : ""));
        }
    }
}

// The positions are those that claims tell.
BOOST_AUTO_TEST_CASE(positions) {
    for (std::string const kind : kinds) {
        BOOST_TEST_CONTEXT("a ring: " << kind) {
            sm::circular_buffer ring(sm::create_only, unique_name("ring"), 3, 100, ring_of(kind));
            for (int i = 0; i != 20; ++i) {
                auto claim = ring.claim_write();
                auto const self = ring.participants().at(0);
                BOOST_TEST_REQUIRE(!self.holds.empty());
                BOOST_TEST(self.holds[0].position == claim.position());
                BOOST_TEST(self.holds[0].count == 1U);
                claim.commit(0);
                auto read = ring.claim_read();
                auto const reading = ring.participants().at(0);
                BOOST_TEST_REQUIRE(!reading.holds.empty());
                BOOST_TEST(reading.holds[0].what == "messages_to_read");
                BOOST_TEST(reading.holds[0].position == read.position());
                read.release();
                auto const idle = ring.participants().at(0);
                BOOST_TEST((idle.holds.empty() || idle.holds[0].what.substr(0, 6) == "single"));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_stopped_in_its_function_is_found) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 8, 16);
    stopped const writer(name, "in a function");
    BOOST_TEST(look(ring, process_of(writer.process)).holds == "1 nodes_to_write at 0");
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_of_the_lock_is_found) {
    std::string const name = unique_name("array");
    sm::shared_array<int> array(sm::create_only, name, 4);
    array.read_write_timeout(20ms);
    {
        stopped const writer(name, "write_lock");
        BOOST_TEST(look(array, process_of(writer.process)).holds == "1 write_lock at 0");
        std::string const who =
            "process " + std::to_string(writer.process.pid()) + " (slot 1) holds it for writing";
        check_fails("a write", errc::timed_out, [&] { array.write(1, 0); }, {who});
        check_fails("a read", errc::timed_out, [&] { array.read(0); }, {who});
        check_fails("a look", errc::timed_out,
                    [&] { sm::shared_array<int const>(sm::open_read_only, name).read(0); });
    }
    array.mark_consistent(); // the writer was killed
    stopped const reader(name, "read_lock");
    seen const found = look(array, process_of(reader.process));
    BOOST_TEST(found.holds == "2 read_lock at 0");
    check_fails("a write", errc::timed_out, [&] { array.write(1, 0); },
                {"process " + std::to_string(reader.process.pid()) + " (slot " +
                 std::to_string(found.slot) + ") holds it for reading"});
    BOOST_TEST(array.read(0) == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_of_the_handle_is_in_the_way) {
    sm::shared_array<int> array(sm::create_only, unique_name("array"), 4);
    array.read_write_timeout(20ms);
    array.lock();
    std::thread([&] {
        check_fails("a write", errc::timed_out, [&] { array.write(1, 0); },
                    {"another thread of this handle holds it for writing"});
    }).join();
    array.unlock();
}

BOOST_AUTO_TEST_CASE(a_writer_that_waits_for_readers_has_its_turn) {
    std::string const name = unique_name("array");
    sm::shared_array<int> array(sm::create_only, name, 4);
    array.lock_shared();
    child writer("holder", {name, "waits for the lock"});
    BOOST_TEST(writer.read_line() == "holds");
    BOOST_TEST(becomes_true([&] {
        auto const found = look(array, process_of(writer));
        return found.holds == "1 turn_to_write at 0" && found.waits_for == "1 lock at 0";
    }));
    array.unlock_shared();
    BOOST_TEST(writer.read_line() == "holds");
    auto const found = look(array, process_of(writer));
    BOOST_TEST(found.holds == "1 write_lock at 0");
    BOOST_TEST(found.waits_for == "");
}

// A killed sleeper, or a stopped one, may have Boost's mutex.
BOOST_AUTO_TEST_CASE(sleepers_are_told, *needs_robust_waiting()) {
    for (std::string const kind : kinds) {
        BOOST_TEST_CONTEXT("a ring: " << kind) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name, 2, 16, ring_of(kind));
            child reader("holder", {name, "waits for a message"});
            BOOST_TEST(reader.read_line() == "holds");
            BOOST_TEST(becomes_true(
                [&] { return look(ring, process_of(reader)).waits_for == "1 message at 0"; }));
            reader.stop(); // asleep, it is told too
            BOOST_TEST(look(ring, process_of(reader)).waits_for == "1 message at 0");
            reader.kill();
            ring.recover();
        }
    }
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 2, 16);
    while (ring.try_write(1)) {
    }
    child writer("holder", {name, "waits for room"});
    BOOST_TEST(writer.read_line() == "holds");
    BOOST_TEST(
        becomes_true([&] { return look(ring, process_of(writer)).waits_for == "1 room at 0"; }));
    ring.read<int>();
    BOOST_TEST(writer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(threads_of_one_handle_that_sleep_are_counted) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 16);
    sm::circular_buffer other(sm::create_only, unique_name("other"), 4, 16);
    auto const waits = [&](sm::circular_buffer const& one, char const* what) {
        return becomes_true([&] { return text_of(one.participants().at(0).waits_for) == what; });
    };
    std::vector<std::thread> readers;
    for (int i = 0; i != 3; ++i)
        readers.emplace_back([&] { ring.read<int>(); });
    BOOST_TEST(waits(ring, "3 message at 0"));
    std::thread any([&] { std::ignore = sm::wait_any({&other, &ring}); });
    BOOST_TEST(waits(ring, "4 message at 0"));
    BOOST_TEST(waits(other, "1 message at 0"));
    other.write(1);
    any.join();
    BOOST_TEST(waits(other, ""));
    BOOST_TEST(waits(ring, "3 message at 0"));
    for (int i = 0; i != 3; ++i)
        ring.write(1);
    for (std::thread& one : readers)
        one.join();
    BOOST_TEST(waits(ring, ""));
}
