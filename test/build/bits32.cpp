// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A 32-bit process and a 64-bit one use the same segments. The 32-bit one, bits32/peer.cpp, is
// compiled here, with the library's sources.
//
// Not on Windows: is about 32-bit programs on Linux.

#include "bits32/orders.hpp"
#include "locks_support.hpp"
#include "shaped_types.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <thread>
#include <unistd.h>

namespace sm = shared_memory;
using namespace bits32;
using namespace locks_test;
using test_support::run_command;
using test_support::shell_word;

namespace {

const std::string source_dir = TEST_SOURCE_DIR;

struct folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("shared_memory-bits32-" + std::to_string(::getpid()));
    folder() { std::filesystem::create_directories(path); }
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};
const folder& work() {
    static const folder one;
    return one;
}

// The file offsets of a 32-bit process have 64 bits if it asks for that, as it must here.
std::string compile() {
    std::string command =
        shell_word(TEST_COMPILER) + " -m32 -D_FILE_OFFSET_BITS=64 -std=c++17 -pthread -I" +
        shell_word(source_dir + "/include") + " -I" + shell_word(source_dir + "/lib");
    std::vector<std::string> includes;
    boost::split(includes, TEST_BOOST_INCLUDE, boost::is_any_of(":"), boost::token_compress_on);
    for (const std::string& include : includes)
        if (!include.empty())
            command += " -I" + shell_word(include);
    return command;
}

bool can_compile_for_32_bits() {
    const auto source = work().path / "empty.cpp";
    std::ofstream(source)
        << "#include <vector>\nint main() { return int(std::vector<int>().size()); }\n";
    const auto program = work().path / "empty";
    return run_command(compile() + " -o " + shell_word(program.string()) + " " +
                       shell_word(source.string()) + " && " + shell_word(program.string()))
               .status == 0;
}
const auto multilib = test_support::needs("g++-multilib", &can_compile_for_32_bits);
// Boost.Interprocess's mutex is of another size there.
const auto one_size = test_support::needs("waiting that is the same in 32 and 64 bits (sync=futex)",
                                          [] { return test_support::waiting_is_robust; });

// Compiled once, each source by itself, as many at a time as there are processors.
const std::string& peer_program() {
    static const std::string program = [] {
        std::string sources = shell_word(source_dir + "/test/build/bits32/peer.cpp");
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(source_dir + "/lib")) {
            const std::string folder = entry.path().parent_path().filename();
            if (entry.path().extension() == ".cpp" && folder != "interprocess" &&
                folder != "windows")
                sources += " " + shell_word(entry.path().string());
        }
        const std::string built = (work().path / "peer").string();
        const auto result =
            run_command("cd " + shell_word(work().path.string()) + " && printf '%s\\0' " + sources +
                        " | xargs -0 -n 1 -P $(nproc) " + compile() +
                        " -Wall -Wextra -Werror -c && " + compile() + " -o peer *.o");
        BOOST_REQUIRE_MESSAGE(result.status == 0, result.output);
        return built;
    }();
    return program;
}

// The peer, running, and the three segments, which this process or the peer creates.
struct conversation {
    explicit conversation(bool peer_creates) : name(test_support::unique_name("bits")) {
        if (!peer_creates)
            open(sm::create_only, array_length);
        run = std::thread([this, peer_creates] {
            ended = run_command("timeout 30 " + shell_word(peer_program()) +
                                (peer_creates ? " create " : " open ") + shell_word(name));
        });
        try {
            if (peer_creates)
                open(sm::open_only);
        } catch (...) {
            give_up();
            throw;
        }
    }
    ~conversation() {
        if (run.joinable())
            give_up();
    }
    void give_up() {
        in.close(); // if it is ours, the peer's wait ends
        run.join();
        BOOST_TEST_MESSAGE("the peer ended with " << ended.status << ": " << ended.output);
    }

    void open(sm::create_only_t tag, std::uint64_t length) {
        a.emplace(tag, name, length);
        in = make_ring(tag, name + "-in", node_count);
        out = make_ring(tag, name + "-out", node_count);
    }
    void open(sm::open_only_t tag) {
        const auto patient = sm::options().wait_for_creator(10s);
        a.emplace(tag, name, patient);
        in = sm::circular_buffer(tag, name + "-in", patient);
        out = sm::circular_buffer(tag, name + "-out", patient);
    }

