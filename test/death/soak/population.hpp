// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The processes of crash_soak: started, killed, reaped and replaced.

#ifndef SHARED_MEMORY_TEST_DEATH_SOAK_POPULATION_HPP
#define SHARED_MEMORY_TEST_DEATH_SOAK_POPULATION_HPP

#include "reader.hpp"
#include "writer.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace soak {

class population {
public:
    population(const settings& wanted, const ledger& book)
        : wanted_(wanted), book_(book), processes_(wanted.processes()) {}
    population(const population&) = delete;
    population& operator=(const population&) = delete;
    ~population() {
        for (std::size_t i = 0; i != processes_.size(); ++i)
            end(i);
    }

    //! A new process, with threads in all of its places.
    void start(std::size_t i) {
        for (std::size_t at = first_of(i); at != first_of(i + 1); ++at) {
            if (wanted_.writes(at) && ++lives_ >= message_marks::most_lives) {
                book_.common->full = true;
                return;
            }
            if (wanted_.writes(at))
                book_.places[at].life = lives_;
            book_.places[at].now = phase::idle;
            book_.places[at].ended = false;
        }
        const std::uint64_t seed = mixed(wanted_.seed ^ mixed(++started_));
        const pid_t parent = ::getpid();
        const pid_t pid = ::fork();
        if (pid < 0)
            throw std::system_error(errno, std::generic_category(), "fork");
        if (pid == 0)
            ::_exit(be(i, seed, parent));
        processes_[i] = pid;
    }

    //! Kills and reaps the process.
    void kill(std::size_t i) {
        end(i);
        for (std::size_t at = first_of(i); at != first_of(i + 1); ++at)
            note_what_it_held(at);
    }

    //! Reaps those that ended by themselves; false if one of them failed.
    bool reap() {
        bool good = true;
        for (std::size_t i = 0; i != processes_.size(); ++i) {
            int status = 0;
            if (processes_[i] == 0 || ::waitpid(processes_[i], &status, WNOHANG) == 0)
                continue;
            processes_[i] = 0;
            if (status == 0)
                continue;
            good = false;
            std::cerr << "crash_soak: process " << i << " ended with status " << status << ": "
                      << failure_of(i) << std::endl;
        }
        return good;
    }

    bool process_lives(std::size_t i) const noexcept { return processes_[i] != 0; }
    //! The thread in that place.
    bool lives(std::size_t at) const noexcept {
        return process_lives(wanted_.process_of(at)) && !book_.places[at].ended;
    }
    bool writers_live() const noexcept { return any(true); }
    bool readers_live() const noexcept { return any(false); }
    std::uint32_t writers_ever() const noexcept {
        return std::min(lives_, message_marks::most_lives - 1);
    }

private:
    std::size_t first_of(std::size_t process) const noexcept { return process * wanted_.threads; }
    bool any(bool writes) const noexcept {
        for (std::size_t at = 0; at != wanted_.places(); ++at) {
            if (wanted_.writes(at) == writes && lives(at))
                return true;
        }
        return false;
    }
    const char* failure_of(std::size_t i) const noexcept {
        std::size_t at = first_of(i);
        while (at + 1 != first_of(i + 1) && book_.places[at].failure[0] == 0)
            ++at;
        return book_.places[at].failure.data();
    }

    void end(std::size_t i) noexcept {
        if (processes_[i] == 0)
            return;
        ::kill(processes_[i], SIGKILL);
        while (::waitpid(processes_[i], nullptr, 0) < 0 && errno == EINTR)
            ;
        processes_[i] = 0;
    }

    int be(std::size_t i, std::uint64_t seed, pid_t parent) noexcept {
        try {
            std::signal(SIGINT, SIG_IGN); // the parent's affair
            std::signal(SIGTERM, SIG_DFL);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() != parent)
                return 1;
            const sm::role one = wanted_.writes(first_of(i)) ? sm::role::writer : sm::role::reader;
            sm::circular_buffer ring(
                sm::open_only, wanted_.ring,
                sm::options().role(wanted_.threads == 1 ? one : sm::role::both));
            std::vector<std::thread> others;
            for (std::size_t at = first_of(i) + 1; at != first_of(i + 1); ++at)
                others.emplace_back([&, at] { be_thread(at, mixed(seed + at), ring); });
            be_thread(first_of(i), seed, ring);
            for (std::thread& one_of_them : others)
                one_of_them.join();
            return 0;
        } catch (const std::exception& e) {
            fail(first_of(i), e);
        }
    }
    void be_thread(std::size_t at, std::uint64_t seed, sm::circular_buffer& ring) noexcept {
        try {
            if (wanted_.writes(at))
                writer(wanted_, book_, at, seed, ring).run();
            else
                reader(wanted_, book_, at, seed, ring).run();
        } catch (const std::exception& e) {
            fail(at, e);
        }
        book_.places[at].ended = true;
    }
    [[noreturn]] void fail(std::size_t at, const std::exception& e) noexcept {
        place& p = book_.places[at];
        std::strncpy(p.failure.data(), e.what(), p.failure.size() - 1);
        ::_exit(1);
    }

    //! A reader that was killed in a copying read, or in release(), may have been the last to have
    //! the message, or those of a batch.
    void note_what_it_held(std::size_t i) noexcept {
        place& p = book_.places[i];
        const auto note = [&](message_id id) {
            if (auto* const marks = book_.marks.find(id))
                marks->fetch_or(taken);
        };
        if (p.hands == holding::copying) {
            message_header header{};
            std::memcpy(&header, book_.copy(i), sizeof header);
            if (const auto id =
                    id_of_message(book_.copy(i), size_of_message(header.id, wanted_.node_size),
                                  wanted_.node_size))
                note(*id);
        } else if (p.hands == holding::releasing) {
            for (std::uint32_t n = 0; n != p.held_count; ++n)
                note({static_cast<std::uint32_t>(p.held.at(n) >> 32U),
                      static_cast<std::uint32_t>(p.held.at(n))});
        }
        p.hands = holding::nothing;
    }

    const settings& wanted_;
    const ledger& book_;
    std::vector<pid_t> processes_;
    std::uint32_t lives_ = 0;
    std::uint64_t started_ = 0;
};

} // namespace soak

#endif
