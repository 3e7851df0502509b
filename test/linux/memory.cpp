// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Memory that is there before the first use, and in huge pages where the system has them.
//
// Not on Windows: asks /proc what is resident.

#include "segment_files.hpp"

#include <shared_memory/shared_array.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

using namespace test_support;
using sm::errc;

namespace {

bool not_sanitized() {
    return !test_support::sanitized;
}

constexpr std::uint32_t node_count = 128;
constexpr std::uint32_t node_size = 65536; // 8 MiB in all

sm::circular_buffer large_ring(std::string const& name, sm::options const& how) {
    return {sm::create_only, name, node_count, node_size, how};
}

void fill(sm::circular_buffer& ring) {
    for (std::uint32_t i = 0; i != node_count; ++i)
        BOOST_TEST(ring.try_write(std::vector<std::uint32_t>(node_size / 4, i)));
}

void check_filled(sm::circular_buffer& ring) {
    std::vector<std::uint32_t> message(node_size / 4);
    for (std::uint32_t i = 0; i != node_count; ++i) {
        BOOST_TEST(ring.try_read(message).has_value());
        BOOST_TEST((message == std::vector<std::uint32_t>(node_size / 4, i)), "message " << i);
    }
}

// True: the kernel does not tell.
bool untold(sm::memory_use const& m) {
    return !m.resident_bytes || !m.huge_bytes;
}

void check_resident(sm::segment_handle const& handle, std::string const& what) {
    sm::memory_use const m = handle.memory();
    BOOST_TEST(m.mapped_bytes >= handle.total_size(), what);
    if (m.resident_bytes)
        BOOST_TEST(*m.resident_bytes == m.mapped_bytes, what);
}

long page_faults() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_minflt;
}

// From now on, the kernel does not know these advices to madvise().
bool forget_advice(std::initializer_list<std::uint32_t> advice) {
    std::vector<sock_filter> code = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
    };
    for (std::uint32_t const a : advice) {
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a, 0, 1));
        code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL));
    }
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    sock_fprog const program{static_cast<unsigned short>(code.size()), code.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
constexpr std::uint32_t huge_page = 14;
constexpr std::uint32_t populate_read = 22;
constexpr std::uint32_t populate_write = 23;
constexpr std::uint32_t collapse = 25;

int resident(sm::segment_handle const& handle) {
    sm::memory_use const m = handle.memory();
    return !m.resident_bytes || *m.resident_bytes == m.mapped_bytes ? 0 : 1;
}

} // namespace

// On an old kernel: 0 if all pages are there, 77 if it cannot be tried.
SHARED_MEMORY_TEST_ROLE(touches) {
    if (!forget_advice({populate_read, populate_write}))
        return 77;
    sm::options const how = sm::options().prefault();
    sm::circular_buffer const own = large_ring(args.at(1), how);
    sm::circular_buffer const other(sm::open_only, args.at(0), how);
    sm::circular_buffer const view(sm::open_read_only, args.at(0), how);
    return resident(own) + resident(other) + resident(view);
}

SHARED_MEMORY_TEST_ROLE(no_huge_pages) {
    if (!forget_advice({huge_page, collapse}))
        return 77;
    sm::circular_buffer const own = large_ring(args.at(0), sm::options().huge_pages().prefault());
    return resident(own) + (own.memory().huge_bytes.value_or(0) == 0 ? 0 : 2);
}

// Maps all of it again and again, while others use it.
SHARED_MEMORY_TEST_ROLE(prefaults) {
    bool const huge = args.at(1) == "huge";
    if (args.at(2) == "touching" && !forget_advice({populate_read, populate_write}))
        return 77;
    say("ready");
    for (int i = 0; i != 30; ++i)
        sm::circular_buffer const other(sm::open_only, args.at(0),
                                        sm::options().prefault().huge_pages(huge));
    return 0;
}

BOOST_AUTO_TEST_CASE(creating) {
    sm::circular_buffer ring = large_ring(unique_name("ring"), sm::options().prefault());
    check_resident(ring, "created");
    fill(ring);
    check_filled(ring);
}

BOOST_AUTO_TEST_CASE(not_asked_for) {
    sm::circular_buffer const ring = large_ring(unique_name("ring"), sm::options());
    sm::memory_use const m = ring.memory();
    if (untold(m))
        return;
    BOOST_TEST(*m.resident_bytes < m.mapped_bytes / 2);
    BOOST_TEST(*m.huge_bytes <= *m.resident_bytes);
}

