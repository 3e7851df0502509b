// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The same attack on four ways to pass messages between processes: a few write, a few read, one of
//! them is killed. Do the others go on?

#include "../example/command_line.hpp"
#include "crash_subjects.hpp"

#include <boost/interprocess/anonymous_shared_memory.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace bi = boost::interprocess;
using namespace std::chrono_literals;
using bench_clock = std::chrono::steady_clock;

namespace {

using namespace crash_comparison;

constexpr std::size_t writers = 2;
constexpr std::size_t processes = writers + readers; // writers first
constexpr std::uint64_t most = 1U << 21U;            // messages of a writer, in a round

// ---- One round

//! What the processes write down, outside of what is attacked.
struct ledger {
    std::atomic<bool> stop;
    std::atomic<bool> writers_pause;
    std::atomic<bool> readers_pause;
    std::array<std::atomic<std::uint64_t>, processes> progress;
    std::array<std::atomic<bool>, processes> throws;
    std::array<std::atomic<std::uint64_t>, writers> done; // messages whose write returned
    std::array<std::array<std::atomic<std::uint8_t>, most>, writers> seen;
    std::atomic<std::uint64_t> duplicated;

    void log(std::uint64_t message, bool marked) {
        if (seen[message >> 32U][message & 0xffffffffU].fetch_add(1) != 0 && !marked)
            ++duplicated;
    }
};

enum class outcome { survived, hung, threw };

struct tally {
    std::array<unsigned, 3> outcomes{};
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
};

struct settings {
    unsigned rounds = 40;
    unsigned watchdog = 2000; // milliseconds
    unsigned seed = 1;
    bool kill_nobody = false;
};

std::atomic<int> interrupted{0};

class round_of_attack {
public:
    round_of_attack(subject& s, std::mt19937& random, const settings& wanted)
        : s_(s), random_(random), wanted_(wanted) {}
    round_of_attack(const round_of_attack&) = delete;
    round_of_attack& operator=(const round_of_attack&) = delete;
    ~round_of_attack() {
        for (std::size_t i = 0; i != pids_.size(); ++i)
            kill(i);
    }

    outcome operator()(tally& counts) {
        for (std::size_t i = 0; i != processes; ++i)
            start([this, i] { i < writers ? be_writer(i) : be_reader(i); });
        kill_one();
        const outcome result = wait_for_the_others();
        ++counts.outcomes[static_cast<std::size_t>(result)];
        if (result == outcome::survived) {
            for (std::size_t w = 0; w != writers; ++w)
                for (std::uint64_t n = 0; n != book_->done[w]; ++n)
                    counts.lost += book_->seen[w][n] == 0 ? 1U : 0U;
            counts.duplicated += book_->duplicated;
        }
        return result;
    }

private:
    template <class F>
    void start(F&& body) {
        const pid_t pid = ::fork();
        if (pid < 0)
            throw std::runtime_error("fork failed");
        if (pid == 0) {
            std::signal(SIGINT, SIG_DFL);
            std::signal(SIGTERM, SIG_DFL);
            body();
            ::_exit(0);
        }
        pids_.push_back(pid);
    }
    void kill(std::size_t i) {
        if (pids_[i] == 0)
            return;
        ::kill(pids_[i], SIGKILL);
        ::waitpid(pids_[i], nullptr, 0);
        pids_[i] = 0;
    }

    //! Once more after an exception; for ever, if need be.
    template <class F>
    bool attempt(std::size_t i, F&& step) {
        for (unsigned failures = 0;; ++failures) {
            try {
                return step();
            } catch (const std::exception&) {
                if (failures == 1000)
                    book_->throws[i] = true;
            }
        }
    }
    void be_writer(std::size_t i) {
        for (std::uint64_t n = 0; n != most && !book_->stop; ++n) {
            while (book_->writers_pause)
                ::usleep(100);
            attempt(i, [&] {
                s_.write(std::uint64_t{i} << 32U | n);
                return true;
            });
            book_->done[i] = n + 1;
            ++book_->progress[i];
        }
    }
    void be_reader(std::size_t i) {
        const subject::log_function log = [&](std::uint64_t m, bool marked) {
            book_->log(m, marked);
        };
        while (attempt(i, [&] { return s_.read(log); })) {
            ++book_->progress[i];
            while (book_->readers_pause)
                ::usleep(100);
        }
    }

    //! At a random moment of its work; or, half of the time, while it waits for room or a message.
    void kill_one() {
        std::size_t victim = random_() % processes;
        std::this_thread::sleep_for(std::chrono::microseconds(2000 + random_() % 8000));
        if (random_() % 2 == 0) {
            (victim < writers ? book_->readers_pause : book_->writers_pause) = true;
            std::this_thread::sleep_for(10ms);
        }
        if (!wanted_.kill_nobody)
            kill(victim);
        book_->readers_pause = false;
        book_->writers_pause = false;
    }

