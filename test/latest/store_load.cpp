// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Storing and loading: values, versions, sizes, and what is refused.

#include "latest_support.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace latest_support;

BOOST_AUTO_TEST_CASE(the_newest_value_is_loaded) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> writer(sm::create_only, name);
    sm::latest_value<value> reader(sm::open_only, name);
    BOOST_TEST(!reader.try_load());
    BOOST_TEST(!reader.try_load_for(1ms));
    BOOST_TEST(!reader.try_load_until(std::chrono::system_clock::now() - 1s));
    BOOST_TEST(reader.version().number() == 0U);
    for (std::uint64_t n = 1; n != 100; ++n) {
        BOOST_TEST(writer.store(value::of(n)).number() == n);
        sm::version seen;
        const value found = reader.load(seen);
        BOOST_TEST((found.is_whole() && found.number() == n));
        BOOST_TEST(seen.number() == n);
        BOOST_TEST((reader.version() == seen));
        BOOST_TEST(reader.try_load()->number() == n); // stays
    }
    BOOST_TEST(reader.kind_name() == std::string("latest_value"));
    BOOST_TEST((reader.buffers() == 8U && reader.pins() == 0U && !reader.single_writer()));
}

BOOST_AUTO_TEST_CASE(small_values_and_large_ones) {
    const std::string small_name = unique_name("small");
    sm::latest_value<small_value> small(sm::create_only, small_name);
    sm::latest_value<large_value> large(sm::create_only, unique_name("large"),
                                        sm::options().buffers(2));
    sm::latest_value<std::uint8_t> byte(sm::create_only, unique_name("byte"));
    sm::latest_value<bool> flag(sm::create_only, unique_name("flag"));
    BOOST_TEST(large.buffers() == 2U);
    for (std::uint64_t n = 1; n != 20; ++n) {
        small.store(small_value::of(n));
        large.store(large_value::of(n));
        byte.store(static_cast<std::uint8_t>(n));
        flag.store(n % 2 == 0);
        BOOST_TEST((small.load().is_whole() && small.load().number() == n));
        BOOST_TEST((large.load().is_whole() && large.load().number() == n));
        BOOST_TEST(byte.load() == n);
        BOOST_TEST(flag.load() == (n % 2 == 0));
    }
}

BOOST_AUTO_TEST_CASE(load_newer_finds_only_what_is_newer) {
    sm::latest_value<value> cell(sm::create_only, unique_name("cell"));
    sm::version seen;
    BOOST_TEST(!cell.try_load_newer(seen));
    cell.store(value::of(1));
    BOOST_TEST(cell.load_newer(seen).number() == 1U);
    BOOST_TEST(!cell.try_load_newer(seen));
    BOOST_TEST(!cell.try_load_newer_for(seen, 1ms));
    BOOST_TEST(!cell.try_load_newer_until(seen, std::chrono::steady_clock::now()));
    BOOST_TEST(seen.number() == 1U);
    cell.store(value::of(2));
    cell.store(value::of(3));
    BOOST_TEST(cell.try_load_newer_for(seen, 1s)->number() == 3U);
    BOOST_TEST(seen.number() == 3U); // one was not seen
    sm::version none;
    BOOST_TEST((none < seen && none != seen && seen >= none && seen > none && none <= seen));
}

BOOST_AUTO_TEST_CASE(store_if_compares) {
    sm::latest_value<value> cell(sm::create_only, unique_name("cell"));
    sm::version none;
    sm::version mine;
    BOOST_TEST(cell.store_if(mine, value::of(1)));
    BOOST_TEST(mine.number() == 1U);
    BOOST_TEST(!cell.store_if(none, value::of(9))); // there is a value now
    BOOST_TEST(none.number() == 0U);
    sm::version others = mine;
    BOOST_TEST(cell.store_if(mine, value::of(2)));
    BOOST_TEST(!cell.store_if(others, value::of(9)));
    BOOST_TEST(cell.load().number() == 2U);
    BOOST_TEST(cell.version().number() == 2U); // what was not stored has no version
    cell.store(value::of(3));
    BOOST_TEST(!cell.store_if(mine, value::of(9)));
}

