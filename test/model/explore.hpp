// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Visits every state that a machine can come to: depth first, each state once.

#ifndef SHARED_MEMORY_TEST_MODEL_EXPLORE_HPP
#define SHARED_MEMORY_TEST_MODEL_EXPLORE_HPP

#include "machine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace model {

struct bounds {
    unsigned deaths = 0;
    int preemptions = -1; // -1: no bound
    int weak_steps = -1;  // -1: no bound
    bool weak = false;
    double seconds = 60;
    std::uint64_t states = 400'000'000;
};

struct verdict {
    std::uint64_t states = 0;
    std::uint64_t steps = 0;
    std::uint64_t ends = 0;   // states in which nobody can move
    std::uint64_t finals = 0; // those that differ in more than what a process knew before
    unsigned depth = 0;
    bool complete = false;
    double seconds = 0;
    std::string violation; // empty: none found
    std::vector<std::string> trace;
};

//! A machine and what runs on it, made afresh.
struct scene {
    std::unique_ptr<machine> m;
    std::unique_ptr<program> runs;
};
using make_scene = std::function<scene()>;
//! A program on a machine of its own.
template <class Program, class Options, class Fault>
make_scene scene_of_program(const Options& options, Fault fault) {
    return [=] {
        auto m = std::make_unique<machine>();
        auto runs = std::make_unique<Program>(*m, options, fault);
        return scene{std::move(m), std::move(runs)};
    };
}

//! `shorten`: search on for a shorter way to the violation, for some seconds.
verdict explore(const make_scene& make, const bounds& b, const weakening& weakened = {},
                double shorten = 0);

//! Runs, and calls `visitor` with each access of the code.
void visit(const make_scene& make, const bounds& b,
           const std::function<void(const access&)>& visitor);

} // namespace model

#endif
