// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What surrounds a crash: processes that are stopped and not dead, process ids that are used again,
// signals, and how long the others stand still. doc/crash_safety.md has a table of all of it.
//
// A program of its own: leaves its namespaces.
// Not on Windows: is about prctl, seccomp and namespaces.

#include "peer.hpp"
#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>

#include <iostream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

using namespace ring_support;
using test_support::becomes_true;
using test_support::child;
using test_support::hear;
using test_support::needs;
using test_support::say;
using test_support::unique_name;

namespace {

constexpr auto seconds = 2s; // for which processes are stopped

struct segments {
    std::string ring_name = unique_name("ring");
    std::string buffer_name = unique_name("buffer");
    sm::circular_buffer ring{sm::create_only, ring_name, 4, 8};
    sm::buffer_read_write buffer{sm::create_only, buffer_name, 64};

    child holder(const std::string& what) const {
        child one("holds", {ring_name, buffer_name, what});
        BOOST_TEST(one.read_line() == "holds");
        return one;
    }
    // Lets it end what it holds.
    void go_on(child& one) const {
        one.send_line("end");
        BOOST_TEST(one.read_line() == "ended");
        BOOST_TEST(one.wait() == 0);
    }
};

} // namespace

// Holds something until it is told to end that.
SHARED_MEMORY_TEST_ROLE(holds) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    sm::buffer_read_write buffer(sm::open_only, args.at(1));
    const std::string& what = args.at(2);
    const auto pause_here = [] {
        say("holds");
        hear();
    };
    if (what == "claim_write") {
        auto claim = ring.claim_write();
        pause_here();
        claim.commit(4);
    } else if (what == "claim_read") {
        auto claim = ring.claim_read();
        pause_here();
        claim.release();
    } else if (what == "lock") {
        buffer.lock();
        buffer.write(1);
        pause_here();
        buffer.unlock();
    } else if (what == "lock_shared") {
        buffer.lock_shared();
        pause_here();
        buffer.unlock_shared();
    } else if (what == "functor") {
        buffer.write([&](boost::span<std::byte>) { pause_here(); });
    }
    say("ended");
    return 0;
}

// ---- Stopped is not dead

BOOST_AUTO_TEST_SUITE(stopped_for_seconds)

BOOST_FIXTURE_TEST_CASE(in_a_claim, segments) {
    ring.write(1);
    child reader = holder("claim_read");
    child writer = holder("claim_write");
    ring.write(3); // behind it
    reader.stop();
    writer.stop();
    BOOST_TEST(!ring.try_read_for<int>(seconds), "taken from one that lives");
    const auto report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 0U);
    BOOST_TEST(report.writes_discarded() == 0U);
    BOOST_TEST(report.reads_redelivered() == 0U);
    reader.cont();
    writer.cont();
    go_on(reader);
    go_on(writer);
    BOOST_TEST((ring.try_read_for<int>(10s).has_value())); // the writer's, whatever is in it
    BOOST_TEST((ring.try_read_for<int>(10s) == 3));
    BOOST_TEST(ring.redelivered() == 0U);
    BOOST_TEST(ring.empty());
}

BOOST_FIXTURE_TEST_CASE(in_a_lock, segments) {
    for (const char* what : {"lock", "lock_shared", "functor"}) {
        BOOST_TEST_CONTEXT(what) {
            child one = holder(what);
            one.stop();
            BOOST_TEST(!buffer.try_lock_for(seconds), "taken from one that lives");
            BOOST_TEST(buffer.recover().locks_released() == 0U);
            BOOST_TEST(!buffer.inconsistent());
            one.cont();
            go_on(one);
            BOOST_TEST((buffer.acquire_write_lock(10s) == sm::acquired::ok));
            buffer.unlock();
        }
    }
}

namespace {

constexpr std::uint32_t many = 32768;

std::uint64_t count_of(const segment_view& view, smd::node_phase phase) {
    const smd::node_line* const lines = view.lines();
    return static_cast<std::uint64_t>(
        std::count_if(lines, lines + many, [=](const smd::node_line& line) {
            return smd::control_word{line.control.load()}.phase() == phase;
        }));
}

} // namespace

// Claims all nodes of a ring; told "commit", commits them, in their order.
SHARED_MEMORY_TEST_ROLE(claims_all) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    std::vector<sm::write_claim> claims;
    while (auto claim = ring.try_claim_write())
        claims.push_back(std::move(*claim));
    say(std::to_string(claims.size()));
    hear();
    for (std::uint32_t i = 0; i != claims.size(); ++i) {
        std::memcpy(claims[i].data(), &i, sizeof i);
        claims[i].commit(sizeof i);
    }
    say("committed");
    hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(recovers) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    say("attached");
    hear();
    const auto report = ring.recover();
    say(std::to_string(report.writes_discarded()));
    say(std::to_string(report.participants_reaped()));
    hear();
    ring.write(1);
    return 0;
}

