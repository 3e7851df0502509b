// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The survivors go on with a ring, and keep accounts of its messages.

#ifndef SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_SURVIVORS_HPP
#define SHARED_MEMORY_TEST_DEATH_SCENARIOS_RING_SURVIVORS_HPP

#include <shared_memory/circular_buffer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace every {

namespace sm = shared_memory;

//! How long survivors wait for what must come.
inline std::chrono::milliseconds patience{5000};

//! Five words, of which each tells the number: a torn one does not add up.
using message = std::array<std::uint64_t, 5>;
message make_message(std::uint64_t number);
bool is_whole(const message& m);

constexpr std::uint32_t node_count = 4;

//! Handles look for the dead when they would sleep, and then sleep until they are woken. For a
//! creator; and for an opener, of a segment that may have other options.
sm::options strict_options();
sm::options opening_options();

//! What was written, and what has come of it.
class ledger {
public:
    //! Was committed before anything happened: comes once, unmarked.
    void written(std::uint64_t number) { expected_.insert(number); }
    //! The one that the dead one wrote or had: what may come of it is for others to judge.
    void special(std::uint64_t number) { special_ = number; }
    //! Of a batch there are two, this one behind the other.
    void second(std::uint64_t number) { second_ = number; }
    bool is_special(std::uint64_t number) const { return number == special_ || number == second_; }
    void delivered(const message& m, std::uint32_t count);
    //! All of them have come.
    void balance() const;
    //! How often the special one was delivered, itself included; 0: it did not come.
    std::uint32_t special_count() const { return special_count_; }
    std::uint32_t second_count() const { return second_count_; }
    //! It came before all others that came after the kill.
    bool special_first() const { return special_first_; }
    //! The second came before the first, and neither is marked, or both are.
    bool second_first() const { return second_first_; }
    std::size_t open() const { return expected_.size() - delivered_.size(); }

private:
    std::set<std::uint64_t> expected_;
    std::set<std::uint64_t> delivered_;
    std::uint64_t special_ = 0; // 0: none
    std::uint64_t second_ = 0;
    std::uint32_t special_count_ = 0;
    std::uint32_t second_count_ = 0;
    std::uint64_t last_ = 0;
    bool special_first_ = false;
    bool second_first_ = false;
};

//! Reads all that there is.
void drain(sm::circular_buffer& ring, ledger& accounts);
//! Every node can be written and read, by either; nobody but those in `attached` is there.
void use_every_node(sm::circular_buffer& a, sm::circular_buffer& b, std::size_t attached);

//! The name means something.
bool exists(const std::string& name);

} // namespace every

#endif