BOOST_AUTO_TEST_CASE(updates_by_several_threads_add_up) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> cell(sm::create_only, name, sm::options().buffers(6));
    const int each = rounds(20000);
    std::vector<std::thread> threads;
    for (int t = 0; t != 3; ++t)
        threads.emplace_back([&, own_handle = t == 2] {
            sm::latest_value<value> own;
            if (own_handle)
                own = sm::latest_value<value>(sm::open_only, name);
            sm::latest_value<value>& through = own_handle ? own : cell;
            for (int i = 0; i != each; ++i)
                through.update([](value& v) { v = value::of(v.number() + 1); });
        });
    for (std::thread& one : threads)
        one.join();
    const auto all = static_cast<std::uint64_t>(3 * each);
    sm::version last;
    BOOST_TEST(cell.load(last).number() == all);
    BOOST_TEST(last.number() == all); // without gaps
}

BOOST_AUTO_TEST_CASE(an_update_that_throws_stores_nothing) {
    sm::latest_value<value> cell(sm::create_only, unique_name("cell"));
    cell.store(value::of(1));
    BOOST_CHECK_THROW(cell.update([](value&) { throw std::runtime_error("no"); }),
                      std::runtime_error);
    BOOST_TEST(cell.version().number() == 1U);
}

BOOST_AUTO_TEST_CASE(a_buffer_takes_any_bytes) {
    const std::string name = unique_name("config");
    sm::latest_buffer cell(sm::create_only, name, 100U);
    sm::latest_buffer reader(sm::open_only, name);
    BOOST_TEST(reader.value_size() == 100U);
    BOOST_TEST(!reader.size());
    const std::string text = "volume=11";
    cell.store(text);
    std::vector<char> found(100);
    sm::version seen;
    BOOST_TEST(reader.load(found, seen) == text.size());
    BOOST_TEST(std::string(found.data(), text.size()) == text);
    BOOST_TEST((seen.number() == 1U && *reader.size() == text.size()));
    cell.store([](boost::span<std::byte> all) {
        BOOST_TEST(all.size() == 100U);
        std::memset(all.data(), 7, 3);
        return 3;
    });
    BOOST_TEST(*reader.try_load_newer(found, seen) == 3U);
    BOOST_TEST(found[2] == 7);
    BOOST_TEST(!reader.try_load_newer(found, seen));
    cell.store(std::uint32_t{5});
    BOOST_TEST(reader.load<std::uint32_t>() == 5U);
    std::uint32_t number = 0;
    reader.load(number);
    BOOST_TEST(number == 5U);
    cell.store(nullptr, 0);
    BOOST_TEST(reader.load(found) == 0U);
    BOOST_TEST(*reader.size() == 0U);
    BOOST_TEST(cell.try_store(std::vector<int>{1, 2, 3}));
    std::vector<int> ints(4);
    BOOST_TEST(reader.load(ints) == 3U);
    BOOST_TEST(ints[2] == 3);
    BOOST_TEST(cell.store_if(seen = cell.version(), text));
    BOOST_TEST((seen == cell.version()));
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_stores_nothing) {
    sm::latest_buffer cell(sm::create_only, unique_name("cell"), 100U, sm::options().buffers(2));
    cell.store(1);
    for (int i = 0; i != 5; ++i) // no buffer is lost
        BOOST_CHECK_THROW(cell.store([](boost::span<std::byte>) -> std::size_t {
            throw std::runtime_error("no");
        }),
                          std::runtime_error);
    TEST_THROWS(message_size, cell.store([](boost::span<std::byte>) { return 101; }));
    BOOST_TEST(cell.load<int>() == 1);
    BOOST_TEST(cell.try_store(2));
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_refused) {
    sm::latest_buffer cell(sm::create_only, unique_name("cell"), 8U);
    TEST_THROWS(message_size, cell.store(std::array<char, 9>()));
    TEST_THROWS(message_size, cell.try_store(std::array<char, 9>()));
    cell.store(std::array<char, 8>());
    std::array<char, 7> short_range{};
    TEST_THROWS(message_size, cell.load(short_range));
    TEST_THROWS(message_size, cell.load<int>());
    std::array<std::uint32_t, 4> in_units{};
    BOOST_TEST(cell.load(in_units) == 2U);
    cell.store(std::array<char, 7>());
    TEST_THROWS(message_size, cell.load(in_units));
    std::array<char, 8> found{};
    BOOST_TEST(cell.load(found) == 7U);
    TEST_THROWS(bad_argument, cell.load(nullptr, 1));
}