// One is stopped half way through a repair. It is not robbed, the others repair without it; and
// when it goes on, it does not rob the dead one's successor, who has the same slot and nodes.
BOOST_AUTO_TEST_CASE(in_a_repair) {
    test_support::watchdog(300s);
    bool caught = false;
    for (int attempt = 0; attempt != 50 && !caught; ++attempt) {
        const auto name = unique_name("ring");
        sm::circular_buffer ring(sm::create_only, name, many, 8U,
                                 sm::options().max_participants(3));
        const segment_view view(name);
        child dead("claims_all", {name});
        BOOST_TEST(dead.read_line() == std::to_string(many));
        child repairer("recovers", {name});
        BOOST_TEST(repairer.read_line() == "attached");
        const std::uint32_t slot = ring.participants().at(1).slot;
        dead.kill();
        BOOST_TEST(count_of(view, smd::node_phase::writing) == many);
        repairer.send_line("recover");
        while (smd::control_word{view.lines()[0].control.load()}.phase() ==
               smd::node_phase::writing) {
        }
        repairer.stop();
        const std::uint64_t left = count_of(view, smd::node_phase::writing);
        caught = left != 0;
        if (!caught) { // it was too fast
            repairer.cont();
            continue;
        }
        BOOST_TEST_MESSAGE("stopped with " << left << " of " << many << " left to repair");
        std::this_thread::sleep_for(seconds);
        const auto report = ring.recover();
        BOOST_TEST(report.participants_reaped() == 1U, "the dead one alone");
        BOOST_TEST(report.writes_discarded() == left);
        BOOST_TEST(ring.writers_alive() == 2U, "the stopped one is alive");

        child successor("claims_all", {name});
        BOOST_TEST(successor.read_line() == std::to_string(many));
        BOOST_TEST(ring.participants().at(1).slot == slot);
        repairer.cont();
        BOOST_TEST(std::stoull(repairer.read_line()) == many - left);
        BOOST_TEST(repairer.read_line() == "0");
        BOOST_TEST(count_of(view, smd::node_phase::writing) == many, "a successor was robbed");
        successor.send_line("commit");
        BOOST_TEST(successor.read_line() == "committed");
        std::uint32_t right = 0;
        while (right != many && ring.try_read<std::uint32_t>() == right)
            ++right;
        BOOST_TEST(right == many);
        repairer.send_line("end");
        BOOST_TEST((ring.try_read_for<int>(10s) == 1));
        BOOST_TEST(repairer.wait() == 0);
    }
    BOOST_TEST(caught, "it never was stopped in time");
}

BOOST_AUTO_TEST_SUITE_END()

// ---- A process id that is used again

namespace {

constexpr pid_t chosen = 77;

// A process with that id in this pid namespace; as fork(), but for pthread_atfork.
pid_t fork_as(pid_t id) {
#if defined(SYS_clone3)
    struct { // clone_args, as the kernel has it
        std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
            set_tid, set_tid_size;
    } args{};
    args.exit_signal = SIGCHLD;
    args.set_tid = reinterpret_cast<std::uintptr_t>(&id);
    args.set_tid_size = 1;
    return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
#else
    static_cast<void>(id);
    return -1;
#endif
}

// Runs `body` as the first process of a pid namespace.
template <class Body>
int in_a_namespace(Body&& body) {
    if (::unshare(CLONE_NEWPID) != 0)
        return 1;
    const pid_t first = ::fork();
    if (first == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::_exit(body());
    }
    int status = 1;
    ::waitpid(first, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1); // a leak checker could not start here
}

bool may_choose_ids() {
    return child("may_choose_an_id").wait() == 0;
}

} // namespace

SHARED_MEMORY_TEST_ROLE(may_choose_an_id) {
    return in_a_namespace([] {
        const pid_t one = fork_as(chosen);
        if (one == 0)
            ::_exit(::getpid() == chosen ? 0 : 1);
        int status = 1;
        return one == chosen && ::waitpid(one, &status, 0) == one && status == 0 ? 0 : 1;
    });
}

