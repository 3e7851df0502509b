// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What linux/liveness.cpp promises besides the contract: which bytes are locked, and that the locks
// stay this handle's alone through fork() and closefrom().
//
// Not on Windows: is about descriptors, and fork().

#include "built_object.hpp"
#include "objects.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system/process.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <string>
#include <utility>

using namespace test_support;
namespace smd = sm::detail;

namespace {

//! The type of the lock that another description has on the byte: F_UNLCK, F_RDLCK, F_WRLCK.
int lock_on(std::string const& name, off_t byte) {
    int const fd = ::open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    int const result = fcntl(fd, F_OFD_GETLK, &lock);
    close(fd);
    return result == 0 ? lock.l_type : -1;
}

void close_descriptors_from(int first) {
    for (int fd = first; fd != 1024; ++fd)
        close(fd);
}

int status_of(pid_t process) {
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

BOOST_AUTO_TEST_CASE(locked_bytes_are_those_of_the_layout) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    BOOST_TEST(one.locks().try_lock_slot(3));
    BOOST_TEST(lock_on(name, 2) == F_UNLCK);
    BOOST_TEST(lock_on(name, 3) == F_WRLCK);
    BOOST_TEST(lock_on(name, 4) == F_UNLCK);
    BOOST_TEST(one.locks().try_lock_name());
    BOOST_TEST(lock_on(name, 1022) == F_UNLCK);
    BOOST_TEST(lock_on(name, 1023) == F_WRLCK);
    one.locks().observe();
    BOOST_TEST(lock_on(name, 1024) == F_RDLCK);
    BOOST_TEST(one.locks().try_lock_all());
    BOOST_TEST(lock_on(name, 0) == F_WRLCK);
    BOOST_TEST(lock_on(name, 1022) == F_WRLCK);
    BOOST_TEST(lock_on(name, 1024) == F_RDLCK, "all is without the observers");
    BOOST_TEST(lock_on(name, 1025) == F_UNLCK);
}

BOOST_AUTO_TEST_CASE(read_lock_of_another_program_is_no_participant) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    int const fd = ::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    BOOST_REQUIRE(fcntl(fd, F_OFD_SETLK, &lock) == 0); // the whole file
    BOOST_TEST(!one.locks().is_slot_locked(3));
    BOOST_TEST(!one.locks().is_name_locked());
    close(fd);
}

BOOST_AUTO_TEST_CASE(fork_child_does_not_keep_the_locks) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    pid_t const parent = fork();
    if (parent == 0) {
        kernel_object const object = handle_of(name);
        liveness locks(object);
        std::atomic<std::uint32_t> status{8 | 1};
        bool const taken = locks.try_lock_slot(3);
        locks.pin();
        locks.watch_forks(status, 2, 8);
        pid_t const inner = fork();
        if (inner == 0) { // lives on when its parent is dead
            bool const as_told = status == (2 | 1);
            bool const sees_parent = locks.is_slot_locked(3);
            bool const has_own = locks.try_lock_slot(4);
            char const told = taken && as_told && sees_parent && has_own ? 'y' : 'n';
            [[maybe_unused]] ssize_t const ignored = write(ends[1], &told, 1);
            pause();
        }
        [[maybe_unused]] ssize_t const ignored = write(ends[1], &inner, sizeof inner);
        pause();
    }
    // Either may be first: the number of the inner one, and what it tells.
    char bytes[1 + sizeof(pid_t)] = {};
    std::size_t got = 0;
    while (got != sizeof bytes)
        got += static_cast<std::size_t>(read(ends[0], bytes + got, sizeof bytes - got));
    bool const first = bytes[0] == 'y' && bytes[sizeof bytes - 1] != 'y';
    pid_t inner = 0;
    std::memcpy(&inner, bytes + (first ? 1 : 0), sizeof inner);
    BOOST_TEST(bytes[first ? 0 : sizeof bytes - 1] == 'y');
    BOOST_TEST(one.locks().is_slot_locked(3));
    BOOST_TEST(one.locks().is_slot_locked(4));
    kill(parent, SIGKILL);
    BOOST_TEST(status_of(parent) == 128 + SIGKILL);
    BOOST_TEST(becomes_true([&] { return !one.locks().is_slot_locked(3); }));
    BOOST_TEST(one.locks().is_slot_locked(4), "the child's own is the child's");
    kill(inner, SIGKILL);
    BOOST_TEST(becomes_true([&] { return !one.locks().is_slot_locked(4); }));
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_CASE(end_of_a_fork_child_does_no_harm) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    kernel_object const other = handle_of(name);
    kernel_object object = handle_of(name);
    BOOST_TEST(liveness(object).try_lock_slot(3));
    liveness(object).pin();
    pid_t const forked = fork();
    if (forked == 0) {
        object = kernel_object(); // closes its copy
        _exit(0);
    }
    BOOST_TEST(status_of(forked) == 0);
    BOOST_TEST(liveness(other).is_slot_locked(3));
}

