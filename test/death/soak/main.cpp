// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Processes that write, read, lock and recover are killed at random and replaced at once; at the
// end, every message is accounted for. doc/crash_safety.md tells how it is used.

#include "../../../example/command_line.hpp"
#include "../../../example/rendezvous.hpp"
#include "killer.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <thread>

namespace {

namespace sm = shared_memory;
using soak::soak_clock;
using namespace std::chrono_literals;

constexpr auto stuck_after = 10s;

std::atomic<int> interrupted{0};
std::atomic<std::uint32_t> pause_in_repairs{0}; // microseconds
static_assert(std::atomic<int>::is_always_lock_free);

void interrupt(int signal) {
    interrupted = signal;
}

class run {
public:
    explicit run(const soak::settings& wanted)
        : wanted_(wanted), book_(wanted.places(), wanted.node_size),
          ring_(sm::create_only, wanted.ring, wanted.node_count, wanted.node_size,
                enough().single_writer(wanted.single).single_reader(wanted.single)),
          array_(sm::create_only, wanted.array, soak::array_length, enough()),
          buffer_(sm::create_only, wanted.buffer, soak::buffer_length, enough()),
          people_(wanted_, book_), watcher_(wanted_, book_, people_, ring_),
          killer_(wanted_, book_, people_, watcher_, counts_, ring_) {}

    //! True if all that must hold did.
    bool operator()() {
        for (std::size_t i = 0; i != wanted_.processes(); ++i)
            people_.start(i);
        const auto end = soak_clock::now() + std::chrono::duration_cast<soak_clock::duration>(
                                                 std::chrono::duration<double>(wanted_.seconds));
        while (goes_on() && soak_clock::now() < end && !book_.common->full) {
            killer_.kill_if_due();
            tick();
        }
        while (goes_on() && killer_.in_lull()) // or its victim's replacement would clear up
            tick();
        if (book_.common->full)
            std::cerr << "crash_soak: the ledger is full; this run ends early" << std::endl;
        book_.common->stop = true;
        while (goes_on() && people_.writers_live())
            tick();
        ring_.end_of_stream();
        while (goes_on() && people_.readers_live())
            tick();
        if (interrupted != 0)
            return false;
        return account();
    }

private:
    sm::options enough() const {
        const auto places = static_cast<std::uint32_t>(wanted_.places());
        return sm::options().max_participants(std::max(64U, places + 8));
    }

    bool goes_on() const noexcept { return good_ && interrupted == 0; }

    void tick() {
        std::this_thread::sleep_for(1ms);
        good_ = people_.reap() && good_;
        watcher_.look();
        if (watcher_.present() > stuck_after) {
            std::cerr << "crash_soak: stuck for 10 s\n";
            watcher_.print(std::cerr);
            good_ = false;
        }
        if (terminal_ && soak_clock::now() > next_line_) {
            next_line_ += 1s;
            std::cerr << "kills=" << counts_.kills << " longest_stall_ms=" << stall_ms() << '\n';
        }
    }

    std::int64_t stall_ms() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(watcher_.longest()).count();
    }

    bool account() {
        soak::count_messages(book_, people_.writers_ever(), counts_);
        soak::count_what_places_saw(book_, counts_);
        if (good_) {
            array_.recover();
            soak::count_locked(book_, *std::max_element(array_.begin(), array_.end()), counts_);
            ring_.recover();
            good_ = expect(ring_.empty(), "the ring is not empty") &&
                    expect(is_left_alone(), "somebody is still attached");
        }
        counts_.longest_stall_ms = stall_ms();
        good_ = expect(counts_.longest_stall_ms <= wanted_.longest_stall,
                       "somebody stalled for longer than --longest-stall") &&
                good_;
        soak::print(std::cout, counts_);
        return good_ && counts_.all_held();
    }
    // A process that was killed, and waited for, holds its slot's lock for some milliseconds yet if
    // it had several threads: then it looks alive.
    bool is_left_alone() {
        const auto until = soak_clock::now() + 5s;
        while (ring_.participants().size() != 1 && soak_clock::now() < until) {
            std::this_thread::sleep_for(1ms);
            ring_.recover();
        }
        return ring_.participants().size() == 1;
    }
    static bool expect(bool holds, const char* otherwise) {
        if (!holds)
            std::cerr << "crash_soak: " << otherwise << std::endl;
        return holds;
    }

