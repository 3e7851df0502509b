// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The builds that wait in different ways do not mix: not in one program, and not on one segment.
//
// Not on Windows: is the same however the library is built.

#include "locks_support.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/shared_array.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <regex>
#include <unistd.h>
#include <vector>

namespace sm = shared_memory;
namespace detail = shared_memory::detail;
using namespace locks_test;
using test_support::run_command;
using test_support::shell_word;
using test_support::unique_name;

namespace {

const std::string source_dir = TEST_SOURCE_DIR;
constexpr const char* other_kind = test_support::waiting_is_robust ? "interprocess" : "futex";
constexpr const char* own_kind = test_support::waiting_is_robust ? "futex" : "interprocess";

struct folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("shared_memory-synchronisation-" + std::to_string(::getpid()));
    folder() { std::filesystem::create_directories(path); }
    ~folder() { std::filesystem::remove_all(path); }
};

// The compiler, with the definition that goes with a kind.
std::string compile(const std::string& kind) {
    std::string command =
        shell_word(TEST_COMPILER) + " -std=c++17 -pthread -I" + shell_word(source_dir + "/include");
    std::vector<std::string> includes;
    boost::split(includes, TEST_BOOST_INCLUDE, boost::is_any_of(":"), boost::token_compress_on);
    for (const std::string& include : includes)
        if (!include.empty())
            command += " -I" + shell_word(include);
    return command + (kind == "interprocess" ? " -DSHARED_MEMORY_SYNC_INTERPROCESS" : "");
}

// A segment's header as another build would have written it.
void rewrite_synchronisation(const std::string& name, detail::sync_kind kind) {
    std::fstream object("/dev/shm/" + name, std::ios::in | std::ios::out | std::ios::binary);
    object.seekp(static_cast<std::streamoff>(detail::page_bytes +
                                             offsetof(detail::segment_identity, synchronisation)));
    object.write(reinterpret_cast<const char*>(&kind), sizeof kind);
    BOOST_REQUIRE(object.good());
}

} // namespace

// A program compiled for one kind and linked with a library of the other does not link. What it
// needs of the library is in buffer_read_write.cpp alone, for the sake of time: that it links with
// that of its own kind as far as that goes is seen by what is missing.
BOOST_AUTO_TEST_CASE(a_library_of_the_other_kind_does_not_link) {
    const folder work;
    const auto file = [&](const char* name) { return shell_word((work.path / name).string()); };
    std::ofstream(work.path / "user.cpp") << R"(
#include <shared_memory/detail/range.hpp>
int main() { shared_memory::detail::throw_bad_argument("from the user"); }
)";
    std::ofstream(work.path / "library.cpp") << R"(
#include <shared_memory/detail/range.hpp>
namespace shared_memory { inline namespace SHARED_MEMORY_ABI { namespace detail {
void throw_bad_argument(const char*) { throw 1; }
} } }
)";
    for (const std::string kind : {own_kind, other_kind}) {
        const auto result =
            run_command(compile(own_kind) + " -c -o " + file("user.o") + " " + file("user.cpp") +
                        " && " + compile(kind) + " -o " + file("program") + " " +
                        file("library.cpp") + " " + file("user.o"));
        BOOST_TEST((result.status == 0) == (kind == own_kind), kind << ": " << result.output);
        if (kind == own_kind)
            continue;
        // and the linker's words name both what is wanted and the library's version of it
        const std::regex wanted("undefined reference to .*layout_[0-9]+_" + std::string(own_kind));
        BOOST_TEST(std::regex_search(result.output, wanted), result.output);
    }
}

BOOST_AUTO_TEST_CASE(a_segment_of_the_other_kind_does_not_open) {
    const auto name = unique_name("a");
    sm::shared_array<int> a(sm::create_only, name, 10);
    a[0] = 5;
    const auto own = test_support::waiting_is_robust ? detail::sync_kind::futex
                                                     : detail::sync_kind::interprocess;
    const auto refuses = [&](const char* found, auto open) {
        return fails_with(sm::errc::wrong_synchronisation, open, {found, own_kind});
    };
    for (const auto kind :
         {detail::sync_kind::futex, detail::sync_kind::events, detail::sync_kind::interprocess}) {
        if (kind == own)
            continue;
        rewrite_synchronisation(name, kind);
        const char* const found = kind == detail::sync_kind::events ? "events" : other_kind;
        BOOST_TEST(refuses(found, [&] { sm::shared_array<int>(sm::open_only, name); }));
        BOOST_TEST(refuses(found, [&] { sm::shared_array<int>(sm::open_or_create, name, 10); }));
        BOOST_TEST(refuses(found, [&] { sm::shared_array<const int>(sm::open_read_only, name); }));
        BOOST_TEST(refuses(found, [&] { sm::shared_buffer(sm::open_only, name); }));
        BOOST_TEST(refuses(found, [&] { sm::circular_buffer(sm::open_only, name); }));
    }
    rewrite_synchronisation(name, static_cast<detail::sync_kind>(9));
    BOOST_TEST(
        fails_with(sm::errc::corrupted, [&] { sm::shared_array<int>(sm::open_only, name); }));
    rewrite_synchronisation(name, own);
    BOOST_TEST(sm::shared_array<int>(sm::open_only, name)[0] == 5);
}
