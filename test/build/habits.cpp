// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Habits of the programs that include the headers: macros that are called min and max, as those of
// windows.h, and warnings that this library does not ask for itself.
//
// Not on Windows: is the same however the library is built.

#include "support.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

namespace {

namespace fs = std::filesystem;
using test_support::command_result;
using test_support::shell_word;

std::string const include_dir = TEST_SOURCE_DIR "/include";

command_result compile(std::string const& program, std::string const& options) {
    static int count = 0;
    fs::path const file =
        fs::temp_directory_path() /
        ("shared_memory-habits-" + std::to_string(test_support::own_process_id()) + '-' +
         std::to_string(++count) + ".cpp");
    std::ofstream(file) << program;
    std::string command = shell_word(TEST_COMPILER) + " -fsyntax-only -Werror " + options + " -I" +
                          shell_word(include_dir);
    std::vector<std::string> includes;
    boost::split(includes, TEST_BOOST_INCLUDE, boost::is_any_of(":"), boost::token_compress_on);
    for (std::string const& include : includes)
        if (!include.empty())
            // -isystem would put what the compiler knows by itself into another place.
            command += (include == "/usr/include" ? " -I" : " -isystem ") + shell_word(include);
    command_result const result =
        test_support::run_command(command + ' ' + shell_word(file.string()));
    fs::remove(file);
    return result;
}

// Each header of the library, as it is included; and what else they include.
struct headers {
    std::set<std::string> ours;
    std::set<std::string> others;
};
headers all_headers() {
    headers found;
    std::regex const include("^ *# *include <([^>]+)>");
    for (auto const& entry : fs::recursive_directory_iterator(include_dir)) {
        if (entry.path().extension() != ".hpp")
            continue;
        found.ours.insert(fs::relative(entry.path(), include_dir).generic_string());
        std::ifstream file(entry.path());
        std::smatch match;
        for (std::string line; std::getline(file, line);)
            if (std::regex_search(line, match, include) &&
                match[1].str().compare(0, 14, "shared_memory/") != 0)
                found.others.insert(match[1]);
    }
    return found;
}

// Whatever one can call.
constexpr char const* uses = R"(
#include <shared_memory/shared_memory.hpp>
namespace sm = shared_memory;
struct sample { int number; double value; };
int use(sm::circular_buffer& ring, sm::shared_array<sample>& array, sm::shared_array<long>& longs,
        sm::buffer_read_write& buffer) {
    using namespace std::chrono_literals;
    const sample one{1, 2.0};
    std::array<int, 3> three{};
    ring.write(one);
    (void)ring.try_write(three);
    (void)ring.try_write_for(1, 1s);
    ring.write([](boost::span<std::byte>) -> std::size_t { return 4; });
    ring.read([](boost::span<const std::byte>) {});
    auto claim = ring.claim_write();
    claim.commit(1);
    auto claims = ring.claim_write(3);
    (void)ring.try_read_until<sample>(std::chrono::system_clock::now());
    array.fill(one);
    array[0] = one;
    array.write(one, 0);
    longs.fill(1);
    (void)longs.contains(1);
    buffer.write(1, 0);
    buffer.write([](boost::span<std::byte>) {});
    buffer.read([](boost::span<const std::byte>) {}, 3);
    buffer.read(three, 0);
    (void)buffer.acquire_write_lock(1s);
    sm::circular_buffer* both[] = {&ring, &ring};
    (void)sm::wait_any(both, 1s);
    (void)std::hash<sm::segment_id>()(ring.id());
    return ring.read<int>();
}
)";

bool is_gnu() {
    return test_support::run_command(shell_word(TEST_COMPILER) + " --version")
               .output.find("Free Software Foundation") != std::string::npos;
}

} // namespace

// A function's name in parentheses is no macro's.
BOOST_AUTO_TEST_CASE(min_and_max_are_macros) {
    headers const all = all_headers();
    BOOST_TEST(all.ours.size() > 50U);
    std::string program;
    // Of others' headers some do not bear it.
    for (std::string const& header : all.others)
        program += "#if __has_include(<" + header + ">)\n#include <" + header + ">\n#endif\n";
    program += "#define min(a, b) (((a) < (b)) ? (a) : (b))\n"
               "#define max(a, b) (((a) > (b)) ? (a) : (b))\n";
    for (std::string const& header : all.ours)
        program += "#include <" + header + ">\n";
    command_result const result = compile(program + uses, "-std=c++17");
    BOOST_TEST(result.status == 0, result.output);
}

BOOST_AUTO_TEST_CASE(more_warnings) {
    std::string const warnings = "-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow "
                                 "-Wold-style-cast -Wcast-qual -Wnon-virtual-dtor "
                                 "-Woverloaded-virtual -Wundef -Wformat=2";
    std::string const own = is_gnu() ? " -Wuseless-cast -Wduplicated-cond -Wlogical-op" : "";
    for (char const* const standard : {" -std=c++17", " -std=c++20"}) {
        command_result const result = compile(uses, warnings + own + standard);
        BOOST_TEST(result.status == 0, result.output);
    }
}