    const soak::settings& wanted_;
    soak::ledger book_;
    sm::circular_buffer ring_;
    sm::shared_array<std::uint64_t> array_;
    sm::buffer_read_write buffer_;
    soak::population people_;
    soak::account counts_;
    soak::watcher watcher_;
    soak::killer killer_;
    bool good_ = true;
    const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
    soak_clock::time_point next_line_ = soak_clock::now() + 1s;
};

} // namespace

// The library asks the kernel whether a slot's holder lives by this function; one that has just
// learnt of a death, and is about to repair, is made to wait there.
extern "C" int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    const auto result = static_cast<int>(::syscall(SYS_fcntl, fd, command, argument));
    const std::uint32_t pause = pause_in_repairs.load(std::memory_order_relaxed);
    if (pause != 0 && command == F_OFD_GETLK && result == 0 &&
        static_cast<const struct flock*>(argument)->l_type == F_UNLCK)
        ::usleep(pause);
    return result;
}

int main(int argc, char** argv) {
    soak::settings wanted;
    const std::string name = "crash_soak-" + std::to_string(::getpid());
    wanted.ring = name + "-ring";
    wanted.array = name + "-array";
    wanted.buffer = name + "-buffer";
    bool held = true;
    example::command_line options(
        "crash_soak", "[OPTIONS]",
        "Kills processes that write, read, lock and recover at random, replaces them at once, and\n"
        "accounts for every message at the end (one byte of memory each). The last line of output\n"
        "tells what happened; the exit status is 0 only if nothing was lost, torn, stuck, out of\n"
        "order, or came twice without a mark.");
    options.number("seconds", wanted.seconds, 0.1, 1e6, "how long to kill")
        .number("writers", wanted.writers, 1U, 400U, "processes that write")
        .number("readers", wanted.readers, 1U, 400U, "processes that read")
        .number("threads", wanted.threads, 1U, 16U,
                "of each process, which share its handle of the ring: every second thread of a "
                "writing process reads, and the other way round")
        .number("kills-per-second", wanted.kills_per_second, 0.0, 10000.0,
                "a fifth of them when the victim does what fewest died of")
        .number("node-count", wanted.node_count, 2U, 1048576U, "of the ring")
        .number("node-size", wanted.node_size, 16U, 16777216U, "of the ring, in bytes")
        .number("seed", wanted.seed, std::uint64_t{0}, std::uint64_t{1} << 62U,
                "of what is random; not of when the system runs whom")
        .number("dwell", wanted.dwell, 0U, 1000000U,
                "microseconds to pause with a node, a lock or a repair in one's hands")
        .number("longest-stall", wanted.longest_stall, 1U, 10000000U,
                "milliseconds for which one may stall that could go on")
        .flag("single", "one writer and one reader, on a ring created for that");
    const int status = options.run(argc, argv, [&] {
        struct sigaction action {};
        action.sa_handler = interrupt;
        ::sigaction(SIGINT, &action, nullptr);
        ::sigaction(SIGTERM, &action, nullptr);
        pause_in_repairs = wanted.dwell;
        wanted.single = options.given("single");
        if (wanted.single && wanted.threads != 1)
            throw example::usage_error("--single does not go with --threads");
        if (wanted.places() > 900)
            throw example::usage_error("there may be 900 threads in all");
        if (wanted.single)
            wanted.writers = wanted.readers = 1;
        const example::dropped_at_the_end unread(wanted.ring); // if it was interrupted
        held = run(wanted)();
    });
    if (interrupted != 0)
        return 128 + interrupted;
    return status != 0 || held ? status : 1;
}
