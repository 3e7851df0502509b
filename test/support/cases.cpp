// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Watches test cases: the watchdog, the result lines that test/run counts, names, what is left
// over.

#include "internal.hpp"
#include "support.hpp"

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>

#include <atomic>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace test_support {
namespace {

namespace ut = boost::unit_test;

std::atomic<unsigned> current_limit{0};

// The name of the running test case; "" between cases.
std::string current_case;

// One line a case, written at once, so that a crash loses none:
//     begin NAME / passed NAME / failed NAME / skipped NAME: REASON
// in the file PROGRAM of the directory that the environment names; by hand, there is none.
void result(std::string const& line) {
    static std::ofstream const* const file = [] {
        char const* const directory = std::getenv("SHARED_MEMORY_TEST_RESULTS");
        return directory == nullptr
                   ? nullptr
                   : new std::ofstream(std::string(directory) + "/" + program_name(),
                                       std::ios::binary);
    }();
    if (file != nullptr)
        *const_cast<std::ofstream*>(file) << line << std::endl;
}

// Result lines for all the cases of a skipped suite.
struct skip_cases : ut::test_tree_visitor {
    explicit skip_cases(std::string why) : reason(std::move(why)) {}
    void visit(ut::test_case const& tc) override {
        result("skipped " + tc.full_name() + ": " + reason);
    }
    std::string reason;
};

struct case_observer : ut::test_observer {
    // Behind the results collector (3), so that a case's result is known.
    int priority() override { return 4; }

    void test_unit_start(ut::test_unit const& unit) override {
        if (unit.p_type != ut::TUT_CASE)
            return;
        current_case = unit.p_name;
        result("begin " + unit.full_name());
        current_limit = 0;
        arm_watchdog("test case " + unit.full_name());
    }

    void test_unit_finish(ut::test_unit const& unit, unsigned long) override {
        if (unit.p_type != ut::TUT_CASE)
            return;
        disarm_watchdog();
        current_case.clear();
        bool const passed = ut::results_collector.results(unit.p_id).passed();
        result((passed ? "passed " : "failed ") + unit.full_name());
    }

    void test_unit_skipped(ut::test_unit const& unit, ut::const_string reason) override {
        std::string why(reason.begin(), reason.end());
        if (why == "disabled") // not asked for, by the command line or in the source
            return;
        std::string const boosts_words = "precondition failed: ";
        if (why.compare(0, boosts_words.size(), boosts_words) == 0)
            why.erase(0, boosts_words.size());
        std::cout << unit.full_name() << ": " << why << std::endl;
        skip_cases visitor(why);
        ut::traverse_test_tree(unit, visitor);
    }
};

} // namespace

// The first process's id, in its forks too.
std::string const& name_prefix() {
    static std::string const prefix = "test-" + std::to_string(process_id()) + "-";
    return prefix;
}

void observe_cases() {
    static case_observer observer;
    name_prefix();
    ut::framework::register_observer(observer);
}

// ---- The watchdog
// ---------------------------------------------------------------------------------

unsigned watchdog_limit() {
    if (current_limit == 0) {
        char const* const told = std::getenv(watchdog_variable);
        int const seconds = told == nullptr ? 0 : std::atoi(told);
        current_limit = seconds > 0 ? static_cast<unsigned>(seconds) : 120U;
    }
    return current_limit;
}

void arm_watchdog(std::string const& what) {
    start_timer("\nwatchdog: " + what + " hangs: it is not done after " +
                    std::to_string(watchdog_limit()) + " s\n",
                watchdog_limit());
}

void disarm_watchdog() {
    stop_timer();
}

void watchdog(std::chrono::seconds limit) {
    current_limit = static_cast<unsigned>(limit.count());
    arm_watchdog("test case " + current_case);
}

bool becomes_true(std::function<bool()> const& condition, std::chrono::milliseconds limit) {
    auto const deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline)
            return condition();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

// ---- Names
// ----------------------------------------------------------------------------------------

std::string unique_name(std::string_view hint) {
    static std::atomic<int> counter{0};
    std::string name = name_prefix() + std::to_string(++counter) + "-" + current_case + "-";
    name += hint;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-')
            c = '_';
    return name.substr(0, 200); // the library's limit
}

bool nothing_left_behind() {
    bool clean = true;
    for (std::string const& entry : remove_leftovers(name_prefix())) {
        std::cout << "left behind: /dev/shm/" << entry << " (removed now)" << std::endl;
        result("failed left behind: " + entry);
        clean = false;
    }
    return clean;
}

// ---- The rest
// -------------------------------------------------------------------------------------

ut::precondition needs(std::string const& what, std::function<bool()> available) {
    return ut::precondition([what, available](ut::test_unit_id) {
        boost::test_tools::assertion_result answer(available());
        if (!answer)
            answer.message() << "skipped: needs " << what;
        return answer;
    });
}

ut::precondition needs_robust_waiting(bool robust) {
    return needs("robust waiting (not sync=interprocess)", [robust] { return robust; });
}

} // namespace test_support
