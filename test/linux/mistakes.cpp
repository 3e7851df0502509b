// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What the library says to common mistakes. Each one is made here, and the whole text is kept in
// doc/generated/mistakes.md, where a user finds it. A text that changes is looked at there:
//
//     build/release/test/mistakes_test --role page > doc/generated/mistakes.md
//
// A program of its own: it makes that page.
// Not on Windows: some mistakes need fork() or /dev/shm, and the advice is for Linux.

#include "segment_files.hpp"
#include "support.hpp"

#include <shared_memory/shared_memory.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <regex>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace test_support;
using sm::errc;

namespace {

// The segments that the mistakes are about; their names on the page are these members'.
struct stage {
    std::string const ring_name = unique_name("ring");
    std::string const array_name = unique_name("array");
    std::string const new_name = unique_name("new");
    std::string const foreign_name = unique_name("foreign");
    sm::circular_buffer ring{sm::create_only, ring_name, 4, 16};
    sm::shared_array<std::array<double, 2>> array{sm::create_only, array_name, 10};

    stage() { ring.write(1); }

    sm::circular_buffer new_ring(sm::options const& how = {}) const {
        return {sm::create_only, new_name, 4, 16, how};
    }
};

// Makes the mistake; returns what is said of a call that has a result instead of an error.
using function = std::function<std::string(stage&)>;

struct mistake {
    char const* what;
    std::error_code expected; // zero: there is a result
    function make;
};

// A mistake that throws.
template <class Call>
mistake wrong(char const* what, errc expected, Call call) {
    return {what, expected, [call](stage& s) {
                call(s);
                return std::string("no error");
            }};
}

template <class Call>
mistake result(char const* what, Call call) {
    return {what, {}, call};
}

std::string said(char const* call, bool value) {
    return std::string("`") + call + "` returns " + (value ? "true" : "false");
}

std::vector<mistake> const of_names{
    wrong("open a segment that is not there", errc::not_found,
          [](stage& s) { sm::circular_buffer(sm::open_only, s.new_name); }),
    wrong("wait for its creator in vain", errc::not_found,
          [](stage& s) {
              sm::circular_buffer(sm::open_only, s.new_name, sm::options().wait_for_creator(50ms));
          }),
    wrong("begin a name with a slash, as for shm_open()", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::open_only, "/prices"); }),
    wrong("put a slash into a name", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::open_only, "market/prices"); }),
    wrong("give an absolute path", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::open_only, "/dev/shm/prices"); }),
    wrong("give a backslash", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::open_only, "Local\\prices"); }),
    wrong("give an empty name", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::open_only, ""); }),
    wrong("give a name of 300 bytes", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::create_only, std::string(300, 'a'), 4, 16); }),
    wrong("begin a name with a dot", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::create_only, ".prices", 4, 16); }),
    wrong("leave a newline in a name", errc::bad_name,
          [](stage&) { sm::circular_buffer(sm::create_only, "prices\n", 4, 16); }),
    wrong("create a segment that is in use", errc::already_exists,
          [](stage& s) { sm::circular_buffer(sm::create_only, s.ring_name, 4, 16); }),
    wrong("remove a segment that is in use", errc::in_use,
          [](stage& s) { std::ignore = sm::shared_buffer::remove(s.ring_name); }),
    result("remove a segment that is not there",
           [](stage& s) { return said("remove", sm::shared_buffer::remove(s.new_name)); }),
    wrong("open an object of another program", errc::not_our_segment,
          [](stage& s) {
              write_object(s.foreign_name, std::string(100000, '\0'));
              sm::circular_buffer(sm::open_only, s.foreign_name);
          }),
    wrong("create over it", errc::not_our_segment,
          [](stage& s) { sm::circular_buffer(sm::create_only, s.foreign_name, 4, 16); }),
    wrong("remove it", errc::not_our_segment,
          [](stage& s) { std::ignore = sm::shared_buffer::remove(s.foreign_name); }),
    wrong("open an empty object", errc::not_our_segment,
          [](stage& s) {
              write_object(s.foreign_name, "");
              sm::circular_buffer(sm::open_only, s.foreign_name);
          }),
};

