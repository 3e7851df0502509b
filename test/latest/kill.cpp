// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Writers and readers killed, or stopped, at any moment; the others go on by themselves.

#include "latest_support.hpp"

#include <random>
#include <thread>
#include <vector>

using namespace latest_support;

SHARED_MEMORY_TEST_ROLE(holds_a_buffer) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    auto claim = cell.claim_store();
    claim.emplace<value>(value::of(99)).words[3] = 5;
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(holds_a_pin) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    const auto claim = cell.claim_load();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(waits_for_a_value) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    test_support::say("ready");
    test_support::say(std::to_string(cell.load().number()));
    return 0;
}

// Stores whole values for ever; updates, every now and then.
SHARED_MEMORY_TEST_ROLE(stores_for_ever) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    const bool in_place = args.at(1) == "in place";
    test_support::say("ready");
    for (;;) {
        cell.store(value::of(cell.version().number()));
        if (in_place) {
            auto claim = cell.claim_store();
            claim.emplace<value>(value::of(1));
            claim.commit();
        }
        cell.update([](value& v) { v = value::of(v.number() + 1); });
    }
}

// Loads for ever, and says what it found wrong.
SHARED_MEMORY_TEST_ROLE(loads_for_ever) {
    sm::latest_value<value> cell(sm::open_only, args.at(0));
    const bool in_place = args.at(1) == "in place";
    test_support::say("ready");
    sm::version seen;
    for (;;) {
        const std::uint64_t before = seen.number();
        const value found = cell.load_newer(seen);
        if (!found.is_whole() || seen.number() <= before)
            test_support::say(found.is_whole() ? "older" : "torn");
        if (!in_place)
            continue;
        const auto claim = cell.claim_load();
        if (!claim.as<value>().is_whole())
            test_support::say("torn in place");
    }
}

BOOST_AUTO_TEST_CASE(a_writer_is_killed_with_a_buffer) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().buffers(2));
    cell.store(value::of(1));
    child writer("holds_a_buffer", {name});
    BOOST_TEST(writer.read_line() == "ready");
    BOOST_TEST(!cell.try_store_for(value::of(2), 50ms)); // the only buffer left is in its hands
    BOOST_TEST(cell.load().number() == 1U);
    writer.kill();
    BOOST_TEST(cell.try_store_for(value::of(2), 10s));
    BOOST_TEST(cell.load().number() == 2U);
    BOOST_TEST(cell.version().number() == 2U); // what was not stored has no version
}

BOOST_AUTO_TEST_CASE(recover_reports_what_the_dead_held) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().pins(2));
    cell.store(value::of(1));
    child writer("holds_a_buffer", {name});
    child reader("holds_a_pin", {name});
    BOOST_TEST(writer.read_line() == "ready");
    BOOST_TEST(reader.read_line() == "ready");
    BOOST_TEST(cell.recover().empty()); // alive
    writer.kill();
    reader.kill();
    const sm::recovery_report report = cell.recover();
    BOOST_TEST(report.participants_reaped() == 2U);
    BOOST_TEST(report.writes_discarded() == 1U);
    BOOST_TEST(report.count("pins_released") == 1U);
    const cell_view view(name);
    BOOST_TEST((view.pins_held() == 0U && view.buffers_held(cell.buffers()) == 0U));
    BOOST_TEST(cell.recover().empty());
}

BOOST_AUTO_TEST_CASE(stopped_participants_disturb_nobody) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().buffers(5).pins(1));
    cell.store(value::of(1));
    child writer("holds_a_buffer", {name});
    child reader("holds_a_pin", {name});
    BOOST_TEST(writer.read_line() == "ready");
    BOOST_TEST(reader.read_line() == "ready");
    writer.stop();
    reader.stop();
    sm::version seen;
    for (std::uint64_t n = 2; n != 1000; ++n) {
        BOOST_TEST(cell.try_store(value::of(n)));
        BOOST_TEST(cell.load_newer(seen).number() == n);
    }
    BOOST_TEST(cell.recover().empty());
    writer.cont();
    reader.cont();
}

BOOST_AUTO_TEST_CASE(a_sleeping_reader_is_killed, *test_support::needs_robust_waiting()) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name);
    child killed("waits_for_a_value", {name});
    child other("waits_for_a_value", {name});
    BOOST_TEST(killed.read_line() == "ready");
    BOOST_TEST(other.read_line() == "ready");
    BOOST_TEST(is_asleep(killed.pid()));
    BOOST_TEST(is_asleep(other.pid()));
    killed.kill();
    cell.store(value::of(4));
    BOOST_TEST(other.read_line() == "4");
    BOOST_TEST(other.wait() == 0);
}

// Readers look at every value that they find. None is torn, none is older than one before, whoever
// is killed; and no buffer or pin is lost.
static void kill_at_random(const char* how, const sm::options& options, int kills) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, options);
    cell.store(value::of(1));
    const auto start = [&](bool writer) {
        child one(writer ? "stores_for_ever" : "loads_for_ever", {name, how});
        BOOST_TEST(one.read_line() == "ready");
        return one;
    };
    std::vector<child> crew;
    for (int i = 0; i != 4; ++i)
        crew.push_back(start(i % 2 == 0));
    std::minstd_rand random(17);
    sm::version seen;
    for (int i = 0; i != kills; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
        const std::size_t which = random() % crew.size();
        crew[which].kill(); // a fault would be in its output: its successor's output is empty
        const std::uint64_t before = seen.number();
        const auto found = cell.try_load_newer_for(seen, 10s);
        BOOST_TEST((found && found->is_whole() && seen.number() > before));
        crew[which] = start(which % 2 == 0);
    }
    for (child& one : crew) {
        one.kill();
        std::string said;
        try {
            said = one.read_line();
        } catch (const std::exception&) { // the end: it found nothing wrong
        }
        BOOST_TEST(said == "");
    }
    cell.recover();
    const cell_view view(name);
    BOOST_TEST(view.buffers_held(cell.buffers()) == 0U);
    BOOST_TEST(view.pins_held() == 0U);
    BOOST_TEST(cell.try_store(value::of(1)));
}

BOOST_AUTO_TEST_CASE(killed_at_random, *test_support::needs_robust_waiting()) {
    kill_at_random("copies", sm::options().buffers(4), rounds(60));
}
BOOST_AUTO_TEST_CASE(killed_at_random_with_pins, *test_support::needs_robust_waiting()) {
    kill_at_random("in place", sm::options().buffers(6).pins(2), rounds(60));
}
