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
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <thread>

namespace test_support {
namespace {

namespace ut = boost::unit_test;

std::atomic<unsigned> current_limit{0};

// The name of the running test case; "" between cases.
std::string current_case;

// Where the result lines go: the file PROGRAM of the directory that the environment names; by hand,
// nowhere.
std::string results_file() {
    char const* const directory = std::getenv("SHARED_MEMORY_TEST_RESULTS");
    return directory == nullptr ? std::string() : std::string(directory) + "/" + program_name();
}

// What an earlier run of this program, which crashed, wrote there.
std::set<std::string> const& earlier_results() {
    static std::set<std::string> const lines = [] {
        std::set<std::string> all;
        std::ifstream file(results_file());
        for (std::string line; std::getline(file, line);)
            all.insert(line);
        return all;
    }();
    return lines;
}

// One line a case, written at once, so that a crash loses none:
//     begin NAME / passed NAME / failed NAME / skipped NAME: REASON
void result(std::string const& line) {
    static std::ofstream file(results_file(), std::ios::binary | std::ios::app);
    if (file.is_open() && earlier_results().count(line) == 0)
        file << line << std::endl;
}

constexpr char earlier[] = "ran before the crash";

struct case_list : ut::test_tree_visitor {
    void visit(ut::test_case const& tc) override { ids.push_back(tc.p_id); }
    std::vector<ut::test_unit_id> ids;
};

// What is in the master suite itself.
struct top_units : case_list {
    bool test_suite_start(ut::test_suite const& suite) override {
        if (suite.p_id == ut::framework::master_test_suite().p_id)
            return true;
        ids.push_back(suite.p_id);
        return false;
    }
};

std::string file_of(ut::test_unit const& unit) {
    std::string const path(unit.p_file_name.begin(), unit.p_file_name.end());
    return std::filesystem::path(path).stem().string();
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
        if (why == earlier)
            return;
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

void sort_cases_by_file() {
    ut::test_suite& all = ut::framework::master_test_suite();
    std::map<std::string, std::vector<ut::test_unit*>> files;
    all.generate(); // the cases that are made from data
    top_units top;
    ut::traverse_test_tree(all, top, true);
    for (ut::test_unit_id const id : top.ids) {
        ut::test_unit& unit = ut::framework::get(id, ut::TUT_ANY);
        files[file_of(unit)].push_back(&unit);
    }
    if (files.size() < 2)
        return;
    for (auto const& [name, units] : files) {
        auto* const suite =
            new ut::test_suite(name, units.front()->p_file_name, 0); // Boost.Test's now
        for (ut::test_unit* const unit : units) {
            all.remove(unit->p_id);
            suite->add(unit);
        }
        all.add(suite);
    }
}

void leave_out_earlier_cases() {
    case_list cases;
    ut::traverse_test_tree(ut::framework::master_test_suite(), cases, true);
    for (ut::test_unit_id const id : cases.ids) {
        ut::test_unit& unit = ut::framework::get(id, ut::TUT_CASE);
        if (earlier_results().count("begin " + unit.full_name()) != 0)
            unit.add_precondition([](ut::test_unit_id) {
                boost::test_tools::assertion_result no(false);
                no.message() << earlier;
                return no;
            });
    }
}

void observe_cases() {
    static case_observer observer;
    name_prefix();
    ut::framework::register_observer(observer);
}

// ---- The watchdog

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

std::string unique_name(std::string_view hint) {
    static std::atomic<int> counter{0};
    std::string name = name_prefix() + std::to_string(++counter) + "-" + current_case + "-";
    name += hint;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-')
            c = '_';
    return name.substr(0, 200); // the library's limit
}

namespace {
bool (*judge_of_leftovers)(std::string const&) = nullptr;
}

leftover_registration::leftover_registration(bool (*may_stay)(std::string const&)) {
    judge_of_leftovers = may_stay;
}

bool nothing_left_behind() {
    bool clean = true;
    for (std::string const& entry : remove_leftovers(name_prefix(), judge_of_leftovers)) {
        std::cout << "left behind: /dev/shm/" << entry << " (removed now)" << std::endl;
        result("failed left behind: " + entry);
        clean = false;
    }
    return clean;
}

// ---- The rest

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
