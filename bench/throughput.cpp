// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How fast messages go from one process to another through a ring, copied in and out, beside how
//! fast memcpy alone copies the same bytes.

#include "../example/command_line.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <boost/align/aligned_allocator.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace sm = shared_memory;
using bench_clock = std::chrono::steady_clock;

namespace {

// Aligned as the ring's nodes are.
using bytes = std::vector<std::byte, boost::alignment::aligned_allocator<std::byte, 64>>;

constexpr int repetitions = 5;
constexpr std::size_t uncached_area = 32U * 1024 * 1024;

struct settings {
    std::uint32_t node_size = 0; // 0: the default cases
    std::uint64_t messages = 0;  // 0: as many as go in the time
    std::uint32_t nodes = 0;     // 0: as fit in 4 MiB, from 4 to 1024
    double seconds = 5;
    bool single = false;
};

struct bench_case {
    std::uint32_t node_size;
    std::uint32_t nodes;
    std::uint64_t messages; // 0: as many as go in the time
    double seconds;         // of one repetition
    bool single = false;    // a ring for a single writer and a single reader
};

struct measurement {
    std::uint64_t messages = 0;
    double seconds = 0;
};

double seconds_since(bench_clock::time_point start) {
    return std::chrono::duration<double>(bench_clock::now() - start).count();
}

// ---- Processors

std::vector<int> allowed_processors() {
    cpu_set_t set;
    std::vector<int> result;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int i = 0; i != CPU_SETSIZE; ++i) {
            if (CPU_ISSET(static_cast<unsigned>(i), &set))
                result.push_back(i);
        }
    }
    return result;
}

void pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(processor), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

// ---- One run

// Keeps the compiler from leaving out what nobody looks at.
void use(const void* data) {
    asm volatile("" : : "r"(data) : "memory");
}

// When a loop over messages is over: at the wanted number, or at the time, looked at now and then.
class finish {
public:
    explicit finish(const bench_case& c)
        : messages_(c.messages),
          end_(bench_clock::now() + std::chrono::duration_cast<bench_clock::duration>(
                                        std::chrono::duration<double>(c.seconds))),
          mask_(c.node_size < 65536 ? 1023 : 0) {}
    bool reached(std::uint64_t done) const {
        if (messages_ != 0)
            return done == messages_;
        return (done & mask_) == mask_ && bench_clock::now() >= end_;
    }

private:
    std::uint64_t messages_;
    bench_clock::time_point end_;
    std::uint64_t mask_;
};

// Each message begins with its number, so that what is written differs, and is checked when read.
void stamp(std::byte* message, std::size_t size, std::uint64_t number) {
    std::memcpy(message, &number, std::min(sizeof number, size));
}

void write_messages(const std::string& name, const bench_case& c) {
    sm::circular_buffer ring(sm::open_only, name,
                             sm::options().role(sm::role::writer).end_when_abandoned());
    bytes message(c.node_size, std::byte{1});
    const finish end(c);
    for (std::uint64_t number = 0; !end.reached(number); ++number) {
        stamp(message.data(), message.size(), number);
        ring.write(message);
    }
    ring.end_of_stream();
}

measurement read_messages(sm::circular_buffer& ring, const bench_case& c) {
    bytes message(c.node_size);
    bytes expected(c.node_size, std::byte{1});
    measurement result;
    bench_clock::time_point start;
    try {
        ring.read(message); // the writer is there
        start = bench_clock::now();
        for (;;) {
            use(message.data());
            stamp(expected.data(), expected.size(), result.messages);
            if (std::memcmp(message.data(), expected.data(),
                            std::min(sizeof result.messages, message.size())) != 0)
                throw std::runtime_error("message " + std::to_string(result.messages) +
                                         " is another one");
            ++result.messages;
            ring.read(message);
        }
    } catch (const sm::error& e) {
        if (e.code() != sm::errc::end_of_stream)
            throw;
    }
    result.seconds = seconds_since(start);
    if (message != expected)
        throw std::runtime_error("the last message is not what was written");
    return result;
}

// Writes in a process of its own, reads in this one.
measurement through_ring(const bench_case& c, const std::vector<int>& processors) {
    const std::string name = "throughput-" + std::to_string(::getpid());
    sm::circular_buffer ring(sm::create_only, name, c.nodes, c.node_size,
                             sm::options()
                                 .role(sm::role::reader)
                                 .end_when_abandoned()
                                 .single_writer(c.single)
                                 .single_reader(c.single));
    const pid_t writer = ::fork();
    if (writer < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
    if (writer == 0) {
        int status = 1;
        try {
            if (processors.size() > 1)
                pin(processors[1]);
            write_messages(name, c);
            status = 0;
        } catch (const std::exception& e) {
            std::fprintf(stderr, "throughput: the writer: %s\n", e.what());
        }
        ::_exit(status);
    }
    measurement result;
    try {
        result = read_messages(ring, c);
    } catch (...) {
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);
        throw;
    }
    int status = 0;
    while (::waitpid(writer, &status, 0) < 0 && errno == EINTR) {
    }
    ring = sm::circular_buffer();
    std::error_code ec;
    (void)sm::circular_buffer::remove(name, ec); // what is unread would stay
    if (status != 0)
        throw std::runtime_error("the writer failed");
    return result;
}

