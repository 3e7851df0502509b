// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Who is attached, and who of them is alive: by whatever way it died.

#include "peer.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <set>
#include <sys/prctl.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

sm::participant find(sm::shared_buffer const& handle, pid_t pid) {
    for (sm::participant const& p : handle.participants())
        if (p.process_id == static_cast<std::uint64_t>(pid))
            return p;
    throw std::runtime_error("process " + std::to_string(pid) + " is no participant");
}

bool is_alive(sm::shared_buffer const& handle, pid_t pid) {
    return find(handle, pid).alive;
}

bool not_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

bool is_root() {
    return geteuid() == 0;
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

BOOST_AUTO_TEST_CASE(slots_processes_roles) {
    std::string const name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8, sm::options().max_participants(5));
    sm::circular_buffer const reader(sm::open_only, name, sm::options().role(sm::role::reader));
    sm::circular_buffer const writer(sm::open_only, name, sm::options().role(sm::role::writer));
    peer other("open_only " + name);
    auto const all = reader.participants();
    BOOST_TEST_REQUIRE(all.size() == 4U);
    std::set<std::uint32_t> slots;
    auto const self = static_cast<std::uint64_t>(getpid());
    sm::role const roles[] = {sm::role::both, sm::role::reader, sm::role::writer, sm::role::both};
    for (std::size_t i = 0; i != all.size(); ++i) {
        BOOST_TEST_CONTEXT("participant " << i) {
            BOOST_TEST(all[i].slot < 5U);
            BOOST_TEST(slots.insert(all[i].slot).second, "a slot twice");
            BOOST_TEST((i == 0 || all[i - 1].slot < all[i].slot), "not in the slots' order");
            BOOST_TEST(all[i].alive);
            BOOST_TEST(all[i].owner == (i == 0));
            BOOST_TEST(all[i].self == (i == 1));
            BOOST_TEST((all[i].role == roles[i]));
            BOOST_TEST(all[i].process_id ==
                       (i == 3 ? static_cast<std::uint64_t>(other.pid()) : self));
        }
    }
    BOOST_TEST(owner.readers_alive() == 3U); // roles "both" count on either side
    BOOST_TEST(owner.writers_alive() == 3U);
    BOOST_TEST(writer.readers_alive() == 3U);
    other.kill();
    BOOST_TEST(owner.readers_alive() == 2U);
    BOOST_TEST(writer.writers_alive() == 2U);
    BOOST_TEST(owner.participants().size() == 4U);
    BOOST_TEST(!is_alive(owner, other.pid()));
    BOOST_TEST(owner.recover().participants_reaped == 1U);
    BOOST_TEST(owner.participants().size() == 3U);
}

BOOST_AUTO_TEST_CASE(as_many_as_it_was_created_for) {
    for (std::uint32_t const most : {1U, 2U, 64U, 1023U}) {
        BOOST_TEST_CONTEXT("max_participants " << most) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring(sm::create_only, name, 4, 8,
                                     sm::options().max_participants(most));
            std::vector<sm::circular_buffer> others;
            while (others.size() + 1 != most)
                others.emplace_back(sm::open_only, name);
            BOOST_TEST(ring.participants().size() == most);
            BOOST_TEST(ring.readers_alive() == most);
            for (int i = 0; i != 2; ++i) {
                std::vector<std::string> const words = {name, std::to_string(most),
                                                        "max_participants"};
                check_fails(
                    "open_only", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_only, name); }, words);
                check_fails(
                    "open_or_create", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_or_create, name, 4, 8); }, words);
                check_fails(
                    "shared_buffer", errc::too_many_participants,
                    [&] { sm::shared_buffer(sm::open_only, name); }, words);
            }
            ring.write(1);
            if (!others.empty()) {
                BOOST_TEST(others.back().read<int>() == 1);
                others.pop_back();
                others.emplace_back(sm::open_only, name);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dead_ones_slot_is_used_again) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8, sm::options().max_participants(2));
    for (int i = 0; i != 5; ++i) {
        peer other("open_only " + name);
        check_fails("full", errc::too_many_participants,
                    [&] { sm::circular_buffer(sm::open_only, name); });
        auto const dead = find(ring, other.pid());
        other.kill();
        sm::circular_buffer const successor(sm::open_only, name);
        auto const all = successor.participants();
        BOOST_TEST_REQUIRE(all.size() == 2U);
        auto const me = std::find_if(all.begin(), all.end(), [](auto& p) { return p.self; });
        BOOST_TEST_REQUIRE((me != all.end()));
        BOOST_TEST(me->slot == dead.slot);
        BOOST_TEST(!me->owner);
    }
}