std::vector<mistake> const of_sizes{
    wrong("open a ring as an array", errc::wrong_kind,
          [](stage& s) { sm::shared_array<int>(sm::open_only, s.ring_name); }),
    wrong("open_or_create a ring of another size", errc::wrong_type,
          [](stage& s) { sm::circular_buffer(sm::open_or_create, s.ring_name, 8, 16); }),
    wrong("open_or_create an array of another length", errc::wrong_type,
          [](stage& s) {
              sm::shared_array<std::array<double, 2>>(sm::open_or_create, s.array_name, 11);
          }),
    wrong("open an array with elements of another size", errc::wrong_type,
          [](stage& s) { sm::shared_array<int>(sm::open_only, s.array_name); }),
    wrong("open an array with another type of the same size", errc::wrong_type,
          [](stage& s) { sm::shared_array<std::array<float, 4>>(sm::open_only, s.array_name); }),
    wrong("create a ring of 1 node", errc::out_of_range,
          [](stage& s) { sm::circular_buffer(sm::create_only, s.new_name, 1, 16); }),
    wrong("create a ring of -1 nodes", errc::out_of_range,
          [](stage& s) {
              auto const count = static_cast<std::uint32_t>(-1);
              sm::circular_buffer(sm::create_only, s.new_name, count, 16);
          }),
    wrong("create a ring with a node_size of 0", errc::out_of_range,
          [](stage& s) { sm::circular_buffer(sm::create_only, s.new_name, 4, 0); }),
    wrong("create a ring of 1 TiB", errc::no_space,
          [](stage& s) { sm::circular_buffer(sm::create_only, s.new_name, 1024, 1U << 30U); }),
    wrong("ask for 5000 participants", errc::out_of_range,
          [](stage& s) { s.new_ring(sm::options().max_participants(5000)); }),
    wrong("ask for 99 deliveries", errc::out_of_range,
          [](stage& s) { s.new_ring(sm::options().max_deliveries(99)); }),
    wrong("give an option of creating to open_only", errc::wrong_type,
          [](stage& s) {
              sm::circular_buffer(sm::open_only, s.ring_name, sm::options().max_participants(9));
          }),
    wrong("open more handles than there may be participants", errc::too_many_participants,
          [](stage& s) {
              auto const owner = s.new_ring(sm::options().max_participants(2));
              sm::circular_buffer const second(sm::open_only, s.new_name);
              sm::circular_buffer const third(sm::open_only, s.new_name);
          }),
    wrong("have no descriptors left", errc::system_error,
          [](stage& s) {
              rlimit before{};
              getrlimit(RLIMIT_NOFILE, &before);
              rlimit const none{3, before.rlim_max};
              setrlimit(RLIMIT_NOFILE, &none);
              auto const o = outcome_of([&] { sm::circular_buffer(sm::open_only, s.ring_name); });
              setrlimit(RLIMIT_NOFILE, &before);
              throw sm::error(static_cast<errc>(o.code.value()), o.text);
          }),
};

std::vector<mistake> const of_messages{
    wrong("write 100 bytes into nodes of 16", errc::message_size,
          [](stage& s) {
              char const bytes[100] = {};
              s.ring.write(bytes, sizeof bytes);
          }),
    wrong("write a struct of 40 bytes", errc::message_size,
          [](stage& s) { s.ring.write(std::array<int, 10>{}); }),
    wrong("write from a null pointer", errc::bad_argument,
          [](stage& s) { s.ring.write(static_cast<void const*>(nullptr), 4); }),
    wrong("read a message as a type of another size", errc::message_size,
          [](stage& s) { s.ring.read<double>(); }),
    result("ask for the size of the message that was refused",
           [](stage& s) { return "`next_size()` returns " + std::to_string(*s.ring.next_size()); }),
    wrong("take a claim for a type of another size", errc::message_size,
          [](stage& s) { s.ring.claim_read().as<double>(); }),
    wrong("use a claim that has ended", errc::bad_argument,
          [](stage& s) {
              auto claim = s.ring.claim_read();
              claim.release();
              claim.data();
          }),
    wrong("commit more than the node has", errc::message_size,
          [](stage& s) { s.ring.claim_write().commit(17); }),
    wrong("claim a batch of 0", errc::bad_argument,
          [](stage& s) { std::ignore = s.ring.claim_read(0); }),
    wrong("use a claim that was inherited through fork()", errc::forked,
          [](stage& s) {
              s.ring.write(5);
              auto claim = s.ring.claim_read();
              int channel[2];
              if (pipe(channel) != 0)
                  throw std::runtime_error("no pipe");
              pid_t const child = fork();
              if (child == 0) {
                  auto const o = outcome_of([&] { claim.release(); });
                  auto const text = std::to_string(o.code.value()) + ' ' + o.text;
                  _exit(write(channel[1], text.data(), text.size()) < 0 ? 1 : 0);
              }
              char text[1000] = {};
              auto const size = read(channel[0], text, sizeof text - 1);
              for (int const end : channel)
                  close(end);
              waitpid(child, nullptr, 0);
              std::istringstream told(
                  std::string(text, size < 0 ? 0U : static_cast<std::size_t>(size)));
              int code = 0;
              std::string rest;
              std::getline(told >> code >> std::ws, rest);
              throw sm::error(static_cast<errc>(code), rest);
          }),
    result("write to a full ring, alone",
           [](stage& s) {
               auto full = s.new_ring();
               while (full.try_write(1)) {
               }
               return said("try_write_for", full.try_write_for(1, 20ms));
           }),
    result("read with end_when_abandoned before anybody else came",
           [](stage& s) {
               auto alone = s.new_ring(sm::options().end_when_abandoned());
               return std::string("`try_read_for` returns ") +
                      (alone.try_read_for<int>(20ms) ? "a message" : "nothing");
           }),
};

