// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The first use of a handle that a fork's child has inherited: nobody knows of the child before. What
// may have happened meanwhile: the segment was replaced or removed, somebody has all locks for a
// moment, the user or the root directory is another one.
//
// Not on Windows: is about fork().

#include "peer.hpp"
#include "users.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <thread>

using namespace test_support;
using namespace std::chrono_literals;
using sm::errc;

namespace {

// A process that makes a ring, forks a child that does not use it yet, and is killed; the child writes
// when it is told to, and says how that went.
class heir {
public:
    explicit heir(std::string const& name, bool killed = true) {
        int ready[2] = {};
        if (pipe(go_) != 0 || pipe(told_) != 0 || pipe(ready) != 0)
            throw std::runtime_error("no pipe");
        parent_ = fork();
        if (parent_ == 0)
            be_the_parent(name, ready[1]);
        char byte = 0;
        if (read(ready[0], &byte, 1) != 1)
            throw std::runtime_error("no parent");
        close(ready[0]);
        close(ready[1]);
        close(go_[0]);
        close(told_[1]);
        if (killed)
            kill_parent();
    }
    heir(heir const&) = delete;
    heir& operator=(heir const&) = delete;
    ~heir() {
        kill_parent();
        close(go_[1]);
        close(told_[0]);
    }

    void kill_parent() {
        if (parent_ == -1)
            return;
        ::kill(parent_, SIGKILL);
        waitpid(parent_, nullptr, 0);
        parent_ = -1;
    }
    void begin() const { BOOST_TEST_REQUIRE(write(go_[1], "x", 1) == 1); }
    // "0: ", or the code and the text of the error.
    std::string told() const {
        std::string text;
        for (char c = 0; read(told_[0], &c, 1) == 1 && c != '\n';)
            text += c;
        return text;
    }
    std::string first_use() const {
        begin();
        return told();
    }

private:
    [[noreturn]] void be_the_parent(std::string const& name, int ready) const {
        sm::circular_buffer ring(sm::create_only, name, 4, 8);
        if (fork() == 0) {
            // By now it has let go of what it inherited.
            char byte = 'x';
            [[maybe_unused]] ssize_t const ignored = write(ready, &byte, 1);
            for (close(go_[1]); read(go_[0], &byte, 1) == 1;) {
                outcome const o = outcome_of([&] { ring.write(1); });
                std::string const line = std::to_string(o.code.value()) + ": " + o.text + '\n';
                [[maybe_unused]] ssize_t const out = write(told_[1], line.data(), line.size());
            }
            _exit(0);
        }
        for (;;)
            pause();
    }

    int go_[2];
    int told_[2];
    pid_t parent_ = -1;
};

void is_error(std::string const& line, errc code, std::vector<std::string> const& words) {
    BOOST_TEST(line.find(std::to_string(static_cast<int>(code)) + ": ") == 0U, line);
    for (std::string const& word : words)
        BOOST_TEST(line.find(word) != std::string::npos, '"' + word + "\" in: " + line);
}

// All slots, and the name.
class all_locks {
public:
    explicit all_locks(std::string const& name, off_t count = sm::detail::max_slots + 1)
        : file_(open(path_of(name).c_str(), O_RDWR | O_CLOEXEC)) {
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_len = count;
        has_ = fcntl(file_, F_OFD_SETLK, &lock) == 0;
    }
    all_locks(all_locks const&) = delete;
    all_locks& operator=(all_locks const&) = delete;
    ~all_locks() { close(file_); }
    bool has() const { return has_; }

private:
    int file_;
    bool has_;
};

std::uint32_t& state_of(std::string const& name, boost::interprocess::mapped_region& region) {
    boost::interprocess::mapped_region(open_object(name), boost::interprocess::read_write)
        .swap(region);
    return *reinterpret_cast<std::uint32_t*>(static_cast<char*>(region.get_address()) + block_at +
                                             offsetof(sm::detail::segment_block, life));
}

} // namespace

// ---- The segment was replaced, or removed

BOOST_AUTO_TEST_SUITE(meanwhile)

BOOST_AUTO_TEST_CASE(replaced) {
    std::string const name = unique_name("ring");
    heir const child(name);
    sm::circular_buffer fresh(sm::create_only, name, 4, 8);
    for (int i = 0; i != 2; ++i)
        is_error(child.first_use(), errc::forked, {'"' + name + '"', "replaced"});
    BOOST_TEST(fresh.empty());
    BOOST_TEST(fresh.participants().size() == 1U);
}

BOOST_AUTO_TEST_CASE(replaced_by_another_class) {
    std::string const name = unique_name("ring");
    heir const child(name);
    sm::shared_array<int> const array(sm::create_only, name, 10);
    is_error(child.first_use(), errc::forked, {'"' + name + '"', "replaced"});
}

BOOST_AUTO_TEST_CASE(removed) {
    std::string const name = unique_name("ring");
    heir const child(name);
    BOOST_TEST(sm::shared_buffer::remove(name));
    is_error(child.first_use(), errc::forked, {'"' + name + '"', "removed"});
    sm::circular_buffer const fresh(sm::open_or_create, name, 4, 8);
    is_error(child.first_use(), errc::forked, {'"' + name + '"', "removed"});
    BOOST_TEST(fresh.empty());
}

