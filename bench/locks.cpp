// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The readers/writer lock beside Boost.Interprocess's and the system's.

#include <shared_memory/shared_array.hpp>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_sharable_mutex.hpp>
#include <boost/program_options.hpp>

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace sm = shared_memory;
namespace bi = boost::interprocess;
namespace po = boost::program_options;

namespace {

using line = std::array<std::uint64_t, 8>; // 64 bytes
using array = sm::shared_array<std::uint64_t>;

//! What is compared: each knows how to lock, and the 64 bytes behind the lock.
struct ours {
    explicit ours(const std::string& name) : a(sm::open_only, name) {
        a.read_write_timeout(std::chrono::seconds(60));
    }
    void lock() { a.lock(); }
    void unlock() { a.unlock(); }
    void lock_shared() { a.lock_shared(); }
    void unlock_shared() { a.unlock_shared(); }
    void read(line& to) const { a.read(to); }
    std::uint64_t* data() { return a.data(); }
    array a;
};

//! Laid out as one would: the lock and its data on lines of their own.
template <class Lock>
struct placed {
    alignas(128) Lock lock;
    alignas(128) line words;
};

struct boosts {
    void lock() { p->lock.lock(); }
    void unlock() { p->lock.unlock(); }
    void lock_shared() { p->lock.lock_sharable(); }
    void unlock_shared() { p->lock.unlock_sharable(); }
    void read(line& to) {
        lock_shared();
        std::memcpy(&to, &p->words, sizeof to);
        unlock_shared();
    }
    std::uint64_t* data() { return p->words.data(); }
    placed<bi::interprocess_sharable_mutex>* p;
};

struct systems {
    void lock() { ::pthread_rwlock_wrlock(&p->lock); }
    void unlock() { ::pthread_rwlock_unlock(&p->lock); }
    void lock_shared() { ::pthread_rwlock_rdlock(&p->lock); }
    void unlock_shared() { ::pthread_rwlock_unlock(&p->lock); }
    void read(line& to) {
        lock_shared();
        std::memcpy(&to, &p->words, sizeof to);
        unlock_shared();
    }
    std::uint64_t* data() { return p->words.data(); }
    placed<pthread_rwlock_t>* p;
};

//! What several processes of the bench share besides what they measure.
struct meeting {
    std::atomic<int> arrived{0};
};

struct shared {
    placed<bi::interprocess_sharable_mutex> boosts;
    placed<pthread_rwlock_t> systems;
};

template <class T>
T* in_shared_memory(bi::mapped_region& region) {
    region = bi::anonymous_shared_memory(sizeof(T));
    return ::new (region.get_address()) T();
}

void keep(const line& words) {
    asm volatile("" : : "r"(words.data()) : "memory");
}

void run_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(processor), &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

//! The processors that this program may use.
std::vector<int> processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    std::vector<int> result;
    for (int i = 0; i != CPU_SETSIZE; ++i)
        if (CPU_ISSET(static_cast<std::size_t>(i), &set))
            result.push_back(i);
    return result;
}

template <class F>
double nanoseconds_each(std::uint64_t operations, F&& operation) {
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i != operations; ++i)
        operation();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    return took.count() / static_cast<double>(operations);
}

template <class Lock>
void touch(Lock& l) {
    l.lock();
    std::uint64_t* const words = l.data();
    for (std::size_t i = 0; i != 8; ++i)
        ++words[i];
    l.unlock();
}

//! Nanoseconds for each operation of either, of two processes that do the same at the same time.
template <class Open>
double contended(std::uint64_t operations, const std::vector<int>& where, Open&& open) {
    bi::mapped_region region;
    auto* const m = in_shared_memory<meeting>(region);
    const auto work = [&](int processor) {
        run_on(processor);
        auto lock = open();
        ++m->arrived;
        while (m->arrived != 2)
            ; // both start now
        return nanoseconds_each(operations, [&] { touch(lock); });
    };
    const pid_t pid = ::fork();
    if (pid < 0)
        throw std::runtime_error("fork failed");
    if (pid == 0) {
        work(where.back());
        ::_exit(0);
    }
    const double result = work(where.front());
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0)
        throw std::runtime_error("the other process failed");
    return result / 2;
}

