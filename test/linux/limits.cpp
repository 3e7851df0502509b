// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The limits that a process may have (ulimit), and a /dev/shm that is not as usual: what cannot be
// made is an error that names the limit, nothing is left behind, and no signal ends the process.
//
// Not on Windows: is about setrlimit, signals and /dev/shm.

#include "checks.hpp"
#include "segment_files.hpp"
#include "users.hpp"

#include <grp.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

class limit_checks : public checks {
public:
    // The error's text has all these words.
    template <class Call>
    void fails(errc code, std::string const& what, Call&& call,
               std::vector<std::string> const& words) {
        std::string const text = checks::fails(code, what, call);
        for (std::string const& word : words)
            that(text.find(word) != std::string::npos, '"' + word + "\" in: " + text);
    }
    // Neither the segment nor what it was built in.
    void nothing_left(std::string const& name) {
        that(!exists(name), name + " is not there");
        for (std::string const& one : temporaries())
            that(one.compare(0, name.size(), name) != 0, one + " is not there");
    }
};

template <class Resource>
bool limit(Resource resource, rlim_t value) {
    struct rlimit const both{value, value};
    return setrlimit(resource, &both) == 0;
}

// From here on, nobody else sees what is mounted.
bool enter_namespace() {
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool may_mount() {
    return is_root() && child("limits_mounts").wait() == 0;
}

volatile std::sig_atomic_t signals_come = 0;

bool is_pending(int signal) {
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal) == 1;
}

// Bytes of a segment of that many nodes of 1 KiB.
std::uint64_t bytes_of(std::uint32_t nodes) {
    return sm::circular_buffer(sm::create_only, unique_name("size"), nodes, 1024).total_size();
}

} // namespace

SHARED_MEMORY_TEST_ROLE(limits_mounts) {
    return enter_namespace() ? 0 : 1;
}

// ---- The size of files (ulimit -f)

// NAME, LIMIT, and what is to be done about the signal that comes with the error.
SHARED_MEMORY_TEST_ROLE(limits_files) {
    limit_checks check;
    std::string const& name = args.at(0);
    std::string const& most = args.at(1);
    std::string const& how = args.at(2);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGXFSZ);
    std::signal(SIGXFSZ, how == "ignored" ? SIG_IGN : SIG_DFL);
    if (how == "handled")
        std::signal(SIGXFSZ, [](int) { signals_come = signals_come + 1; });
    if (how == "blocked" || how == "pending")
        sigprocmask(SIG_BLOCK, &one, nullptr);
    if (how == "pending")
        raise(SIGXFSZ);
    if (!limit(RLIMIT_FSIZE, std::stoull(most)))
        return 3;
    std::vector<std::string> const words = {'"' + name + '"', most + " bytes at most", "ulimit -f",
                                            "LimitFSIZE"};
    check.fails(
        errc::no_space, "create_only",
        [&] { sm::circular_buffer(sm::create_only, name, 4096, 1024); }, words);
    check.nothing_left(name);
    check.fails(
        errc::no_space, "open_or_create",
        [&] { sm::circular_buffer(sm::open_or_create, name, 4096, 1024); }, words);
    check.nothing_left(name);
    check.fails(
        errc::no_space, "an array",
        [&] { sm::shared_array<int>(sm::create_only, name, 1U << 21U); }, words);
    check.nothing_left(name);
    std::error_code ec;
    check.that(!sm::circular_buffer(sm::create_only, name, 4096, 1024, ec).is_open(), "no segment");
    check.that(ec == std::errc::no_space_on_device, "the code is told: " + ec.message());
    check.that(signals_come == 0, "no handler is called");
    check.that(is_pending(SIGXFSZ) == (how == "pending"), "the program's own signal is left alone");
    return check.status();
}

BOOST_AUTO_TEST_CASE(file_size) {
    std::uint64_t const whole = bytes_of(4096);
    for (char const* const how : {"default", "ignored", "handled", "blocked", "pending"}) {
        for (std::uint64_t const most : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4096},
                                         std::uint64_t{1} << 20U, whole - 1}) {
            child one("limits_files", {unique_name("ring"), std::to_string(most), how});
            BOOST_TEST(one.wait() == 0, how << ", " << most << " bytes");
        }
    }
}