std::vector<mistake> const of_handles{
    wrong("write through a handle that was never opened", errc::closed,
          [](stage&) { sm::circular_buffer().write(1); }),
    wrong("write through a handle that was moved from", errc::closed,
          [](stage& s) {
              sm::circular_buffer from(sm::open_only, s.ring_name);
              sm::circular_buffer const to = std::move(from);
              from.write(1); // NOLINT: on purpose
          }),
    wrong("write through a handle that was closed", errc::closed,
          [](stage& s) {
              sm::circular_buffer closed(sm::open_only, s.ring_name);
              closed.close();
              closed.write(1);
          }),
    wrong("wait for a closed handle", errc::bad_argument,
          [](stage& s) {
              sm::circular_buffer closed;
              std::ignore = sm::wait_any({&s.ring, &closed}, 10ms);
          }),
    wrong("write through a handle for reading", errc::bad_argument,
          [](stage& s) {
              sm::circular_buffer reader(sm::open_only, s.ring_name,
                                         sm::options().role(sm::role::reader));
              reader.write(1);
          }),
    wrong("read through a handle that only looks", errc::read_only,
          [](stage& s) { sm::circular_buffer(sm::open_read_only, s.ring_name).read<int>(); }),
    wrong("be the second single writer", errc::in_use,
          [](stage& s) {
              auto first = s.new_ring(sm::options().single_writer());
              sm::circular_buffer second(sm::open_only, s.new_name);
              first.write(1);
              second.write(2);
          }),
    wrong("write after the end of the stream", errc::end_of_stream,
          [](stage& s) {
              auto ended = s.new_ring();
              ended.end_of_stream();
              ended.write(1);
          }),
    wrong("read after the end of the stream", errc::end_of_stream,
          [](stage& s) {
              auto ended = s.new_ring();
              ended.end_of_stream();
              ended.read<int>();
          }),
    wrong("write after the owner has closed", errc::shut_down,
          [](stage& s) {
              auto owner = s.new_ring();
              sm::circular_buffer other(sm::open_only, s.new_name);
              owner.close();
              other.write(1);
          }),
    wrong("read after the owner has closed", errc::shut_down,
          [](stage& s) {
              auto owner = s.new_ring();
              sm::circular_buffer other(sm::open_only, s.new_name);
              owner.close();
              other.read<int>();
          }),
    wrong("open after the owner has closed", errc::not_found,
          [](stage& s) {
              auto owner = s.new_ring();
              sm::circular_buffer const other(sm::open_only, s.new_name);
              owner.close();
              sm::circular_buffer const late(sm::open_only, s.new_name);
          }),
};

std::vector<mistake> const of_arrays{
    wrong("look at an element behind the last one", errc::out_of_range,
          [](stage& s) { s.array.at(10); }),
    wrong("write past the end", errc::out_of_range,
          [](stage& s) { s.array.write(std::vector<std::array<double, 2>>(5), 8); }),
    wrong("write from far behind the end", errc::out_of_range,
          [](stage& s) { s.array.write(std::vector<std::array<double, 2>>(5), 80); }),
    wrong("write past the end of a buffer", errc::out_of_range,
          [](stage& s) { sm::buffer_read_write(sm::create_only, s.new_name, 10).write(1, 8); }),
    wrong("release a lock that is not held", errc::bad_argument,
          [](stage& s) { s.array.release_write_lock(); }),
    wrong("lock for writing while reading", errc::would_deadlock,
          [](stage& s) {
              std::shared_lock<decltype(s.array)> const reading(s.array);
              s.array.lock();
          }),
    result("lock twice through one handle",
           [](stage& s) {
               std::lock_guard<decltype(s.array)> const first(s.array);
               return said("acquire_write_lock(20ms)", s.array.acquire_write_lock(20ms).value());
           }),
    wrong("lock twice through one handle, and wait for ever", errc::would_deadlock,
          [](stage& s) {
              std::lock_guard<decltype(s.array)> const first(s.array);
              s.array.lock();
          }),
    wrong("write while another handle has the lock", errc::timed_out,
          [](stage& s) {
              sm::shared_array<std::array<double, 2>> other(sm::open_only, s.array_name);
              std::lock_guard<decltype(s.array)> const held(s.array);
              other.write({}, 0);
          }),
};