// The last one to leave, who was not the owner, has taken the name away.
BOOST_AUTO_TEST_CASE(left_by_the_last) {
    std::string const name = unique_name("ring");
    heir child(name, false);
    {
        sm::circular_buffer guest(sm::open_only, name);
        child.kill_parent();
        BOOST_TEST(!guest.is_owner());
        BOOST_TEST(!guest.try_read<int>()); // takes part, and so may end it
    }
    BOOST_TEST(!exists(name));
    is_error(child.first_use(), errc::forked, {'"' + name + '"', "removed"});
}

// The next owner, who came in between, has closed it.
BOOST_AUTO_TEST_CASE(shut_down) {
    std::string const name = unique_name("ring");
    heir const child(name);
    BOOST_TEST(sm::circular_buffer(sm::open_or_create, name, 4, 8).is_owner());
    is_error(child.first_use(), errc::shut_down, {'"' + name + '"'});
}

// Nobody has touched it.
BOOST_AUTO_TEST_CASE(nothing) {
    std::string const name = unique_name("ring");
    heir const child(name);
    BOOST_TEST(child.first_use() == "0: ");
    sm::circular_buffer ring(sm::open_only, name);
    BOOST_TEST(ring.read<int>() == 1);
    BOOST_TEST(child.first_use() == "0: ");
    BOOST_TEST(ring.read<int>() == 1);
    remove_object(name);
}

// The name was taken away by hand, as a program does that wants a segment for its children alone.
BOOST_AUTO_TEST_CASE(unlinked_while_the_parent_lives) {
    std::string const name = unique_name("ring");
    heir child(name, false);
    sm::circular_buffer ring(sm::open_only, name);
    remove_object(name);
    BOOST_TEST(child.first_use() == "0: ");
    BOOST_TEST(ring.read<int>() == 1);
}

// A creator was killed when it was about to replace the segment.
BOOST_AUTO_TEST_CASE(almost_replaced) {
    std::string const name = unique_name("ring");
    heir const child(name);
    boost::interprocess::mapped_region region;
    std::uint32_t& state = state_of(name, region);
    state |= sm::detail::state_name_taken;
    BOOST_TEST(child.first_use() == "0: ");
    BOOST_TEST(state == 0U, "it is taken back");
    sm::circular_buffer ring(sm::open_only, name);
    BOOST_TEST(ring.read<int>() == 1);
    remove_object(name); // by hand
    BOOST_TEST(child.first_use() == "0: ");
    BOOST_TEST(ring.read<int>() == 1);
}

BOOST_AUTO_TEST_CASE(opened_after_it_was_almost_replaced) {
    std::string const name = dead_leftover("ring");
    boost::interprocess::mapped_region region;
    std::uint32_t& state = state_of(name, region);
    state |= sm::detail::state_name_taken;
    sm::circular_buffer const ring(sm::open_only, name);
    BOOST_TEST(ring.size() == 2U);
    BOOST_TEST(state == 0U, "it is taken back");
}

BOOST_AUTO_TEST_SUITE_END()

// ---- Somebody has all locks for a moment

BOOST_AUTO_TEST_SUITE(while_locked)

BOOST_AUTO_TEST_CASE(all_for_a_moment) {
    for (auto const moment : {1ms, 20ms, 300ms}) {
        std::string const name = unique_name("ring");
        heir const child(name);
        {
            all_locks const held(name);
            BOOST_TEST_REQUIRE(held.has());
            child.begin();
            std::this_thread::sleep_for(moment);
        }
        BOOST_TEST(child.told() == "0: ", moment.count() << " ms");
        remove_object(name);
    }
}

// The slots without the name: as an opener lets go of them, one after the other.
BOOST_AUTO_TEST_CASE(all_slots_for_a_moment) {
    std::string const name = unique_name("ring");
    heir const child(name);
    {
        all_locks const held(name, sm::detail::max_slots);
        BOOST_TEST_REQUIRE(held.has());
        child.begin();
        std::this_thread::sleep_for(200ms);
    }
    BOOST_TEST(child.told() == "0: ");
    remove_object(name);
}

// Their holder was stopped: that is told, and when it goes on the child can try again.
BOOST_AUTO_TEST_CASE(all_for_long) {
    std::string const name = unique_name("ring");
    heir const child(name);
    {
        all_locks const held(name);
        BOOST_TEST_REQUIRE(held.has());
        is_error(child.first_use(), errc::in_use, {'"' + name + '"', "has not finished"});
    }
    BOOST_TEST(child.first_use() == "0: ");
    remove_object(name);
}

BOOST_AUTO_TEST_CASE(openers_come_and_go) {
    std::atomic<bool> over{false};
    for (int round = 0; round != 30; ++round) {
        std::string const name = unique_name("ring");
        heir const child(name);
        over = false;
        std::thread passers(
            [&] { // looks whether it is there; each time it has all locks, and lets go
                while (!over)
                    all_locks const held(name);
            });
        std::string const line = child.first_use();
        over = true;
        passers.join();
        BOOST_TEST(line == "0: ", line);
        remove_object(name);
    }
}