// The limit counts for who makes the segment, and for nobody who uses it.
SHARED_MEMORY_TEST_ROLE(limits_user) {
    if (!limit(RLIMIT_FSIZE, 0))
        return 3;
    sm::circular_buffer ring(sm::open_only, args.at(0));
    std::vector<char> const message(1024, 'x');
    for (int i = 0; i != 64; ++i)
        ring.write(message);
    return 0;
}

SHARED_MEMORY_TEST_ROLE(limits_exact) {
    if (!limit(RLIMIT_FSIZE, std::stoull(args.at(1))))
        return 3;
    sm::circular_buffer ring(sm::create_only, args.at(0), 64, 1024);
    ring.write(1);
    // What the program itself writes beyond its limit is its own affair, as ever.
    std::signal(SIGXFSZ, SIG_DFL);
    pid_t const other = fork();
    if (other == 0) {
        write_object(args.at(0) + "-more", "x");
        _exit(truncate(path_of(args.at(0) + "-more").c_str(), 1U << 20U));
    }
    int status = 0;
    waitpid(other, &status, 0);
    remove_object(args.at(0) + "-more");
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ ? 0 : 4;
}

BOOST_AUTO_TEST_CASE(file_size_that_is_enough) {
    std::string const name = unique_name("ring");
    BOOST_TEST(child("limits_exact", {name, std::to_string(bytes_of(64))}).wait() == 0);
    sm::circular_buffer const ring(sm::create_only, name, 64, 1024);
    BOOST_TEST(child("limits_user", {name}).wait() == 0);
    BOOST_TEST(ring.size() == 64U);
}

// ---- The address space (ulimit -v), and locked memory (ulimit -l)

SHARED_MEMORY_TEST_ROLE(limits_address_space) {
    limit_checks check;
    std::string const& name = args.at(0);
    if (!limit(RLIMIT_AS, rlim_t{200} << 20U))
        return 3;
    std::vector<std::string> const words = {"209715200 bytes of address space", "ulimit -v",
                                            "LimitAS"};
    check.fails(
        errc::no_space, "create_only",
        [&] { sm::circular_buffer(sm::create_only, name + "-new", 1U << 20U, 256); }, words);
    check.nothing_left(name + "-new");
    std::vector<sm::circular_buffer> open;
    check.fails(
        errc::no_space, "open_only",
        [&] {
            for (;;)
                open.emplace_back(sm::open_only, name);
        },
        words);
    check.that(!open.empty(), "one has room");
    return check.status();
}

BOOST_AUTO_TEST_CASE(address_space,
                     *needs("a build without sanitizers", [] { return !sanitized; })) {
    sm::circular_buffer const ring(sm::create_only, unique_name("ring"), 64, 1U << 20U);
    BOOST_TEST(child("limits_address_space", {ring.name()}).wait() == 0);
    BOOST_TEST(ring.participants().size() == 1U);
}

SHARED_MEMORY_TEST_ROLE(limits_locked_memory) {
    limit_checks check;
    std::string const& name = args.at(0);
    if (!limit(RLIMIT_MEMLOCK, 1U << 20U) || (is_root() && !become(nobody)) ||
        mlockall(MCL_FUTURE) != 0)
        return 3;
    check.fails(errc::no_space, "create_only",
                [&] { sm::circular_buffer(sm::create_only, name, 4096, 1024); },
                {"locks all its memory", "1048576 bytes", "ulimit -l", "LimitMEMLOCK"});
    check.nothing_left(name);
    return check.status();
}

BOOST_AUTO_TEST_CASE(locked_memory,
                     *needs("a build without sanitizers", [] { return !sanitized; })) {
    BOOST_TEST(child("limits_locked_memory", {unique_name("ring")}).wait() == 0);
}

// ---- A /dev/shm that is not as usual

