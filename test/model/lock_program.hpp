// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The processes of lock_model.hpp, and the words that they share.

#ifndef SHARED_MEMORY_TEST_MODEL_LOCK_PROGRAM_HPP
#define SHARED_MEMORY_TEST_MODEL_LOCK_PROGRAM_HPP

#include "lock_model.hpp"

#include "lock_checks.hpp"
#include "model_system.hpp"
#include "sleep_faults.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/rw_lock.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>

namespace model {
namespace lock_parts {

using namespace shared_memory::detail;

enum class job : std::uint8_t { write, read, observe, repair };

enum step : std::uint8_t {
    first,      // a reader's or writer's first attempt
    first_over, // one that failed
    attempt,    // wait_shared, wait_exclusive
    waiting,    // wait() of waiting.hpp
    close,      // wait_drained
    close_waiting,
    give_up,
    in,
    leave,
    observe,
    arrive,
    occupy, // of reaper.hpp; so reap
    await,
    reap,
};

class lock_program final : public program {
public:
    lock_program(machine& m, const lock_options& o, lock_fault fault)
        : m_(m), o_(o), fault_(fault), checks_(m, o.told_apart) {
        m.strict_timer = o.strict_timer;
        m.may_not_spin = true;
        block_.writer.lies_at(m.locate("writer", 0));
        block_.sequence.lies_at(m.locate("sequence", 0));
        block_.free_sleep.word.lies_at(m.locate("free", 0));
        block_.drain_sleep.word.lies_at(m.locate("drain", 0));
        data_[0].lies_at(m.locate("data0", 0));
        data_[1].lies_at(m.locate("data1", 0));
        written_ = m.locate("contents", 0);
        place_processes();
        slots_used_.lies_at(m.locate("used", slot_count_));
        m.spins_on = static_cast<int>(block_.writer.location()); // try_enter_shared
        plant(fault);
        plant_sleep_fault(m, sleep_fault_of(fault),
                          {block_.free_sleep.word.location(), block_.drain_sleep.word.location()});
        lock_ = rw_lock<model_system>(block_, lines_.data(), slots_used_, slot_count_);
    }

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override {
        if (location == block_.sequence.location())
            checks_.sequence_changed(p, from, to);
        if (location == block_.writer.location())
            checks_.writer_changed(p, from, to);
        for (unsigned s = 0; s != slot_count_; ++s) {
            if (location == lines_[s].shared_lock.location())
                checks_.count_changed(p, s, from);
        }
    }
    void died(unsigned p) override { checks_.died(p); }
    void check_end() override {
        for (unsigned p = 0; p != m_.process_count; ++p) {
            if (m_.now.processes[p].state == condition::asleep)
                m_.report("stuck: " + m_.process_names[p] + " sleeps, and nobody will wake it");
        }
    }

private:
    static sleep_fault sleep_fault_of(lock_fault f) {
        return f == lock_fault::clear_first    ? sleep_fault::clear_first
               : f == lock_fault::clear_always ? sleep_fault::clear_always
               : f == lock_fault::same_ticket  ? sleep_fault::same_ticket
                                               : sleep_fault::none;
    }
    void place_processes();
    void plant(lock_fault fault);
    void add(job j, unsigned slot, bool arrives, const std::string& name);

    using room = model_system::wait_room;
    static void tell_all_in(room& sleepers) { notify<model_system>(sleepers); }
    void wake_everybody() {
        if (fault_ != lock_fault::repair_tells_nobody)
            notify_all<model_system>(block_.free_sleep, block_.drain_sleep);
    }
    using ask_alive = function_ref<bool(std::uint32_t)>;
    void repair(slot_set& dead, ask_alive alive);
    template <class Use>
    auto with_reaper(unsigned p, Use use);
    bool wait_in(unsigned p, room& sleepers, function_ref<progress()> done, bool gives_up = false);
    bool may_nest(unsigned p, const locals& l) const;
    bool enter_shared(unsigned p, const locals& l, lock_use use);
    bool reader_phase(unsigned p, locals& l);
    bool writer_phase(unsigned p, locals& l);
    void write_in(unsigned p);
    void read_in(unsigned p, bool says_inconsistent);
    bool observe_once(locals& l);

    machine& m_;
    lock_options o_;
    lock_fault fault_;
    lock_checks checks_;
    basic_lock_block<model_system> block_{};
    model_system::word32 slots_used_;
    std::array<model_system::word64, 2> data_;
    unsigned written_ = 0;
    std::array<basic_participant_block<model_system>, max_processes> slots_{};
    std::array<basic_lock_line<model_system>, max_processes> lines_{};
    std::array<job, max_processes> jobs_{};
    std::array<bool, max_processes> plain_{};
    std::array<unsigned, max_processes> reads_{}; // a location each: for races
    rw_lock<model_system> lock_;
    unsigned slot_count_ = 0;
};

} // namespace lock_parts
} // namespace model

#endif