// Copies messages from one area to another, over and over: areas of one message, which stay in this
// processor's cache, or of many, as what comes from another processor is in no cache of this one.
measurement by_memcpy(const bench_case& c, std::size_t area) {
    const std::size_t messages = std::max<std::size_t>(1, area / c.node_size);
    bytes from(messages * c.node_size, std::byte{1});
    bytes to(from.size(), std::byte{2});
    measurement result;
    std::size_t at = 0;
    const auto start = bench_clock::now();
    for (const finish end(c); !end.reached(result.messages); ++result.messages) {
        stamp(from.data() + at, c.node_size, result.messages);
        use(&from[at]);
        std::memcpy(to.data() + at, from.data() + at, c.node_size);
        use(&to[at]);
        at = from.size() - at > c.node_size ? at + c.node_size : 0;
    }
    result.seconds = seconds_since(start);
    return result;
}

// ---- All runs

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Messages a second.
struct speeds {
    std::vector<double> ring;
    std::vector<double> cached;
    std::vector<double> uncached;
};

void print_header() {
    std::printf("%10s %7s %13s %9s | %14s %7s | %16s %7s\n", "bytes", "nodes", "M messages/s",
                "GB/s", "cached memcpy", "ratio", "uncached memcpy", "ratio");
}

void print_row(const bench_case& c, const speeds& s) {
    const double ring = median(s.ring);
    const auto gigabytes = [&](double speed) { return speed * c.node_size / 1e9; };
    std::printf("%10u %7u %13.3f %9.2f |", c.node_size, c.nodes, ring / 1e6, gigabytes(ring));
    std::printf(" %9.2f GB/s %5.0f %% |", gigabytes(median(s.cached)),
                100 * ring / median(s.cached));
    std::printf(" %11.2f GB/s %5.0f %%\n", gigabytes(median(s.uncached)),
                100 * ring / median(s.uncached));
}

double speed(const measurement& m) {
    return static_cast<double>(m.messages) / std::max(m.seconds, 1e-9);
}

void run(const settings& s) {
    const std::vector<int> processors = allowed_processors();
    if (processors.size() > 1)
        pin(processors[0]);
    else
        std::fprintf(stderr, "throughput: there is one processor for both processes\n");

    const auto make_case = [&](std::uint32_t node_size) {
        const std::uint32_t fit = std::clamp(4U * 1024 * 1024 / node_size, 4U, 1024U);
        // A third of the time for each of the ring and the two kinds of memcpy.
        return bench_case{node_size, s.nodes != 0 ? s.nodes : fit, s.messages,
                          s.seconds / repetitions / 3, s.single};
    };
    std::vector<bench_case> cases;
    for (const std::uint32_t node_size : {64U, 1024U * 1024U}) {
        if (s.node_size == 0)
            cases.push_back(make_case(node_size));
    }
    if (s.node_size != 0)
        cases.push_back(make_case(s.node_size));

    const bool once = s.node_size != 0 && s.messages != 0;
    std::vector<speeds> found(cases.size());
    for (int i = 0; i != (once ? 1 : repetitions); ++i) {
        for (std::size_t k = 0; k != cases.size(); ++k) {
            found[k].ring.push_back(speed(through_ring(cases[k], processors)));
            bench_case timed = cases[k];
            timed.messages = 0;
            found[k].cached.push_back(speed(by_memcpy(timed, 0)));
            found[k].uncached.push_back(speed(by_memcpy(timed, uncached_area)));
        }
    }
    print_header();
    for (std::size_t k = 0; k != cases.size(); ++k)
        print_row(cases[k], found[k]);
}

} // namespace

int main(int argc, char** argv) {
    settings s;
    example::command_line line(
        "throughput",
        "[--single] [--node-size B] [--messages N] [--nodes N] [--seconds-per-case S]",
        "Streams messages between two processes, each on a processor of its own, and copies\n"
        "messages by memcpy, between two places that stay in the cache, and through 32 MiB that\n"
        "do not: medians of interleaved repetitions. With --node-size and --messages, one run of\n"
        "just that.");
    line.flag("single", "a ring for a single writer and a single reader")
        .number("node-size", s.node_size, 0U, sm::circular_buffer::max_node_size,
                "bytes of a message; 0: 64 and 1048576")
        .number("messages", s.messages, std::uint64_t{0}, std::uint64_t{1} << 62U,
                "how many in a run; 0: as many as go in the time")
        .number("nodes", s.nodes, 0U, sm::circular_buffer::max_node_count,
                "the ring's nodes; 0: as many as fit in 4 MiB, from 4 to 1024")
        .number("seconds-per-case", s.seconds, 0.01, 1e6, "for all repetitions of a case");
    return line.run(argc, argv, [&] {
        s.single = line.given("single");
        run(s);
    });
}