SHARED_MEMORY_TEST_ROLE(limits_no_folder) {
    limit_checks check;
    if (!enter_namespace() || mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") != 0)
        return 3;
    auto const fails = [&](char const* what, auto call) {
        check.fails(errc::system_error, what, call, {"\"ring\"", "no folder /dev/shm", "mount"});
    };
    fails("create_only", [] { sm::circular_buffer(sm::create_only, "ring", 4, 8); });
    fails("open_or_create", [] { sm::circular_buffer(sm::open_or_create, "ring", 4, 8); });
    fails("open_only", [] { sm::circular_buffer(sm::open_only, "ring"); });
    fails("open_read_only", [] { sm::circular_buffer(sm::open_read_only, "ring"); });
    fails("remove", [] { (void)sm::circular_buffer::remove("ring"); });
    return check.status();
}

SHARED_MEMORY_TEST_ROLE(limits_read_only_folder) {
    limit_checks check;
    if (!enter_namespace() || mount("tmpfs", "/dev/shm", "tmpfs", MS_RDONLY, "mode=1777") != 0)
        return 3;
    check.fails(errc::system_error, "create_only",
                [] { sm::circular_buffer(sm::create_only, "ring", 4, 8); },
                {"\"ring\"", "mounted read-only"});
    check.fails(errc::not_found, "open_only", [] { sm::circular_buffer(sm::open_only, "ring"); },
                {"does not exist"});
    return check.status();
}

SHARED_MEMORY_TEST_ROLE(limits_closed_folder) {
    limit_checks check;
    if (!enter_namespace() || mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=755") != 0 ||
        !become(nobody))
        return 3;
    check.fails(errc::permission_denied, "create_only",
                [] { sm::circular_buffer(sm::create_only, "ring", 4, 8); },
                {"\"ring\"", "user 65534 may not create files in /dev/shm", "mode 0755", "1777"});
    return check.status();
}

// A profile (AppArmor, snap) may let a program have files whose names begin as it says.
SHARED_MEMORY_TEST_ROLE(limits_own_names) {
    limit_checks check;
    if (!enter_namespace() || mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") != 0)
        return 3;
    int const events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify_add_watch(events, "/dev/shm", IN_ALL_EVENTS) < 0)
        return 3;
    std::string const name = "snap.program.ring";
    {
        sm::circular_buffer ring(sm::create_only, name, 4, 8);
        sm::circular_buffer const other(sm::open_or_create, name, 4, 8);
        ring.write(1);
    }
    sm::circular_buffer(sm::open_or_create, name, 4, 8);
    std::error_code ec;
    sm::circular_buffer(sm::create_only, name, 1U << 20U, 1U << 20U, ec);
    check.that(static_cast<bool>(ec), "too large: " + ec.message());
    std::size_t seen = 0;
    alignas(inotify_event) char buffer[65536];
    for (ssize_t bytes = 0; (bytes = read(events, buffer, sizeof buffer)) > 0;) {
        for (char const* at = buffer; at != buffer + bytes;) {
            auto const& event = *reinterpret_cast<inotify_event const*>(at);
            at += sizeof event + event.len;
            std::string const file = event.len == 0 ? "" : event.name;
            check.that(file.empty() || file.compare(0, name.size(), name) == 0,
                       file + " begins with the segment's name");
            seen += file.empty() ? 0 : 1;
        }
    }
    close(events);
    check.that(seen > 5, "what is made is seen");
    return check.status();
}

BOOST_AUTO_TEST_SUITE(folder, *needs("root, to mount", may_mount))

BOOST_AUTO_TEST_CASE(none) {
    BOOST_TEST(child("limits_no_folder").wait() == 0);
}

BOOST_AUTO_TEST_CASE(mounted_read_only) {
    BOOST_TEST(child("limits_read_only_folder").wait() == 0);
}

BOOST_AUTO_TEST_CASE(all_names_begin_with_the_segments) {
    BOOST_TEST(child("limits_own_names").wait() == 0);
}

BOOST_AUTO_TEST_CASE(of_another_user) {
    BOOST_TEST(child("limits_closed_folder").wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- Who may

SHARED_MEMORY_TEST_ROLE(limits_another_user) {
    limit_checks check;
    if (!become(nobody))
        return 3;
    std::string const& name = args.at(0);
    std::string const mode = args.at(1);
    std::vector<std::string> const words = {'"' + name + '"', "user 0", "mode " + mode,
                                            "runs as user 65534"};
    check.fails(
        errc::permission_denied, "open", [&] { sm::circular_buffer(sm::open_only, name); }, words);
    check.fails(
        errc::permission_denied, "remove", [&] { (void)sm::circular_buffer::remove(name); }, words);
    return check.status();
}

BOOST_AUTO_TEST_CASE(owner_and_mode_are_told, *needs("root, to be another user", is_root)) {
    for (auto const& [mode, text] : {std::pair(0600U, "0600"), std::pair(0644U, "0644")}) {
        sm::circular_buffer const ring(sm::create_only, unique_name("ring"), 4, 8,
                                       sm::options().permissions(sm::permissions(mode)));
        BOOST_TEST(child("limits_another_user", {ring.name(), text}).wait() == 0, text);
    }
}