    outcome wait_for_the_others() {
        std::array<std::uint64_t, processes> before{};
        for (std::size_t i = 0; i != processes; ++i)
            before[i] = book_->progress[i];
        const bool go_on = becomes_true([&] {
            for (std::size_t i = 0; i != processes; ++i) {
                const bool finished = i < writers && book_->done[i] == most;
                if (pids_[i] != 0 && !finished && book_->progress[i] < before[i] + 10)
                    return false;
            }
            return true;
        });
        book_->stop = true;
        if (go_on && becomes_true([&] { return ended(0, writers); })) {
            start([this] { s_.end(); });
            if (becomes_true([&] { return ended(writers, pids_.size()); }))
                return outcome::survived;
        }
        for (const auto& throws : book_->throws) {
            if (throws)
                return outcome::threw;
        }
        return outcome::hung;
    }
    bool ended(std::size_t from, std::size_t to) {
        bool all = true;
        for (std::size_t i = from; i != to; ++i) {
            if (pids_[i] != 0 && ::waitpid(pids_[i], nullptr, WNOHANG) != 0)
                pids_[i] = 0;
            all = all && pids_[i] == 0;
        }
        return all;
    }
    template <class F>
    bool becomes_true(F&& condition) const {
        const auto until = bench_clock::now() + std::chrono::milliseconds(wanted_.watchdog);
        while (!condition()) {
            if (bench_clock::now() > until || interrupted != 0)
                return false;
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }

    subject& s_;
    std::mt19937& random_;
    const settings& wanted_;
    bi::mapped_region region_ = bi::anonymous_shared_memory(sizeof(ledger));
    ledger* book_ = static_cast<ledger*>(region_.get_address()); // all zero
    std::vector<pid_t> pids_;
};

// ---- All of them

struct contender {
    const char* name;
    std::unique_ptr<subject> (*make)();
};
template <class Subject>
std::unique_ptr<subject> make() {
    return std::make_unique<Subject>();
}
constexpr contender contenders[] = {
    {"boost::interprocess::message_queue", make<boosts_message_queue>},
    {"interprocess_mutex and _condition", make<mutex_and_condition>},
    {"boost::lockfree::queue", make<lock_free_queue>},
    {"shared_memory::circular_buffer", make<ours>},
};

void attack(const contender& c, const settings& wanted) {
    std::mt19937 random(wanted.seed);
    tally counts;
    for (unsigned i = 0; i != wanted.rounds && interrupted == 0; ++i) {
        const std::unique_ptr<subject> s = c.make();
        round_of_attack(*s, random, wanted)(counts);
    }
    std::printf("| %-34s | %8u | %4u | %5u | %4llu | %10llu |\n", c.name, counts.outcomes[0],
                counts.outcomes[1], counts.outcomes[2],
                static_cast<unsigned long long>(counts.lost),
                static_cast<unsigned long long>(counts.duplicated));
    std::fflush(stdout);
}

void attack_all(const settings& wanted) {
    for (const int signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int s) { interrupted = s; });
    std::printf("%u rounds each, %zu writers, %zu readers, watchdog %u ms\n\n", wanted.rounds,
                writers, readers, wanted.watchdog);
    std::printf("| %-34s | survived | hung | threw | lost | duplicated |\n", "");
    std::printf("|%s|---------:|-----:|------:|-----:|-----------:|\n",
                std::string(36, '-').c_str());
    for (const contender& c : contenders)
        attack(c, wanted);
}

} // namespace

int main(int argc, char** argv) {
    settings wanted;
    example::command_line options(
        "crash_comparison", "[OPTIONS]",
        "Kills one of some processes that pass messages to each other, and tells in how many "
        "rounds\n"
        "the others went on, hung, or got exceptions for ever; and how many messages were lost, "
        "or\n"
        "came twice without a mark, in the rounds in which they went on.");
    options.number("rounds", wanted.rounds, 1U, 1000000U, "kills for each way to pass messages")
        .number("watchdog", wanted.watchdog, 10U, 600000U, "milliseconds after which one is hung")
        .number("seed", wanted.seed, 0U, ~0U, "of who is killed, and when")
        .flag("quick", "5 rounds, and a watchdog of 500 ms, unless told")
        .flag("kill-nobody", "the control: all of them survive that");
    const int status = options.run(argc, argv, [&] {
        wanted.kill_nobody = options.given("kill-nobody");
        if (options.given("quick") && !options.given("rounds"))
            wanted.rounds = 5;
        if (options.given("quick") && !options.given("watchdog"))
            wanted.watchdog = 500;
        attack_all(wanted);
    });
    return interrupted != 0 ? 128 + interrupted : status;
}