    // Sends an order; the answer's first word.
    void order(what what, std::uint64_t first = 0, std::uint64_t second = 0) {
        message m{};
        m.what = static_cast<std::uint32_t>(what);
        m.number = ++number;
        m.words[0] = first;
        m.words[1] = second;
        in.write(m);
    }
    std::uint64_t answer() {
        const auto m = out.try_read_for<message>(10s);
        BOOST_REQUIRE(m.has_value());
        BOOST_TEST(m->number == number);
        return m->words[0];
    }
    std::uint64_t ask(what what, std::uint64_t first = 0, std::uint64_t second = 0) {
        order(what, first, second);
        return answer();
    }
    void expect_end(int status) {
        run.join();
        BOOST_TEST(ended.status == status, ended.output);
    }

    std::string name;
    std::optional<numbers> a;
    sm::circular_buffer in, out; // as the peer sees them
    std::thread run;
    test_support::command_result ended{};
    std::uint32_t number = 0;
};

void messages_go_both_ways(conversation& c) {
    std::array<std::uint64_t, 20> words;
    for (std::uint64_t i = 0; i != 1000; ++i) {
        message m{};
        m.number = static_cast<std::uint32_t>(i);
        std::iota(m.words.begin(), m.words.end(), i << 40U);
        c.in.write(m);
        const auto back = c.out.try_read_for<message>(10s);
        BOOST_REQUIRE(back.has_value());
        std::transform(m.words.begin(), m.words.end(), words.begin(), [](auto w) { return ~w; });
        BOOST_REQUIRE(back->words == words);
    }
}

void elements_are_shared(conversation& c) {
    std::iota(c.a->begin(), c.a->end(), std::uint64_t{1} << 33U);
    const auto sum = std::accumulate(c.a->begin(), c.a->end(), std::uint64_t{0});
    BOOST_TEST(c.ask(what::sum) == sum);
    c.ask(what::write, 999, 77);
    BOOST_TEST(c.a->read(999) == 77U);
}

void locks_exclude(conversation& c) {
    c.a->lock();
    BOOST_TEST(c.ask(what::lock, 20) == 0U);
    BOOST_TEST(c.ask(what::lock_shared, 20) == 0U);
    c.order(what::lock, 20000);
    std::this_thread::sleep_for(50ms); // it sleeps
    c.a->unlock();
    BOOST_TEST(c.answer() == 1U);
    BOOST_TEST(!c.a->try_lock_shared_for(20ms));
    c.order(what::unlock);
    BOOST_TEST(c.a->try_lock_shared_for(20s)); // we sleep
    c.answer();
    BOOST_TEST(c.ask(what::lock_shared, 0) == 1U);
    c.a->unlock_shared();
    BOOST_TEST(!c.a->try_lock());
    BOOST_TEST(c.ask(what::unlock_shared) == 0U);
    BOOST_TEST(c.a->try_lock());
    c.a->unlock();
}

} // namespace

BOOST_AUTO_TEST_CASE(the_layout_is_the_same, *one_size* multilib) {
    const auto result = run_command(shell_word(peer_program()) + " layout");
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.output == layout(true));
}

// FAULTS C5: a type that has the same size in both is told to be the same.
BOOST_AUTO_TEST_CASE(types_look_the_same, *one_size* multilib) {
    const auto result = run_command(shell_word(peer_program()) + " shapes");
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.output == shaped_types::all());
}

BOOST_AUTO_TEST_CASE(segments_of_64_bits_in_a_32_bit_process, *one_size* multilib) {
    conversation c(false);
    messages_go_both_ways(c);
    elements_are_shared(c);
    locks_exclude(c);
    c.ask(what::end);
    c.expect_end(0);
}

BOOST_AUTO_TEST_CASE(segments_of_32_bits_in_a_64_bit_process, *one_size* multilib) {
    conversation c(true);
    messages_go_both_ways(c);
    elements_are_shared(c);
    locks_exclude(c);
    c.ask(what::end);
    c.expect_end(0);
}

BOOST_AUTO_TEST_CASE(a_32_bit_process_is_killed_holding_the_lock, *one_size* multilib) {
    for (const bool peer_creates : {false, true}) {
        conversation c(peer_creates);
        BOOST_TEST(c.ask(what::lock, 1000) == 1U);
        c.order(what::die);
        c.expect_end(128 + 9);
        BOOST_TEST((c.a->acquire_write_lock(20s) == sm::acquired::inconsistent));
        c.a->mark_consistent();
        c.a->unlock();
        BOOST_TEST(c.in.recover().reads_redelivered() == 0U); // the order was read
    }
}