// Starts one process after the other, each with the same id.
SHARED_MEMORY_TEST_ROLE(first_process) {
    return in_a_namespace([&] {
        for (;;) {
            if (hear() != "next")
                return 0;
            const pid_t one = fork_as(chosen);
            if (one == 0) {
                ::execl("/proc/self/exe", "surroundings_test", "--role", "has_chosen_id",
                        args.at(0).c_str(), args.at(1).c_str(), nullptr);
                ::_exit(1);
            }
            int status = 0;
            ::waitpid(one, &status, 0);
            say(WIFSIGNALED(status) ? "was killed" : "has ended");
        }
    });
}

SHARED_MEMORY_TEST_ROLE(has_chosen_id) {
    char outside[32] = {}; // its id where /proc was mounted
    if (::readlink("/proc/self", outside, sizeof outside - 1) <= 0)
        return 1;
    say(std::to_string(::getpid()) + " " + outside);
    if (hear() == "idle") {
        hear();
        return 0;
    }
    sm::circular_buffer ring(sm::open_only, args.at(0));
    sm::buffer_read_write buffer(sm::open_only, args.at(1));
    auto claim = ring.claim_write();
    const int number = 77;
    std::memcpy(claim.data(), &number, sizeof number);
    buffer.lock();
    say("holds");
    hear();
    claim.commit(sizeof number);
    buffer.unlock();
    say("ended");
    hear();
    return 0;
}

// The slots are as many as needed: the next one gets the dead one's; or there are more.
BOOST_AUTO_TEST_CASE(a_process_id_is_used_again,
                     *needs("unshare and clone3 with a chosen process id", may_choose_ids)) {
    for (const std::uint32_t most : {2U, 4U}) {
        const auto how = sm::options().max_participants(most);
        sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 8, how);
        sm::buffer_read_write buffer(sm::create_only, unique_name("buffer"), 64, how);
        child first("first_process", {ring.name(), buffer.name()});
        const auto next = [&](const char* what) {
            first.send_line("next");
            const std::string line = first.read_line();
            const std::string id = std::to_string(chosen) + ' ';
            BOOST_TEST(line.compare(0, id.size(), id) == 0, line);
            first.send_line(what);
            return static_cast<pid_t>(std::stol(line.substr(id.size())));
        };
        const auto with_that_id = [](const sm::segment_handle& handle, bool alive) {
            const auto all = handle.participants();
            return std::count_if(all.begin(), all.end(), [&](const sm::participant& p) {
                return p.process_id == chosen && p.alive == alive;
            });
        };

        const pid_t dead = next("hold");
        BOOST_TEST(first.read_line() == "holds");
        BOOST_TEST(with_that_id(ring, true) == 1);
        ::kill(dead, SIGKILL);
        BOOST_TEST(first.read_line() == "was killed");

        // One that has nothing to do with it has the id.
        next("idle");
        BOOST_TEST(with_that_id(ring, false) == 1, "a dead one looks alive");
        BOOST_TEST(with_that_id(buffer, false) == 1, "a dead one looks alive");
        BOOST_TEST(ring.writers_alive() == 1U);
        BOOST_TEST(ring.recover().writes_discarded() == 1U);
        BOOST_TEST(buffer.recover().locks_released() == 1U);
        BOOST_TEST(buffer.inconsistent());
        buffer.mark_consistent();
        first.send_line("end");
        BOOST_TEST(first.read_line() == "has ended");

        // One that attaches, before anybody has repaired what its predecessor held.
        const pid_t second = next("hold");
        BOOST_TEST(first.read_line() == "holds");
        ::kill(second, SIGKILL);
        BOOST_TEST(first.read_line() == "was killed");
        next("hold");
        BOOST_TEST(first.read_line() == "holds");
        BOOST_TEST(with_that_id(ring, true) == 1);
        BOOST_TEST(with_that_id(ring, false) == 0, "it has repaired its predecessor's");
        BOOST_TEST(ring.recover().writes_discarded() == 0U, "the new one was robbed");
        BOOST_TEST(buffer.recover().locks_released() == 0U, "the new one was robbed");
        BOOST_TEST(!buffer.try_lock_for(200ms));
        BOOST_TEST(!ring.try_read_for<int>(200ms));
        first.send_line("go on");
        BOOST_TEST(first.read_line() == "ended");
        BOOST_TEST((ring.try_read_for<int>(10s) == 77));
        BOOST_TEST((buffer.acquire_write_lock(10s) == sm::acquired::inconsistent));
        buffer.mark_consistent();
        buffer.unlock();
        first.send_line("end");
        BOOST_TEST(first.read_line() == "has ended");
        first.send_line("no more");
        BOOST_TEST(first.wait() == 0);
    }
}