struct row {
    const char* name;
    std::array<std::function<double()>, 3> measure; // ours, Boost's, the system's
    std::array<std::vector<double>, 3> results{};
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct settings {
    std::uint64_t operations = 1000000;
    unsigned repetitions = 11;
    std::string only;
};

// Marks where a line begins in the output of strace.
void say_what_begins(const row& r) {
    const std::string text = std::string("measuring: ") + r.name + "\n";
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return;
}

int run(const settings& s) {
    const std::string name = "bench-locks-" + std::to_string(::getpid());
    array owner(sm::create_only, name, 8);
    bi::mapped_region region;
    auto* const theirs = in_shared_memory<shared>(region);
    pthread_rwlockattr_t attributes;
    ::pthread_rwlockattr_init(&attributes);
    ::pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_rwlock_init(&theirs->systems.lock, &attributes);

    const std::vector<int> where = processors();
    run_on(where.front());
    ours a(name);
    boosts b{&theirs->boosts};
    systems c{&theirs->systems};
    const auto each = [&](auto operation) {
        const auto measure = [&s, operation](auto& lock) {
            return [&s, &lock, operation] {
                return nanoseconds_each(s.operations, [&] { operation(lock); });
            };
        };
        return std::array<std::function<double()>, 3>{measure(a), measure(b), measure(c)};
    };
    std::vector<row> rows;
    rows.push_back({"lock, unlock", each([](auto& l) {
                        l.lock();
                        l.unlock();
                    })});
    rows.push_back({"shared lock, unlock", each([](auto& l) {
                        l.lock_shared();
                        l.unlock_shared();
                    })});
    rows.push_back({"read 64 bytes, locked", each([](auto& l) {
                        line words;
                        l.read(words);
                        keep(words);
                    })});
    const std::uint64_t fewer = std::max<std::uint64_t>(s.operations / 4, 1);
    rows.push_back({"contended by 2 processes",
                    {[&] { return contended(fewer, where, [&] { return ours(name); }); },
                     [&] { return contended(fewer, where, [&] { return b; }); },
                     [&] { return contended(fewer, where, [&] { return c; }); }}});

    for (unsigned repetition = 0; repetition != s.repetitions; ++repetition) {
        for (row& r : rows) {
            if (std::string(r.name).find(s.only) == std::string::npos)
                continue;
            if (repetition == 0)
                say_what_begins(r);
            for (std::size_t i = 0; i != 3; ++i)
                r.results[i].push_back(r.measure[i]());
        }
    }

    std::printf("%-26s %9s %9s %9s %12s %12s\n", "nanoseconds, median", "ours", "Boost", "pthread",
                "ours/Boost", "ours/pthread");
    for (const row& r : rows) {
        if (r.results[0].empty())
            continue;
        const double o = median(r.results[0]), bs = median(r.results[1]), p = median(r.results[2]);
        std::printf("%-26s %9.1f %9.1f %9.1f %12.2f %12.2f\n", r.name, o, bs, p, o / bs, o / p);
    }
    std::printf(
        "%u repetitions, interleaved, of %llu operations (contended: a quarter); processors "
        "%d and %d\n",
        s.repetitions, static_cast<unsigned long long>(s.operations), where.front(), where.back());
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    po::options_description options(
        "usage: locks [--operations N] [--repetitions N] [--only WORDS]\n\n"
        "Times the lock beside boost::interprocess::interprocess_sharable_mutex and a process-"
        "shared pthread_rwlock_t. That there is no system call when nobody else wants the lock, "
        "one sees with\n"
        "    strace locks --repetitions 1 --only unlock\n"
        "where nothing is between the lines \"measuring\"");
    options.add_options()("help", "say this");
    options.add_options()("operations", po::value(&s.operations)->default_value(s.operations),
                          "operations in each repetition");
    options.add_options()("repetitions", po::value(&s.repetitions)->default_value(s.repetitions),
                          "repetitions, of which the median is shown");
    options.add_options()("only", po::value(&s.only),
                          "only the lines whose names contain these words");
    try {
        po::variables_map given;
        po::store(po::command_line_parser(argc, argv).options(options).positional({}).run(), given);
        if (given.count("help") != 0) {
            std::cout << options;
            return EXIT_SUCCESS;
        }
        po::notify(given);
        if (s.operations == 0 || s.repetitions == 0)
            throw po::error("--operations and --repetitions must be 1 or more");
    } catch (const po::error& wrong) {
        std::cerr << "locks: " << wrong.what() << '\n' << options;
        return 2;
    }
    try {
        return run(s);
    } catch (const std::exception& failure) {
        std::cerr << "locks: " << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