BOOST_AUTO_TEST_CASE(cells_of_other_types_are_refused) {
    const std::string name = unique_name("cell");
    sm::latest_value<std::uint32_t> cell(sm::create_only, name);
    TEST_THROWS(wrong_type, sm::latest_value<float>(sm::open_only, name));
    TEST_THROWS(wrong_type, sm::latest_value<value>(sm::open_or_create, name));
    TEST_THROWS(wrong_kind, sm::latest_buffer(sm::open_only, name));
    TEST_THROWS(wrong_kind, sm::circular_buffer(sm::open_only, name));
    const sm::latest_value<std::uint32_t> same(sm::open_or_create, name);
    BOOST_TEST(!same.is_owner());
}

BOOST_AUTO_TEST_CASE(numbers_that_cannot_be_are_refused) {
    const auto create = [](const sm::options& how) {
        return sm::latest_value<int>(sm::create_only, unique_name("cell"), how);
    };
    TEST_THROWS(out_of_range, create(sm::options().buffers(1)));
    TEST_THROWS(out_of_range, create(sm::options().buffers(1025)));
    TEST_THROWS(out_of_range, create(sm::options().pins(65)));
    TEST_THROWS(out_of_range, create(sm::options().pins(4).buffers(5)));
    BOOST_TEST(create(sm::options().pins(4).buffers(6)).buffers() == 6U);
    BOOST_TEST(create(sm::options().buffers(1024)).buffers() == 1024U);
    BOOST_TEST(create(sm::options().pins(64)).buffers() == 72U);
    const auto of_size = [](std::uint64_t size) {
        return sm::latest_buffer(sm::create_only, unique_name("cell"), size);
    };
    TEST_THROWS(out_of_range, of_size(0));
    TEST_THROWS(out_of_range, of_size((std::uint64_t{1} << 31U) - 63));
}

BOOST_AUTO_TEST_CASE(a_handle_that_cannot_is_told) {
    const std::string name = unique_name("cell");
    sm::latest_value<int> closed;
    TEST_THROWS(closed, closed.load());
    TEST_THROWS(closed, closed.store(1));
    sm::latest_value<int> owner(sm::create_only, name);
    sm::latest_value<int> reader(sm::open_only, name, sm::options().role(sm::role::reader));
    sm::latest_value<int> writer(sm::open_only, name, sm::options().role(sm::role::writer));
    TEST_THROWS(bad_argument, reader.store(1));
    TEST_THROWS(bad_argument, writer.load());
    TEST_THROWS(bad_argument, reader.claim_load()); // no pins
    writer.store(4);
    BOOST_TEST(reader.load() == 4);
    reader.close();
    TEST_THROWS(closed, reader.load());
}

BOOST_AUTO_TEST_CASE(a_read_only_handle_loads_and_writes_nothing) {
    const std::string name = unique_name("cell");
    sm::latest_value<value> owner(sm::create_only, name, sm::options().pins(1));
    sm::latest_value<value> looker(sm::open_read_only, name);
    BOOST_TEST(!looker.try_load());
    BOOST_TEST(!looker.try_load_for(3ms));
    owner.store(value::of(1));
    sm::version seen;
    BOOST_TEST(looker.load(seen).number() == 1U);
    auto waiter = at_once([&] { return looker.load_newer(seen).number(); });
    std::this_thread::sleep_for(5ms);
    BOOST_TEST(!is_done(waiter));
    owner.store(value::of(2));
    BOOST_TEST(waiter.get() == 2U);
    BOOST_TEST(looker.version().number() == 2U);
    TEST_THROWS(read_only, looker.store(value::of(3)));
    TEST_THROWS(read_only, looker.claim_load());
    TEST_THROWS(read_only, sm::wait_any({sm::for_reading(looker)}, 0ms));
    owner.close();
    BOOST_TEST(looker.load().number() == 2U);
    TEST_THROWS(shut_down, looker.load_newer(seen));
}

// The numbers of uses begin again at 0.
BOOST_AUTO_TEST_CASE(uses_wrap) {
    const std::string name = unique_name("cell");
    for (const bool single : {false, true}) {
        sm::latest_value<value> cell(sm::create_only, name,
                                     sm::options().buffers(3).single_writer(single));
        cell_view(name).start_with_use(smd::buffer_word::use_bits::greatest - 2, 3);
        sm::version seen;
        for (std::uint64_t n = 1; n != 30; ++n) {
            const sm::version stored = cell.store(value::of(n));
            BOOST_TEST(cell.load_newer(seen).number() == n);
            BOOST_TEST((stored == seen));
            BOOST_TEST(!cell.try_load_newer(seen));
        }
        cell.close();
    }
}
