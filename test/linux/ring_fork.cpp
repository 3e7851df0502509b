// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// fork(): a child owns nothing of what it inherits, and attaches anew when it uses a handle.
//
// Not on Windows: is about fork().

#include "ring_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>

using namespace ring_support;
using test_support::child;
using test_support::unique_name;

namespace {

// Runs in a fork's child; its result is the exit status. What it throws is printed.
template <class F>
int in_a_fork(F&& child_does) {
    std::cout.flush();
    const pid_t process = fork();
    if (process == 0) {
        int status = 99;
        try {
            status = child_does();
        } catch (const std::exception& e) {
            std::cout << "in the child: " << e.what() << std::endl;
        }
        _exit(status); // no destructors, no Boost.Test
    }
    int status = 0;
    while (waitpid(process, &status, 0) == -1 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// For the child: a line for what is not so; the number of those is the exit status.
struct checks {
    int failed = 0;
    void operator()(bool holds, const std::string& what) {
        if (!holds) {
            ++failed;
            std::cout << "in the child: not so: " << what << std::endl;
        }
    }
    template <class F>
    void throws(sm::errc wanted, const std::string& what, F&& call) {
        const auto found = what_throws(call);
        (*this)(found.code == wanted, what + " throws " + sm::make_error_code(wanted).message() +
                                          "; found: " + found.text);
    }
};

struct fixture {
    const std::string name = unique_name("ring");
    sm::circular_buffer ring{sm::create_only, name, 4U, 8U};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(circular_buffer_fork, fixture)

BOOST_AUTO_TEST_CASE(a_child_ends_no_batches_of_its_parent) {
    sm::circular_buffer several(sm::create_only, unique_name("several"), 5, 64);
    const int values[] = {0, 1, 2, 3};
    several.write_each(boost::span<const int>(values, 2));
    auto written = several.claim_write(2);
    auto read = several.claim_read(2);
    BOOST_TEST_REQUIRE(written.size() == 2U);
    const int status = in_a_fork([&] {
        const auto is_forked = [](auto&& call) {
            return what_throws(call).code == sm::errc::forked;
        };
        int wrong = 0;
        wrong |= is_forked([&] { (void)written[0]; }) ? 0 : 1;
        wrong |= is_forked([&] { written.resize(0, 1); }) ? 0 : 2;
        wrong |= is_forked([&] { written.commit(); }) ? 0 : 4;
        wrong |= is_forked([&] { (void)read[0]; }) ? 0 : 8;
        wrong |= is_forked([&] { read.release(); }) ? 0 : 16;
        wrong |= is_forked([&] { (void)written.position(0); }) ? 0 : 32;
        wrong |= is_forked([&] { (void)read.position(0); }) ? 0 : 64;
        { const auto gone = std::move(written); } // the parent's: nothing happens
        { const auto gone = std::move(read); }
        several.claim_write(1).abort(); // attaches anew
        return wrong;
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(several.redelivered() == 0U);
    for (std::size_t i = 0; i != 2; ++i) {
        std::memcpy(written[i].data(), &values[2 + i], sizeof(int));
        written.resize(i, sizeof(int));
    }
    written.commit();
    read.release();
    BOOST_TEST(several.read<int>() == 2);
    BOOST_TEST(several.read<int>() == 3);
}

BOOST_AUTO_TEST_CASE(inherited_claims_are_the_parents) {
    ring.write(1);
    auto read = std::optional(ring.claim_read());
    auto written = std::optional(ring.claim_write());
    BOOST_TEST(in_a_fork([&] {
                   checks check;
                   check.throws(sm::errc::forked, "data()", [&] { (void)written->data(); });
                   check.throws(sm::errc::forked, "commit()", [&] { written->commit(4); });
                   check.throws(sm::errc::forked, "abort()", [&] { written->abort(); });
                   check.throws(sm::errc::forked, "as()", [&] { (void)read->as<int>(); });
                   check.throws(sm::errc::forked, "position()", [&] { (void)read->position(); });
                   check.throws(sm::errc::forked, "position()", [&] { (void)written->position(); });
                   check.throws(sm::errc::forked, "release()", [&] { read->release(); });
                   check.throws(sm::errc::forked, "give_back()", [&] { read->give_back(); });
                   (void)ring.try_read<int>(); // attaches anew: they are still the parent's
                   check.throws(sm::errc::forked, "commit()", [&] { written->commit(4); });
                   check.throws(sm::errc::forked, "release()", [&] { read->release(); });
                   read.reset(); // does nothing
                   written.reset();
                   return check.failed;
               }) == 0);
    BOOST_TEST(cursors_of(ring) == (cursors{2, 1, 1, 0}));
    const int value = 2;
    std::memcpy(written->data(), &value, sizeof value);
    written->commit(4);
    BOOST_TEST(read->as<int>() == 1);
    BOOST_TEST(read->delivery_count() == 1U);
    read->release();
    BOOST_TEST(ring.read<int>() == 2);
    BOOST_TEST(ring.redelivered() == 0U);
}

BOOST_AUTO_TEST_CASE(an_inherited_handle_attaches_anew) {
    const sm::segment_id id = ring.id();
    BOOST_TEST(in_a_fork([&] {
                   checks check;
                   check(!ring.is_owner(), "the child owns nothing");
                   check(ring.id() == id, "the same id, before it attaches");
                   ring.write(5);
                   const auto all = ring.participants();
                   check(all.size() == 2, "two participants");
                   check(all.size() == 2 && all[0].alive && all[1].alive, "both alive");
                   check(all.size() == 2 && all[0].owner && !all[0].self, "the parent owns it");
                   check(all.size() == 2 && all[1].self, "the child is the second");
                   check(all.size() == 2 &&
                             all[1].process_id == static_cast<std::uint64_t>(getpid()),
                         "under its own id");
                   check(ring.owner_alive(), "the owner is alive");
                   return check.failed;
               }) == 0);
    BOOST_TEST(ring.is_owner());
    BOOST_TEST(ring.read<int>() == 5);
    ring.recover(); // the child ended without a word
    BOOST_TEST(ring.participants().size() == 1U);
}

// A journal that the parent holds is not the child's, whether the child attaches anew or not.
BOOST_AUTO_TEST_CASE(a_child_gives_back_no_journal_of_its_parent) {
    const segment_view view(name);
    const std::uint64_t owner = view.object().block().life.owner.load(); // the parent's word
    view.object().journals()[2].holder.store(owner);
    for (const bool attaches : {false, true}) {
        const int status = in_a_fork([&] {
            sm::circular_buffer inherited = std::move(ring);
            if (attaches)
                inherited.write(5);
            inherited = sm::circular_buffer();
            return 0;
        });
        BOOST_TEST(status == 0);
        ring.recover();
        BOOST_TEST(view.object().journals()[2].holder.load() == owner, "attaches: " << attaches);
    }
    view.object().journals()[2].holder.store(0);
    BOOST_TEST(ring.read<int>() == 5);
}

// What the child claimed goes with it, and nothing of the parent's.
BOOST_AUTO_TEST_CASE(a_child_that_dies_in_a_claim) {
    ring.write(1);
    ring.write(2);
    auto mine = ring.claim_read();
    BOOST_TEST(in_a_fork([&]() -> int {
                   auto childs = ring.claim_read();
                   _exit(childs.as<int>()); // with the claim open
               }) == 2);
    const auto report = ring.recover();
    BOOST_TEST(report.participants_reaped() == 1U);
    BOOST_TEST(report.reads_redelivered() == 1U);
    BOOST_TEST(mine.as<int>() == 1);
    mine.release();
    auto again = ring.claim_read();
    BOOST_TEST(again.as<int>() == 2);
    BOOST_TEST(again.delivery_count() == 2U);
}

BOOST_AUTO_TEST_CASE(destroying_and_closing_in_the_child_changes_nothing) {
    auto owner =
        std::make_unique<sm::circular_buffer>(sm::create_only, unique_name("owned"), 2U, 8U);
    const auto owned = owner->name();
    owner->write(1);
    BOOST_TEST(in_a_fork([&] {
                   owner.reset();
                   return 0;
               }) == 0);
    BOOST_TEST(in_a_fork([&] {
                   owner->close();
                   return owner->is_open() ? 1 : 0;
               }) == 0);
    BOOST_TEST(in_a_fork([&] { // also after it was used
                   (void)owner->try_write(2);
                   owner.reset();
                   return 0;
               }) == 0);
    BOOST_TEST(!owner->is_shutting_down());
    sm::circular_buffer other(sm::open_only, owned); // the name is there
    BOOST_TEST(other.read<int>() == 1);
    BOOST_TEST(other.read<int>() == 2);
    BOOST_TEST(owner->is_owner());
    BOOST_TEST(owner->participants().size() == 2U);
}

BOOST_AUTO_TEST_CASE(grandchildren) {
    ring.write(7);
    BOOST_TEST(in_a_fork([&] {
                   checks check;
                   auto claim = ring.claim_read();
                   check(in_a_fork([&] {
                             checks inner;
                             inner.throws(sm::errc::forked, "release()", [&] { claim.release(); });
                             inner(ring.participants().size() == 3, "three participants");
                             return inner.failed;
                         }) == 0,
                         "all in the grandchild");
                   claim.release();
                   return check.failed;
               }) == 0);
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.redelivered() == 0U);
}

// The child lives on without ever using the handle: its parent's death must still be seen.
BOOST_AUTO_TEST_CASE(an_idle_child_does_not_keep_its_parent_alive) {
    ring.write(1);
    child parent("claims_and_forks", {name});
    const pid_t grandchild = static_cast<pid_t>(std::stol(parent.read_line()));
    BOOST_TEST(ring.participants().size() == 2U);
    parent.kill();
    BOOST_TEST(kill(grandchild, 0) == 0);
    auto claim = ring.try_claim_read_for(10s);
    kill(grandchild, SIGKILL);
    BOOST_REQUIRE(claim.has_value());
    BOOST_TEST(claim->delivery_count() == 2U);
}

// exit() runs the destructors of static handles.
BOOST_AUTO_TEST_CASE(a_childs_exit_does_not_remove_the_parents_name) {
    const auto other = unique_name("static");
    child parent("owns_statically", {other});
    BOOST_TEST(parent.read_line() == "the child has ended with 0");
    sm::circular_buffer opened(sm::open_only, other);
    BOOST_TEST(!opened.is_shutting_down());
    BOOST_TEST(opened.read<int>() == 3);
    parent.send_line("end");
    BOOST_TEST(parent.wait() == 0);
    BOOST_TEST(opened.is_shutting_down()); // its own exit does
    TEST_THROWS(not_found, sm::circular_buffer(sm::open_only, other));
}

BOOST_AUTO_TEST_CASE(a_forks_child_is_not_the_single_writer) {
    sm::circular_buffer single(sm::create_only, unique_name("ring"), 3, 4,
                               sm::options().single_writer().single_reader());
    single.write(1);
    const pid_t process = ::fork();
    if (process == 0) {
        const bool told = what_throws([&] { single.write(2); }).code == sm::errc::in_use;
        ::_exit(told && single.read<int>() == 1 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    BOOST_TEST(status == 0);
    single.write(3);
    BOOST_TEST(single.read<int>() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

SHARED_MEMORY_TEST_ROLE(claims_and_forks) {
    sm::circular_buffer ring(sm::open_only, args.at(0));
    auto claim = ring.claim_read();
    const pid_t process = fork();
    if (process == 0)
        for (;;)
            pause();
    test_support::say(std::to_string(process));
    for (;;)
        pause();
}

SHARED_MEMORY_TEST_ROLE(owns_statically) {
    static sm::circular_buffer ring(sm::create_only, args.at(0), 2, 8);
    ring.write(3);
    const int status = [] {
        const pid_t process = fork();
        if (process == 0)
            std::exit(0);
        int ended = 0;
        waitpid(process, &ended, 0);
        return ended;
    }();
    test_support::say("the child has ended with " + std::to_string(status));
    test_support::hear();
    return 0;
}
