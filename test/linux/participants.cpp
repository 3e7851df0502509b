// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is alive, where Linux has ways of its own: exec, core dumps, namespaces of process ids.
//
// Not on Windows: is about exec, core dumps and namespaces.

#include "peer.hpp"
#include "users.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace test_support;

namespace {

sm::participant find(sm::segment_handle const& handle, pid_t pid) {
    for (sm::participant const& p : handle.participants())
        if (p.process_id == static_cast<std::uint64_t>(pid))
            return p;
    throw std::runtime_error("process " + std::to_string(pid) + " is no participant");
}

bool is_alive(sm::segment_handle const& handle, pid_t pid) {
    return find(handle, pid).alive;
}

bool not_sanitized() {
    return !test_support::sanitized;
}

} // namespace

SHARED_MEMORY_TEST_ROLE(core_dumper) {
    std::filesystem::current_path(args.at(1));
    rlimit const unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &unlimited) != 0)
        return 1;
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto const claim = ring.claim_read();
    say("attached");
    die_by(hear());
    return 0;
}

BOOST_AUTO_TEST_CASE(exec_is_leaving) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    peer other("open_only " + name);
    BOOST_TEST(is_alive(ring, other.pid()));
    BOOST_TEST(other.ask("exec") == "executed"); // the same process lives on, as another program
    BOOST_TEST(::kill(other.pid(), 0) == 0);
    BOOST_TEST(!is_alive(ring, other.pid()));
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
}

// A process that dumps its core lives until that is written: the segment is no part of it.
BOOST_AUTO_TEST_CASE(core_dump, *needs("a build without sanitizers", not_sanitized)) {
    namespace fs = std::filesystem;
    std::string pattern;
    std::getline(std::ifstream("/proc/sys/kernel/core_pattern"), pattern);
    bool const is_written_here = !pattern.empty() && pattern.find_first_of("|/") == pattern.npos;
    constexpr std::uintmax_t bytes = 64U << 20U;
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 1024, bytes / 1024);
    std::vector<char> const message(bytes / 1024, 'x');
    while (ring.try_write(message)) {
    }
    for (int const signal : {SIGABRT, SIGSEGV}) {
        fs::path const folder = fs::temp_directory_path() / unique_name("cores");
        fs::create_directory(folder);
        child dumper("core_dumper", {name, folder.string()});
        BOOST_TEST(dumper.read_line() == "attached");
        auto const death = std::chrono::steady_clock::now();
        dumper.send_line(signal == SIGABRT ? "abort" : "segv");
        auto const dies = [&] { return !is_alive(ring, dumper.pid()); };
        BOOST_TEST(becomes_true(dies, std::chrono::seconds(60)));
        std::cout << "core dump: seen as dead after "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::steady_clock::now() - death)
                         .count()
                  << " ms" << std::endl;
        auto const report = ring.recover();
        BOOST_TEST(report.participants_reaped() == 1U);
        BOOST_TEST(report.reads_redelivered() == 1U);
        BOOST_TEST(dumper.wait() == 128 + signal);
        int cores = 0;
        for (auto const& core : fs::directory_iterator(folder)) {
            ++cores;
            BOOST_TEST(core.file_size() < bytes, "the dump holds the segment");
        }
        BOOST_TEST((cores == 1 || !is_written_here), "no core was dumped");
        fs::remove_all(folder);
    }
}

// In another container process ids mean something else: this one's is 1 there.
SHARED_MEMORY_TEST_ROLE(contained_peer) {
    if (unshare(CLONE_NEWPID) != 0)
        return 1;
    pid_t const pid = fork();
    if (pid != 0) {
        waitpid(pid, nullptr, 0);
        _exit(0); // a leak checker could not start here
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sm::circular_buffer ring(sm::open_only, args.at(0));
    say(std::to_string(getpid()));
    bool const others_alive = ring.owner_alive() && ring.readers_alive() == 2;
    ring.write(others_alive && ring.recover().participants_reaped() == 0 ? 1 : 0);
    hear();
    _exit(0);
}

BOOST_AUTO_TEST_CASE(another_pid_namespace, *needs("root, for unshare", is_root)) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    child container("contained_peer", {name});
    BOOST_TEST(container.read_line() == "1");
    BOOST_TEST(is_alive(ring, 1));
    BOOST_TEST(ring.recover().participants_reaped() == 0U);
    BOOST_TEST(ring.read<int>() == 1, "inside, they do not look alive");
    container.send_line("die");
    BOOST_TEST(container.wait() == 0);
    BOOST_TEST(!is_alive(ring, 1));
    BOOST_TEST(ring.recover().participants_reaped() == 1U);
}