// Takes a slot, and closes all descriptors that it does not know, as daemons do.
SHARED_MEMORY_TEST_ROLE(system_closes_all) {
    kernel_object object = handle_of(args.at(0));
    liveness locks(object);
    if (!locks.try_lock_slot(7))
        return 1;
    if (args.at(1) == "pinned")
        locks.pin();
    close_descriptors_from(3);
    // Something else gets the number.
    int const unrelated = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    say("closed");
    for (std::string line = hear(); line != "end"; line = hear()) {
        if (line == "leave")
            locks.unlock_slot(7);
        if (line == "close")
            object = kernel_object();
        bool const yes = line == "ask"    ? locks.is_slot_locked(9)
                         : line == "lost" ? locks.is_lost()
                         : line == "try"  ? locks.try_lock_slot(10)
                                          : true;
        say(yes ? "yes" : "no");
    }
    return write(unrelated, "x", 1) == 1 ? 0 : 2; // 2: the library has closed it
}

BOOST_AUTO_TEST_CASE(pinned_lock_survives_closefrom) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    kernel_object const other = handle_of(name);
    BOOST_TEST(liveness(other).try_lock_slot(9));
    for (std::string const how : {"leave", "close", "kill", "end"}) {
        child closer("system_closes_all", {name, "pinned"});
        BOOST_TEST(closer.read_line() == "closed");
        auto const ask = [&](char const* what) {
            closer.send_line(what);
            return closer.read_line();
        };
        BOOST_TEST(one.locks().is_slot_locked(7));
        BOOST_TEST(ask("ask") == "yes", "it asks through another descriptor");
        BOOST_TEST(ask("lost") == "no");
        BOOST_TEST(one.locks().is_slot_locked(7));
        if (how == "kill") {
            closer.kill();
        } else if (how == "end") {
            closer.send_line("end");
            BOOST_TEST(closer.wait() == 0);
        } else {
            ask(how.c_str());
            BOOST_TEST(!one.locks().is_slot_locked(7), how);
            closer.send_line("end");
            BOOST_TEST(closer.wait() == 0);
        }
        BOOST_TEST(becomes_true([&] { return !one.locks().is_slot_locked(7); }), how);
    }
}

BOOST_AUTO_TEST_CASE(lost_object_declares_nobody_dead) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    child closer("system_closes_all", {name, "pinned"});
    BOOST_TEST(closer.read_line() == "closed");
    smd::remove_name(name); // so that it cannot be opened again
    auto const ask = [&](char const* what) {
        closer.send_line(what);
        return closer.read_line();
    };
    BOOST_TEST(ask("lost") == "yes");
    BOOST_TEST(ask("ask") == "yes", "it cannot know");
    BOOST_TEST(ask("try") == "no");
    BOOST_TEST(one.locks().is_slot_locked(7), "the pinned page still holds the lock");
    closer.send_line("end");
    BOOST_TEST(closer.wait() == 0);
    BOOST_TEST(becomes_true([&] { return !one.locks().is_slot_locked(7); }));
}

BOOST_AUTO_TEST_CASE(lock_goes_with_exec) {
    std::string const name = unique_name("object");
    built_object one;
    one.publish(name);
    child holder("system_lock_holder", {name});
    BOOST_TEST(holder.read_line() == "taken");
    BOOST_TEST(one.locks().is_slot_locked(7));
    holder.send_line("exec");
    BOOST_TEST(holder.read_line() == "executed");
    BOOST_TEST(!one.locks().is_slot_locked(7), "it is another program now");
    BOOST_TEST(one.locks().try_lock_all());
}

// Field 2 of /proc/self/stat is the name, which may look like other fields.
BOOST_AUTO_TEST_CASE(process_with_an_odd_name) {
    smd::process_identity const self = smd::this_process();
    char before[16] = {};
    prctl(PR_GET_NAME, before);
    for (char const* const odd : {") S 1 2 3", "a b c", "(((", ""}) {
        prctl(PR_SET_NAME, odd);
        BOOST_TEST(smd::this_process().start_time == self.start_time, odd);
    }
    prctl(PR_SET_NAME, before);
    pid_t const forked = fork();
    if (forked == 0) {
        smd::process_identity const inner = smd::this_process();
        _exit(inner.id == static_cast<std::uint64_t>(getpid()) && inner.id != self.id &&
                      inner.start_time >= self.start_time
                  ? 0
                  : 1);
    }
    BOOST_TEST(status_of(forked) == 0);
}
