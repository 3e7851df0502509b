// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Shared memory that is full, in a /dev/shm of the tests' own: each role has a private mount
// namespace.
//
// Runs alone: fills memory.
// Not on Windows: is about the size of /dev/shm.

#include "checks.hpp"
#include "segment_files.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

constexpr std::uint32_t kibibyte = 1024;

// From here on, /dev/shm is a folder of this size that nobody else sees.
bool enter_small_space(std::uint32_t kibibytes) {
    std::string const size = "mode=1777,size=" + std::to_string(kibibytes) + "k";
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, size.c_str()) == 0;
}

bool may_mount() {
    return geteuid() == 0 && child("mounts", {}).wait() == 0;
}

std::size_t entries() {
    std::size_t count = 0;
    DIR* const directory = opendir("/dev/shm");
    while (dirent const* const entry = readdir(directory))
        count += entry->d_name == std::string(".") || entry->d_name == std::string("..") ? 0 : 1;
    closedir(directory);
    return count;
}

std::uint64_t free_bytes() {
    struct statvfs info {};
    statvfs("/dev/shm", &info);
    return info.f_bfree * info.f_bsize;
}

class space_checks : public checks {
public:
    space_checks() {
        if (!enter_small_space(1024))
            throw std::runtime_error("no space of its own");
    }
    template <class Call>
    void fails(errc code, std::string const& what, Call&& call) {
        std::string const text = checks::fails(code, what, call);
        if (code == errc::no_space)
            that(text.find("df /dev/shm") != std::string::npos, "the advice in: " + text);
    }
};

} // namespace

SHARED_MEMORY_TEST_ROLE(mounts) {
    return enter_small_space(64) ? 0 : 1;
}

SHARED_MEMORY_TEST_ROLE(too_large) {
    space_checks check;
    std::uint64_t const before = free_bytes();
    for (std::uint32_t const size : {2 * kibibyte, 64 * kibibyte, 1024 * kibibyte}) {
        check.fails(errc::no_space, "create_only",
                    [&] { sm::circular_buffer(sm::create_only, "ring", 1024, size); });
        check.that(entries() == 0, "nothing is left behind by create_only");
        check.fails(errc::no_space, "open_or_create",
                    [&] { sm::circular_buffer(sm::open_or_create, "ring", 1024, size); });
        check.that(entries() == 0, "nothing is left behind by open_or_create");
        check.that(free_bytes() == before, "the space is free again");
    }
    std::error_code ec;
    sm::circular_buffer none(sm::create_only, "ring", 1024, 4096, ec);
    check.that(ec == errc::no_space && !none.is_open(), "the code is told");

    sm::circular_buffer ring(sm::create_only, "ring", 4, 64 * kibibyte);
    check.that(entries() == 1, "a smaller one is there");
    std::vector<char> const message(64 * kibibyte, 'x');
    for (int i = 0; i != 4; ++i)
        check.that(ring.try_write(message), "all of its memory is there");
    return check.status();
}

