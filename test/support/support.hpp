// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What every test program has besides Boost.Test: a main() that can also be another process of the
// same test (a role), a watchdog for each test case, and names that nobody else uses.

#ifndef SHARED_MEMORY_TEST_SUPPORT_HPP
#define SHARED_MEMORY_TEST_SUPPORT_HPP

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace test_support {

// ---- Roles: what this program does as another process

using role_args = std::vector<std::string>;
using role_function = int (*)(role_args const&);

struct role_registration {
    // Two roles of one name are an error: the program says so and ends.
    role_registration(char const* name, role_function function);
};

// Registers a function that this very program runs when it re-executes itself as
// `--role NAME ARGS...`; what it returns is the exit status of that process. The name is the only one
// of its kind in the program:
//
//     SHARED_MEMORY_TEST_ROLE(writer) {
//         ring r(open_only, args.at(0));
//         test_support::say("ready");
//         ...
//         return 0;
//     }
#define SHARED_MEMORY_TEST_ROLE(name)                                                              \
    static int name(::test_support::role_args const& args);                                        \
    static ::test_support::role_registration const name##_registration{#name, &name};              \
    static int name([[maybe_unused]] ::test_support::role_args const& args)
// The same in a header, for all the sources of a program that include it.
#define SHARED_MEMORY_TEST_ROLE_OF_HEADER(name)                                                    \
    inline int name(::test_support::role_args const& args);                                        \
    inline ::test_support::role_registration const name##_registration{#name, &name};              \
    inline int name([[maybe_unused]] ::test_support::role_args const& args)

// For roles: one line to the parent (child::read_line), one line from it (child::send_line).
void say(std::string_view line);
std::string hear(); // throws std::runtime_error at the end of the input

// A peer process running a role of this program. Movable; for one thread at a time.
class child {
public:
    explicit child(std::string role, std::vector<std::string> args = {});
    //! Another program, by its path.
    static child program(std::string const& path, std::vector<std::string> args = {});
    child(child&& other) noexcept;
    child& operator=(child&& other) noexcept;
    ~child(); // kills and reaps if it is still running

    int wait();              // its exit status, or 128 + signal; after 60 s kills it and throws
    void kill();             // SIGKILL, and reap
    void stop();             // SIGSTOP, and wait until it is stopped
    void cont();             // SIGCONT
    std::string read_line(); // from its stdout; throws at the end, or (and kills it) after 60 s
    void send_line(std::string_view line); // to its stdin; throws when it is gone
    void end_input();                      // of its stdin
    pid_t pid() const;

private:
    struct state;
    explicit child(std::unique_ptr<state> started);
    std::unique_ptr<state> state_;
};

// ---- Names

// As if it had been killed.
[[noreturn]] void die_at_once();
// This process's, as a participant's.
std::uint64_t own_process_id();
// This program's file, with its folder; and an example's, of the same build.
std::string own_path();
std::string example_path(std::string const& name);
// It has not ended, or has not been reaped.
bool process_exists(pid_t process);

// A segment name of this process, this test case and this call. After the last case the program
// fails if /dev/shm holds an entry with one of these names in its own, but for segments that may stay
// (leftovers.hpp).
std::string unique_name(std::string_view hint);
struct leftover_registration {
    explicit leftover_registration(bool (*may_stay)(std::string const& name));
};

// ---- Time

// The most that the running test case may take, from now: then the program says which case hung and
// aborts. 120 s unless told; a test's children have the same limit.
void watchdog(std::chrono::seconds limit);

// Whether `condition` became true within `limit`; looks every millisecond.
bool becomes_true(std::function<bool()> const& condition,
                  std::chrono::milliseconds limit = std::chrono::seconds(10));

// ---- The rest

// A decorator that skips a test case where something it needs is missing, and says so:
//     BOOST_AUTO_TEST_CASE(as_another_user, *test_support::needs("root", [] { return geteuid() ==
//     0; }))
boost::unit_test::precondition needs(std::string const& what, std::function<bool()> available);

// Whether every access is checked, by the address sanitizer or the thread sanitizer: all is slower,
// and memory is not as it is otherwise.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

// Whether this build's waiting holds whatever is killed in it: the one with Boost.Interprocess's
// mutex and condition cannot, see doc/synchronisation.md.
#if defined(SHARED_MEMORY_SYNC_INTERPROCESS)
constexpr bool waiting_is_robust = false;
#else
constexpr bool waiting_is_robust = true;
#endif
boost::unit_test::precondition needs_robust_waiting(bool robust = waiting_is_robust);

// Runs a shell command; `output` has its stdout and stderr.
struct command_result {
    int status; // as child::wait()
    std::string output;
};
command_result run_command(std::string const& command);

// `text` as one word of a shell command.
std::string shell_word(std::string_view text);

} // namespace test_support

#endif