// It is full: that is an answer.
BOOST_AUTO_TEST_CASE(all_slots_taken) {
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 4, 8,
                             sm::options().max_participants(2));
    sm::circular_buffer const other(sm::open_only, ring.name());
    pid_t const forked = fork();
    if (forked == 0) {
        outcome const o = outcome_of([&] { ring.write(1); });
        bool const good = o.code == errc::forked && o.text.find("2 participants") != o.text.npos;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(forked, &status, 0);
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- Another user, another root

namespace {

// Says how a fork's child fares.
void fork_and_tell(sm::circular_buffer& ring, std::function<bool()> const& change = nullptr) {
    pid_t const forked = fork();
    if (forked == 0) {
        if (change && !change())
            say("nothing was changed");
        outcome const o = outcome_of([&] { ring.write(1); });
        say(std::to_string(o.code.value()) + ": " + o.text);
        _exit(0);
    }
    waitpid(forked, nullptr, 0);
}

} // namespace

SHARED_MEMORY_TEST_ROLE(heirs_change_user) {
    sm::permissions const mode(args.at(1) == "for all" ? 0666 : 0600);
    sm::circular_buffer ring(sm::create_only, args.at(0), 16, 8, sm::options().permissions(mode));
    if (args.at(1) == "fork first") {
        pid_t const forked = fork();
        if (forked == 0) {
            ring.write(1);
            if (!become(nobody))
                _exit(1);
            ring.write(2);
            fork_and_tell(ring); // its own child is in the same place as its parent's would be
            _exit(0);
        }
        waitpid(forked, nullptr, 0);
    } else if (!become(nobody)) {
        return 1;
    }
    ring.write(3);
    if (args.at(1) != "fork first")
        fork_and_tell(ring);
    return 0;
}

SHARED_MEMORY_TEST_ROLE(heirs_change_root) {
    sm::circular_buffer ring(sm::create_only, args.at(0), 16, 8);
    std::string const& folder = args.at(2);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return 1;
    if (args.at(1) == "with /proc" && mount("proc", (folder + "/proc").c_str(), "proc", 0, "") != 0)
        return 1;
    auto const change = [&] { return chroot(folder.c_str()) == 0 && chdir("/") == 0; };
    if (args.at(1) == "fork first") {
        fork_and_tell(ring, [&] {
            ring.write(0); // its first call
            return change();
        });
    } else {
        if (!change())
            return 1;
        fork_and_tell(ring);
    }
    ring.write(2);
    return 0;
}

// Closes all descriptors, and takes the name away, before the fork.
SHARED_MEMORY_TEST_ROLE(heirs_without_descriptors) {
    sm::circular_buffer ring(sm::create_only, args.at(0), 16, 8);
    remove_object(args.at(0));
    for (int fd = 3; fd != 1024; ++fd)
        close(fd);
    fork_and_tell(ring);
    ring.write(2);
    return 0;
}

BOOST_AUTO_TEST_SUITE(surroundings, *needs("root, to change the user and the root", is_root))

BOOST_AUTO_TEST_CASE(user_changed_before_the_fork) {
    std::vector<std::string> const words = {"user 65534", "user 0", "mode 0600", "fork first",
                                            "setuid"};
    for (char const* const how : {"change first", "fork first"}) {
        std::string const name = unique_name("ring"); // stays: its owner may not remove it any more
        child one("heirs_change_user", {name, how});
        is_error(one.read_line(), errc::forked, words);
        BOOST_TEST(one.wait() == 0, how);
        remove_object(name);
    }
    std::string const name = unique_name("ring");
    child one("heirs_change_user", {name, "for all"});
    BOOST_TEST(one.read_line() == "0: ");
    BOOST_TEST(one.wait() == 0);
    remove_object(name);
}

BOOST_AUTO_TEST_CASE(root_changed_before_the_fork) {
    std::string const name = unique_name("ring"); // stays behind where its owner is not
    std::string folder = "/tmp/heirs-XXXXXX";
    BOOST_TEST_REQUIRE(mkdtemp(folder.data()) != nullptr);
    BOOST_TEST_REQUIRE(mkdir((folder + "/proc").c_str(), 0700) == 0);
    for (char const* const how : {"change first", "with /proc", "fork first"}) {
        child one("heirs_change_root", {name, how, folder});
        std::string const line = one.read_line();
        if (how == std::string("change first"))
            is_error(line, errc::forked, {"/proc", "chroot", "fork first"});
        else
            BOOST_TEST(line == "0: ", how);
        BOOST_TEST(one.wait() == 0, how);
        remove_object(name);
    }
    rmdir((folder + "/proc").c_str());
    rmdir(folder.c_str());
}

BOOST_AUTO_TEST_CASE(descriptors_closed_before_the_fork) {
    child one("heirs_without_descriptors", {unique_name("ring")});
    is_error(one.read_line(), errc::forked, {"closefrom", "name"});
    BOOST_TEST(one.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