SHARED_MEMORY_TEST_ROLE(takes_all_places) {
    std::vector<sm::circular_buffer> all;
    if (args.at(1) == "1")
        all.emplace_back(sm::create_only, args.at(0), 4, 8, sm::options().max_participants(1));
    std::error_code ec;
    do
        all.emplace_back(sm::open_only, args.at(0), ec);
    while (!ec);
    say(ec == errc::too_many_participants ? std::to_string(all.size() - 1) : ec.message());
    hear();
    return 0;
}

// A dead process's places are to be had at once, all of them.
BOOST_AUTO_TEST_CASE(places_freed_by_a_death) {
    for (std::uint32_t const most : {1U, 2U, 1023U}) {
        BOOST_TEST_CONTEXT("max_participants " << most) {
            std::string const name = unique_name("ring");
            std::vector<sm::circular_buffer> ours;
            if (most != 1)
                ours.emplace_back(sm::create_only, name, 4, 8,
                                  sm::options().max_participants(most));
            child other("takes_all_places", {name, std::to_string(most)});
            BOOST_TEST(other.read_line() == std::to_string(most == 1 ? 1 : most - 1));
            check_fails("full", errc::too_many_participants,
                        [&] { sm::circular_buffer(sm::open_only, name); },
                        {name, std::to_string(most), "close a handle", "larger max_participants"});
            other.kill();
            while (ours.size() != most)
                ours.emplace_back(sm::open_only, name);
            check_fails("full again", errc::too_many_participants,
                        [&] { sm::circular_buffer(sm::open_only, name); });
            BOOST_TEST(ours.back().readers_alive() == most);
            BOOST_TEST(ours.back().recover().participants_reaped == 0U);
            ours.back().write(1);
            BOOST_TEST(ours.front().read<int>() == 1);
        }
    }
    std::string const name = unique_name("ring");
    check_fails("1024", errc::out_of_range,
                [&] {
                    sm::circular_buffer(sm::create_only, name, 4, 8,
                                        sm::options().max_participants(1024));
                },
                {"max_participants", "1 to 1023", "1024"});
    BOOST_TEST(!exists(name));
}

// A successor in a dead owner's slot is alive, but not the owner.
BOOST_AUTO_TEST_CASE(the_slot_does_not_make_the_owner) {
    std::string const name = unique_name("ring");
    peer owner("create_only " + name + " 2");
    sm::circular_buffer const ring(sm::open_only, name);
    owner.kill();
    sm::circular_buffer const successor(sm::open_only, name); // in the only other slot
    BOOST_TEST(ring.participants().size() == 2U);
    BOOST_TEST(!ring.owner_alive());
    BOOST_TEST((!successor.is_owner() && !ring.is_owner()));
    for (sm::participant const& p : ring.participants())
        BOOST_TEST((p.alive && !p.owner));
}

BOOST_AUTO_TEST_CASE(every_way_to_die) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    for (char const* const how : {"kill", "_exit", "abort", "segv", "exit"}) {
        BOOST_TEST_CONTEXT(how) {
            peer other("open_only " + name);
            pid_t const pid = other.pid();
            BOOST_TEST(is_alive(ring, pid));
            BOOST_TEST(ring.owner_alive());
            if (std::string(how) == "kill")
                other.kill();
            else
                other.send_line(how);
            other.wait();
            BOOST_TEST(!is_alive(ring, pid));
            BOOST_TEST(ring.readers_alive() == 1U);
            BOOST_TEST(ring.recover().participants_reaped == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(exec_is_leaving) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    peer other("open_only " + name);
    BOOST_TEST(is_alive(ring, other.pid()));
    BOOST_TEST(other.ask("exec") == "executed"); // the same process lives on, as another program
    BOOST_TEST(::kill(other.pid(), 0) == 0);
    BOOST_TEST(!is_alive(ring, other.pid()));
    BOOST_TEST(ring.recover().participants_reaped == 1U);
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
        BOOST_TEST(report.participants_reaped == 1U);
        BOOST_TEST(report.reads_redelivered == 1U);
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
    ring.write(others_alive && ring.recover().participants_reaped == 0 ? 1 : 0);
    hear();
    _exit(0);
}

BOOST_AUTO_TEST_CASE(another_pid_namespace, *needs("root, for unshare", is_root)) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring(sm::create_only, name, 4, 8);
    child container("contained_peer", {name});
    BOOST_TEST(container.read_line() == "1");
    BOOST_TEST(is_alive(ring, 1));
    BOOST_TEST(ring.recover().participants_reaped == 0U);
    BOOST_TEST(ring.read<int>() == 1, "inside, they do not look alive");
    container.send_line("die");
    BOOST_TEST(container.wait() == 0);
    BOOST_TEST(!is_alive(ring, 1));
    BOOST_TEST(ring.recover().participants_reaped == 1U);
}
