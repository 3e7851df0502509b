// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#if defined(SHARED_MEMORY_TEST_HEADERS_ONLY) // there is no Boost.Test to link with
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <boost/test/included/unit_test.hpp>
#endif

#include "internal.hpp"
#include "support.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace test_support {
namespace {

constexpr int role_threw = 99;
constexpr int no_such_role = 98;

std::map<std::string, role_function>& roles() {
    static std::map<std::string, role_function> all; // a function's: registrations run before main
    return all;
}

int run_role(std::string const& name, role_args const& args) {
    auto const found = roles().find(name);
    if (found == roles().end()) {
        std::fprintf(stderr, "no role '%s' in this program\n", name.c_str());
        return no_such_role;
    }
    arm_watchdog("role " + name);
    try {
        return found->second(args);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "role %s: %s\n", name.c_str(), e.what());
    } catch (...) {
        std::fprintf(stderr, "role %s: an unknown exception\n", name.c_str());
    }
    return role_threw;
}

bool start_tests() {
    namespace ut = boost::unit_test;
    ut::framework::master_test_suite().p_name.value = program_name();
    sort_cases_by_file();
    leave_out_earlier_cases();
    observe_cases();
    return true;
}

} // namespace

role_registration::role_registration(char const* name, role_function function) {
    if (!roles().emplace(name, function).second) {
        std::fprintf(stderr, "this program has two roles '%s': give one of them another name\n",
                     name);
        std::abort();
    }
}

} // namespace test_support

#if defined(__SANITIZE_THREAD__)
// Tests fork while they have threads, and the children have threads of their own.
extern "C" char const* __tsan_default_options() {
    return "die_after_fork=0";
}
#endif

int main(int argc, char** argv) {
    test_support::start_program();

    if (argc >= 3 && std::strcmp(argv[1], "--role") == 0)
        return test_support::run_role(argv[2], {argv + 3, argv + argc});

    // Boost.Test would count each killed child as a failure, jump out of a crashed case with its
    // locks held, and hide the crash from a sanitizer. A crash ends the program; test/run counts
    // it.
    test_support::default_variable("BOOST_TEST_CATCH_SYSTEM_ERRORS", "no");
    if (!test_support::output_is_terminal())
        test_support::default_variable("BOOST_TEST_COLOR_OUTPUT", "no");
    int const status = boost::unit_test::unit_test_main(&test_support::start_tests, argc, argv);
    return test_support::nothing_left_behind() ? status : EXIT_FAILURE;
}
