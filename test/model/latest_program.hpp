// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The processes of latest_model.hpp, and the words that they share.

#ifndef SHARED_MEMORY_TEST_MODEL_LATEST_PROGRAM_HPP
#define SHARED_MEMORY_TEST_MODEL_LATEST_PROGRAM_HPP

#include "latest_model.hpp"

#include "latest_checks.hpp"
#include "model_system.hpp"

#include <shared_memory/detail/core/latest_repair.hpp>
#include <shared_memory/detail/core/latest_value.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>

namespace model {
namespace latest_parts {

using namespace shared_memory::detail;

enum class job : std::uint8_t { write, read, repair };

enum step : std::uint8_t {
    start,   // a writer's: loads, if it updates
    claim,   // begin()
    waiting, // wait() of waiting.hpp: for a buffer, a pin word, or a newer value
    fill,
    finish, // publish(), publish_if() or end()
    load,
    hold,
    look, // in place
    unpin,
    arrive,
    occupy,    // of reaper.hpp; so reap
    take_role, // of latest_part.cpp
    await,
    reap
};

class latest_program final : public program {
public:
    latest_program(machine& m, const latest_options& o, latest_fault fault);

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override;
    void died(unsigned p) override;
    void check_end() override;

private:
    using cell_type = latest_cell<model_system>;
    using room = model_system::wait_room;
    using ask_alive = function_ref<bool(std::uint32_t)>;

    void place_words();
    void place_processes();
    void add(job j, unsigned slot, bool arrives, const char* name, unsigned first_value);
    void plant(latest_fault fault);

    bool writes(unsigned p) const { return jobs_[p] == job::write; }
    step now_in(unsigned p) const { return static_cast<step>(m_.now.processes[p].knows.phase); }
    bool in_place() const { return o_.pins != 0 && !o_.copies; }
    std::uint64_t own_word(unsigned p) const {
        return owner_word(m_.now.processes[p].slot, generation_[p]);
    }
    unsigned current_buffer() const {
        return latest_mark{m_.value(block_.current.location())}.index();
    }

    void wake_everybody() {
        if (fault_ != latest_fault::repair_tells_nobody)
            notify_all<model_system>(block_.newer_sleep, block_.free_sleep);
    }
    void repair(slot_set& dead, ask_alive alive);
    template <class Use>
    auto with_reaper(unsigned p, Use use);
    latest_result load_value(unsigned p, latest_view& view, std::uint64_t& value);
    void start_store(unsigned p, locals& l);
    bool try_claim(unsigned p, locals& l);
    bool try_hold(unsigned p, locals& l);
    void wait_for_it(unsigned p, locals& l);
    void fill_buffer(unsigned p, locals& l);
    bool finish_store(unsigned p, locals& l);
    void load_newest(unsigned p, locals& l);
    void look_in_place(unsigned p, locals& l);
    bool note_loaded(unsigned p, locals& l, const latest_view& view, std::uint64_t a,
                     std::uint64_t b);
    bool take(unsigned p, locals& l);
    static latest_claim claim_of(const locals& l) { return {nullptr, 0, l.index, l.word}; }

    machine& m_;
    latest_options o_;
    latest_fault fault_;
    basic_latest_block<model_system> block_{};
    std::array<basic_latest_line<model_system>, most_buffers> lines_{};
    std::array<std::array<model_system::word64, 2>, most_buffers> data_{};
    model_system::word32 slots_used_;
    std::array<basic_participant_block<model_system>, max_processes> slots_{};
    std::array<job, max_processes> jobs_{};
    std::array<std::uint64_t, max_processes> generation_{};
    std::array<unsigned, max_processes> first_value_{};
    std::array<cell_type, max_processes> cells_;
    unsigned slot_count_ = 0;
    bool repairs_ = false;
    bool heavy_ = false;
    latest_checks checks_;
};

} // namespace latest_parts
} // namespace model

#endif