struct chapter {
    char const* title;
    std::vector<mistake> const* mistakes;
};
chapter const chapters[] = {{"Names", &of_names},
                            {"Kinds, sizes and options", &of_sizes},
                            {"Messages", &of_messages},
                            {"Handles", &of_handles},
                            {"Arrays, buffers and locks", &of_arrays}};

std::string replaced(std::string text, std::string const& what, std::string const& by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// The same text in every run.
std::string without_chance(std::string text, stage const& s) {
    text = replaced(text, s.ring_name, "ring");
    text = replaced(text, s.array_name, "array");
    text = replaced(text, s.new_name, "new");
    text = replaced(text, s.foreign_name, "foreign");
    text = std::regex_replace(text, std::regex("\\b" + std::to_string(own_process_id()) + "\\b"),
                              "4711");
    return std::regex_replace(text, std::regex("\\d{13}"), "1099511...");
}

// What makes a text an English sentence that helps; empty if nothing is missing.
std::string missing_in(std::string const& text) {
    if (text.rfind("shared_memory: ", 0) != 0)
        return "its beginning";
    if (text.find("expected") == text.npos && text.find("; ") == text.npos)
        return "what was expected, or what to do";
    if (text.find("  ") != text.npos || text.find(" ;") != text.npos || text.back() == ' ' ||
        text.back() == '.')
        return "good typography";
    return {};
}

outcome made(mistake const& one, stage& s) {
    std::string returned;
    outcome o = outcome_of([&] { returned = one.make(s); });
    if (!o.code)
        o.text = returned;
    o.text = without_chance(o.text, s);
    return o;
}

std::string whole_page() {
    stage s;
    std::ostringstream text;
    text << "# Mistakes, and what the library says\n\n"
            "`mistakes_test --role page` prints this page: it makes each mistake, and a test "
            "fails where a\ntext differs. Process 4711 is the program itself.\n";
    for (chapter const& one : chapters) {
        text << "\n## " << one.title << "\n\n| mistake | code | text |\n|---|---|---|\n";
        for (mistake const& m : *one.mistakes) {
            outcome const o = made(m, s);
            text << "| " << m.what << " | "
                 << (o.code ? '`' + std::string(to_string(static_cast<errc>(o.code.value()))) + '`'
                            : std::string("none"))
                 << " | " << replaced(o.text, "|", "\\|") << " |\n";
        }
    }
    unlink(path_of(s.foreign_name).c_str());
    return text.str();
}

std::vector<std::string> lines_of(std::string const& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

} // namespace

SHARED_MEMORY_TEST_ROLE(page) {
    std::cout << whole_page() << std::flush;
    return 0;
}

BOOST_AUTO_TEST_CASE(each_mistake_has_its_code_and_a_text_that_helps) {
    stage s;
    for (chapter const& one : chapters) {
        for (mistake const& m : *one.mistakes) {
            outcome const o = made(m, s);
            BOOST_TEST(o.code == m.expected, m.what << ": " << o.code << ' ' << o.text);
            if (o.code)
                BOOST_TEST(missing_in(o.text) == "",
                           m.what << " lacks " << missing_in(o.text) << ": " << o.text);
        }
    }
    unlink(path_of(s.foreign_name).c_str());
}

BOOST_AUTO_TEST_CASE(the_page_of_mistakes_is_up_to_date) {
    std::ifstream file(TEST_SOURCE_DIR "/doc/generated/mistakes.md");
    auto const kept = lines_of({std::istreambuf_iterator<char>(file), {}});
    auto const now = lines_of(whole_page());
    BOOST_TEST(kept.size() == now.size());
    for (std::size_t i = 0; i != std::min(kept.size(), now.size()); ++i)
        BOOST_TEST(kept[i] == now[i],
                   "\n  kept: " << kept[i] << "\n   now: " << now[i]
                                << "\nrenew it: build/release/test/mistakes_test "
                                   "--role page > "
                                   "doc/generated/mistakes.md");
}
