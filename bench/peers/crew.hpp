// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The processes of a measurement: forked once, pinned each to a processor, asleep between runs.

#ifndef SHARED_MEMORY_BENCH_PEERS_CREW_HPP
#define SHARED_MEMORY_BENCH_PEERS_CREW_HPP

#include "futex.hpp"
#include "shared_area.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <sys/types.h>
#include <vector>

namespace comparison {

//! The user wants no more.
class interrupted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
//! Makes SIGINT and SIGTERM end what goes on with `interrupted`.
void catch_interruptions();
void throw_if_interrupted();

//! The processors that this process may use.
const std::vector<int>& processors();
//! One of them for each core: the first of those that are threads of one. Their numbers are those of
//! pin_to().
const std::vector<unsigned>& cores();
//! Where the n-th of so many processes runs: on a core of its own while there are so many cores, else
//! on this other processor.
unsigned place_of(unsigned n, unsigned all, unsigned otherwise);
//! To the n-th of them, modulo their number.
void pin_to(unsigned n);
//! To all of them.
void unpin();

//! What one process of a crew does in each run.
class worker {
public:
    worker() = default;
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    virtual ~worker() = default;
    virtual void run(std::uint64_t count) = 0;
};

//! Processes that run together, again and again. They make their workers once; a worker that throws
//! ends the crew, and its words are thrown here.
class crew {
public:
    using make_worker = std::function<std::unique_ptr<worker>()>;

    crew() = default;
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;
    ~crew();

    //! A process on the n-th processor; all are started by the first run.
    void add(unsigned processor, make_worker make) {
        members_.push_back({processor, std::move(make), 0});
    }
    //! Each worker's run(count), at once; the seconds from the first one's begin to the last one's
    //! end.
    double run(std::uint64_t count);
    //! Of the last run's time, the part for which nobody had to wait for a processor.
    double presence() const;

private:
    static constexpr std::size_t most_members = 128;

    struct member {
        unsigned processor;
        make_worker make;
        pid_t pid;
    };
    //! What the processes tell each other.
    struct board {
        futex_word runs{0};     // how many were ordered
        futex_word finished{0}; // who has finished the last one
        futex_word there{0};    // who is about to begin it
        std::atomic<bool> over{false};
        std::atomic<std::uint64_t> count{0};
        std::array<std::atomic<std::int64_t>, most_members> begin{};
        std::array<std::atomic<std::int64_t>, most_members> end{};
        std::array<std::atomic<double>, most_members> presence{};
        std::atomic<bool> telling{false};
        std::atomic<bool> failed{false};
        std::array<char, 512> why{};
    };

    void start();
    void live(std::size_t i);
    void tell_failure(const char* why);
    void wait_for_all();
    void look_after_members();

    shared_object<board> board_;
    std::vector<member> members_;
    bool started_ = false;
};

} // namespace comparison

#endif