// What was reserved cannot be taken away by others: no bus error later.
SHARED_MEMORY_TEST_ROLE(reserved) {
    space_checks check;
    sm::circular_buffer ring(sm::create_only, "ring", 8, 64 * kibibyte);
    int const fd = open("/dev/shm/glutton", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    std::vector<char> const page(4096, 'x');
    while (write(fd, page.data(), page.size()) > 0) {
    }
    check.that(free_bytes() == 0, "the space is full");
    std::vector<char> const message(64 * kibibyte, 'y');
    for (int i = 0; i != 8; ++i)
        check.that(ring.try_write(message), "all of its memory is there");
    sm::circular_buffer other(sm::open_only, "ring");
    std::vector<char> back(64 * kibibyte);
    check.that(other.read(back) == back.size() && back == message, "and its contents");
    check.fails(errc::no_space, "another",
                [&] { sm::circular_buffer(sm::create_only, "other", 4, 8); });
    check.that(entries() == 2, "nothing is left behind");
    close(fd);
    return check.status();
}

SHARED_MEMORY_TEST_ROLE(replacing) {
    space_checks check;
    pid_t const pid = fork();
    if (pid == 0) {
        sm::circular_buffer ring(sm::create_only, "ring", 12, 64 * kibibyte); // of 16
        ring.write(1);
        _exit(0);
    }
    waitpid(pid, nullptr, 0);
    check.that(entries() == 1, "the leftover");
    check.that(free_bytes() < 512 * kibibyte, "it takes most of the space");
    {
        sm::circular_buffer ring(sm::create_only, "ring", 12, 64 * kibibyte);
        check.that(ring.empty() && ring.is_owner(), "a new one");
        check.that(entries() == 1, "in the old one's place");
        check.fails(errc::no_space, "another",
                    [&] { sm::circular_buffer(sm::create_only, "other", 12, 64 * kibibyte); });
        check.fails(errc::already_exists, "one in use",
                    [&] { sm::circular_buffer(sm::create_only, "ring", 12, 64 * kibibyte); });
        check.that(entries() == 1, "nothing is left behind");
    }
    check.that(entries() == 0, "all gone");
    return check.status();
}

SHARED_MEMORY_TEST_ROLE(full_of_others) {
    space_checks check;
    write_object("foreign", std::string(1024 * kibibyte - 8192, 'x'));
    check.fails(errc::no_space, "create", [&] { sm::circular_buffer(sm::create_only, "a", 4, 8); });
    check.fails(errc::no_space, "or", [&] { sm::circular_buffer(sm::open_or_create, "a", 4, 8); });
    check.fails(errc::not_our_segment, "on it",
                [&] { sm::circular_buffer(sm::create_only, "foreign", 4, 8); });
    check.that(entries() == 1, "nothing is left behind, and nothing is taken away");
    check.that(!sm::shared_buffer::remove("a"), "remove works");
    remove_object("foreign");
    check.that(sm::circular_buffer(sm::create_only, "a", 4, 8).is_open(), "space again");
    return check.status();
}

BOOST_AUTO_TEST_SUITE(small_dev_shm, *needs("root, to mount a /dev/shm of its own", may_mount))

BOOST_AUTO_TEST_CASE(too_large_a_segment) {
    BOOST_TEST(child("too_large").wait() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_reserved_stays) {
    BOOST_TEST(child("reserved").wait() == 0);
}

BOOST_AUTO_TEST_CASE(replacing_what_fills_it) {
    BOOST_TEST(child("replacing").wait() == 0);
}

BOOST_AUTO_TEST_CASE(filled_by_something_else) {
    BOOST_TEST(child("full_of_others").wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// More than the machine has, in its own /dev/shm.
BOOST_AUTO_TEST_CASE(more_than_there_is) {
    struct statvfs info {};
    BOOST_TEST_REQUIRE(statvfs("/dev/shm", &info) == 0);
    std::uint64_t const all = info.f_blocks * info.f_frsize;
    std::uint64_t const count = all / (1U << 30U) + 2;
    if (all == 0 || count > 60000) // no limit; or of 2^30 each, it would be out of range
        return;
    std::string const name = unique_name("large");
    check_fails("create_only", errc::no_space,
                [&] {
                    sm::circular_buffer(sm::create_only, name, static_cast<std::uint32_t>(count),
                                        1U << 30U);
                },
                {"bytes of shared memory", "df /dev/shm"});
    BOOST_TEST(!exists(name));
}

namespace {
bool six_gigabytes_free() {
    struct statvfs info {};
    return statvfs("/dev/shm", &info) == 0 &&
           std::uint64_t{info.f_bavail} * info.f_frsize >= std::uint64_t{6} << 30U;
}
} // namespace

// Offsets of more than 32 bits: what lies at the far end is not what lies at the near one.
BOOST_AUTO_TEST_CASE(more_than_4_gib, *needs("6 GiB free in /dev/shm", &six_gigabytes_free)) {
    constexpr std::uint32_t gib = 1U << 30U;
    sm::circular_buffer ring(sm::create_only, unique_name("ring"), 5, gib);
    BOOST_TEST(ring.total_size() > std::uint64_t{5} * gib);
    for (int node = 0; node != 5; ++node) {
        auto claim = ring.claim_write();
        BOOST_TEST(claim.size() == gib);
        claim.data()[0] = static_cast<std::byte>(node + 1);
        claim.data()[gib / 2] = static_cast<std::byte>(node + 11);
        claim.data()[gib - 1] = static_cast<std::byte>(node + 21);
        claim.commit();
    }
    BOOST_TEST(!ring.try_write(1));
    for (int node = 0; node != 5; ++node) {
        auto claim = ring.claim_read();
        BOOST_TEST(claim.size() == gib);
        BOOST_TEST((claim.data()[0] == static_cast<std::byte>(node + 1)), "node " << node);
        BOOST_TEST((claim.data()[gib / 2] == static_cast<std::byte>(node + 11)), "node " << node);
        BOOST_TEST((claim.data()[gib - 1] == static_cast<std::byte>(node + 21)), "node " << node);
        claim.release();
    }
}
