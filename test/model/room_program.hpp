// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The processes of room_model.hpp, and the words that they share.

#ifndef SHARED_MEMORY_TEST_MODEL_ROOM_PROGRAM_HPP
#define SHARED_MEMORY_TEST_MODEL_ROOM_PROGRAM_HPP

#include "room_model.hpp"

#include "model_system.hpp"
#include "sleep_faults.hpp"

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>

#include <array>
#include <cstdint>

namespace model {
namespace room_parts {

using namespace shared_memory::detail;

enum step : std::uint8_t {
    publish,
    tell,
    await // wait() of waiting.hpp
};

//! What each writer has published and told: that much no sleeper may miss.
struct room_ghost {
    std::array<std::uint8_t, max_processes> told;
};

class room_program final : public program {
public:
    room_program(machine& m, const room_options& o, room_fault fault);

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned, unsigned, std::uint64_t, std::uint64_t) override {}
    void died(unsigned) override {}
    void check_end() override;

private:
    bool is_writer(unsigned p) const { return p < o_.writers; }
    void plant(room_fault fault);
    void tell_sleepers(unsigned p, locals& l);
    bool sleep_until_more(unsigned p, locals& l);
    unsigned total() const;

    machine& m_;
    room_options o_;
    model_system::wait_room room_{};
    std::array<model_system::word32, max_processes> published_{}; // each writer's count
};

} // namespace room_parts
} // namespace model

#endif