// They have memory of their own beside ours, and page faults there.
BOOST_AUTO_TEST_CASE(no_page_fault_is_left, *needs("a build without sanitizers", not_sanitized)) {
    for (bool const prefault : {true, false}) {
        sm::circular_buffer ring =
            large_ring(unique_name("ring"), sm::options().prefault(prefault));
        std::vector<char> const message(node_size, 'x');
        std::vector<char> back(node_size);
        long const before = page_faults();
        for (std::uint32_t i = 0; i != node_count; ++i)
            ring.write(message);
        for (std::uint32_t i = 0; i != node_count; ++i)
            ring.read(back);
        long const faults = page_faults() - before;
        // of 2048 pages; the system has some of its own
        BOOST_TEST((prefault ? faults < 300 : faults > 1000), faults << " page faults");
    }
}

BOOST_AUTO_TEST_CASE(opening) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring = large_ring(name, sm::options());
    fill(ring);
    sm::options const how = sm::options().prefault();
    sm::circular_buffer other(sm::open_only, name, how);
    check_resident(other, "opened");
    sm::circular_buffer const or_created(sm::open_or_create, name, node_count, node_size, how);
    check_resident(or_created, "opened, not created");
    sm::circular_buffer const view(sm::open_read_only, name, how);
    check_resident(view, "opened read-only");
    check_resident(sm::shared_buffer(sm::open_only, name, how), "opened as any kind");
    check_filled(other);
}

BOOST_AUTO_TEST_CASE(arrays) {
    std::string const name = unique_name("array");
    sm::shared_array<int> const array(sm::create_only, name, 1000000, sm::options().prefault());
    check_resident(array, "created");
    check_resident(sm::shared_array<int const>(sm::open_read_only, name, sm::options().prefault()),
                   "opened read-only");
}

BOOST_AUTO_TEST_CASE(an_old_kernel) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring = large_ring(name, sm::options());
    fill(ring);
    int const status = child("touches", {name, unique_name("own")}).wait();
    BOOST_TEST_WARN(status != 77, "no system call filter can be installed");
    BOOST_TEST((status == 0 || status == 77), status << " handles are not resident");
    check_filled(ring);
}

BOOST_AUTO_TEST_CASE(while_others_write) {
    for (auto const* const how : {"populating", "touching"}) {
        for (auto const* const pages : {"small", "huge"}) {
            std::string const name = unique_name("ring");
            sm::circular_buffer ring = large_ring(name, sm::options());
            child other("prefaults", {name, pages, how});
            std::string const line = other.read_line();
            std::vector<std::uint32_t> message(node_size / 4);
            std::vector<std::uint32_t> back(node_size / 4);
            bool same = true;
            for (std::uint32_t i = 0; i != 2000; ++i) {
                std::fill(message.begin(), message.end(), i);
                ring.write(message);
                ring.read(back);
                same = same && back == message;
            }
            BOOST_TEST(same, how << ", " << pages);
            int const status = other.wait();
            BOOST_TEST((status == 0 || status == 77), how << ", " << pages << ": " << status);
        }
    }
}

BOOST_AUTO_TEST_CASE(huge_pages) {
    std::string const name = unique_name("ring");
    sm::circular_buffer ring = large_ring(name, sm::options().huge_pages().prefault());
    check_resident(ring, "created");
    sm::memory_use const m = ring.memory();
    BOOST_TEST_WARN(m.huge_bytes.value_or(0) != 0, "the system grants no huge pages");
    fill(ring);
    sm::circular_buffer other(sm::open_only, name, sm::options().huge_pages());
    sm::circular_buffer const view(sm::open_read_only, name, sm::options().huge_pages());
    for (sm::segment_handle const* const handle :
         std::initializer_list<sm::segment_handle const*>{&ring, &other, &view}) {
        sm::memory_use const now = handle->memory();
        BOOST_TEST(now.mapped_bytes == m.mapped_bytes);
        if (!untold(now))
            BOOST_TEST(*now.huge_bytes <= *now.resident_bytes);
    }
    check_filled(other);
}

BOOST_AUTO_TEST_CASE(huge_pages_not_granted) {
    int const status = child("no_huge_pages", {unique_name("ring")}).wait();
    BOOST_TEST((status == 0 || status == 77), status);
    sm::circular_buffer const small(sm::create_only, unique_name("small"), 4, 8,
                                    sm::options().huge_pages());
    BOOST_TEST(small.memory().huge_bytes.value_or(0) == 0U);
}

BOOST_AUTO_TEST_CASE(in_a_forks_child) {
    sm::circular_buffer ring = large_ring(unique_name("ring"), sm::options().prefault());
    ring.write(1);
    pid_t const pid = fork();
    if (pid == 0) {
        bool const read = ring.try_read<int>() == 1; // attaches it anew
        _exit(read ? resident(ring) : 9);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0), status);
}

BOOST_AUTO_TEST_CASE(of_closed_handles) {
    check_fails("memory", errc::closed, [] { sm::shared_buffer().memory(); });
    sm::circular_buffer ring = large_ring(unique_name("ring"), sm::options().prefault());
    ring.close();
    check_resident(ring, "closed, and still mapped");
}
