// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The processes of ring_model.hpp, and the words that they share.

#ifndef SHARED_MEMORY_TEST_MODEL_RING_PROGRAM_HPP
#define SHARED_MEMORY_TEST_MODEL_RING_PROGRAM_HPP

#include "ring_model.hpp"

#include "model_system.hpp"
#include "ring_checks.hpp"
#include "sleep_faults.hpp"

#include <shared_memory/detail/core/node_ring_batch.hpp>
#include <shared_memory/detail/core/node_ring_census.hpp>
#include <shared_memory/detail/core/node_ring_dead_letters.hpp>
#include <shared_memory/detail/core/node_ring_repair.hpp>
#include <shared_memory/detail/core/node_ring_search.hpp>
#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>

#include <algorithm>

namespace model {
namespace ring_parts {

using namespace shared_memory::detail;

enum class job : std::uint8_t { write, read, repair, close };

enum step : std::uint8_t {
    glance,
    attempt,
    search,
    waiting, // wait() of waiting.hpp
    use,
    tell,
    tell_both,
    settle,
    leave,
    arrive,
    occupy, // of reaper.hpp; so reap
    await,
    reap,
};

// A checkpoint of this program: called by wait(), as those of reaper.hpp.
constexpr unsigned found_nothing_at_once = 31;

class ring_program final : public program {
public:
    ring_program(machine& m, const ring_options& o, ring_fault fault)
        : m_(m), o_(o), fault_(fault),
          checks_(m, o.nodes, first_lap(), lap_mask, most_counted(),
                  o.max_deliveries != 0 && !o.dead_letters, o.dead_letters) {
        m.strict_timer = o.strict_timer;
        m.may_not_spin = o.may_not_spin;
        m.repairs_wait = true;
        place_words();
        place_processes();
        slots_used_.is_always(slot_count_);
        plant(fault);
        plant_sleep_fault(m, sleep_fault_of(fault),
                          {readers_sleep_.word.location(), writers_sleep_.word.location()});
        heavy_ = (!o.cas_ends || o.single_writer || o.single_reader) &&
                 fault != ring_fault::no_heavy_fences;
        const ring_geometry geometry{o.nodes, inline_payload_bytes, o.max_deliveries,
                                     heavy_,  most_counted(),       o.dead_letters};
        ring_ = node_ring<model_system>(geometry, block_, state_, lines_.data(), nullptr,
                                        participants_.data(), slots_used_, slot_count_);
        ring_.use_plain_counters(o.single_writer, o.single_reader);
        ring_.use_plain_ends(!o.cas_ends);
        ring_.set_patience(1); // another look is the same as a later repair
        m.heavy_fences = heavy_;
    }

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override;
    void loaded(unsigned p, unsigned) override { checks_.scan_begins(p); }
    void died(unsigned p) override { checks_.died(p); }
    void check_end() override {
        bool asleep[2] = {false, false};
        bool mover_asleep = false;
        for (unsigned p = 0; p != m_.process_count; ++p) {
            if (m_.now.processes[p].state != condition::asleep)
                continue;
            asleep[jobs_[p] == job::read ? 0 : 1] = true;
            mover_asleep = mover_asleep || is_mover(p);
        }
        checks_.check_end(asleep[0], asleep[1], mover_asleep, m_.value(state_.location()) != 0,
                          controls_.data());
    }

    static unsigned index_bits(unsigned nodes) { return nodes > 2 ? 2 : 1; }
    static constexpr std::uint64_t lap_mask = (std::uint64_t{1} << 46U) - 1;

private:
    std::uint64_t first_lap() const { return o_.last_lap ? lap_mask : 0; }
    unsigned most_counted() const {
        return o_.most_counted == 0 ? max_delivery_limit : o_.most_counted;
    }
    static sleep_fault sleep_fault_of(ring_fault f) {
        return f == ring_fault::clear_first    ? sleep_fault::clear_first
               : f == ring_fault::clear_always ? sleep_fault::clear_always
               : f == ring_fault::same_ticket  ? sleep_fault::same_ticket
                                               : sleep_fault::none;
    }
    void place_words();
    void place_entries(job j, unsigned slot, unsigned entry);
    void place_processes();
    void plant(ring_fault fault);
    void plant_in_positions(ring_fault fault);
    bool is_control(unsigned location) const {
        return std::find(controls_.begin(), controls_.begin() + o_.nodes, location) !=
               controls_.begin() + o_.nodes;
    }
    bool is_position_said(unsigned location) const;
    void add(job j, unsigned slot, bool arrives, const std::string& name, unsigned first_message);
    using room = model_system::wait_room;
    room& room_of(unsigned p) { return jobs_[p] == job::read ? readers_sleep_ : writers_sleep_; }

    static void tell_all_in(room& sleepers) { notify<model_system>(sleepers); }
    void wake_everybody() {
        if (fault_ != ring_fault::repair_tells_nobody)
            notify_all<model_system>(readers_sleep_, writers_sleep_);
    }
    using ring_type = node_ring<model_system>;
    using claimant = ring_type::claimant;
    using ask_alive = function_ref<bool(std::uint32_t)>;
    claimant claimant_of(unsigned p);
    void forget_said(unsigned p);
    void repair(slot_set& dead, ask_alive alive);
    template <class Use>
    auto with_reaper(unsigned p, Use use);
    void wait_for_it(unsigned p, locals& l);
    ring_result write_at_once(unsigned p, const locals& l, node_run& run);
    ring_result read_at_once(unsigned p, const locals& l, node_run& run);
    ring_result claim(unsigned p, locals& l, bool at_once);
    void peek(unsigned p);
    bool is_mover(unsigned p) const {
        return o_.dead_letters && jobs_[p] == job::read && p != o_.writers;
    }
    bool claim_dead_letter(unsigned p, node_run& run);
    void check_message(unsigned p, const node_run& run, unsigned i, std::uint64_t found,
                       std::uint32_t size);
    void use_messages(unsigned p, locals& l);
    void use_room(unsigned p, locals& l);
    void take_slot(unsigned p, locals& l);
    unsigned most(unsigned p, const locals& l) const;
    bool in_batches(unsigned p) const {
        return (jobs_[p] == job::write ? o_.write_batch : o_.read_batch) > 1;
    }
    step after(unsigned p, ring_result r);

    machine& m_;
    ring_options o_;
    ring_fault fault_;
    ring_checks checks_;
    basic_ring_block<model_system> block_{};
    model_system::word32 state_, slots_used_;
    room readers_sleep_{}, writers_sleep_{};
    std::array<basic_node_line<model_system>, max_nodes> lines_{};
    std::array<basic_participant_block<model_system>, max_processes> slots_{};
    std::array<basic_ring_line<model_system>, max_processes> participants_{};
    redelivery_scan<model_system> scan_;         // each process's own
    model_system::thread_word64 moved_epoch_{0}; // as well; ring_part::moved_epoch_, and one more
    std::array<unsigned, max_nodes> controls_{}, payloads_{};
    std::array<job, max_processes> jobs_{};
    std::array<unsigned, max_processes> first_message_{};
    std::array<unsigned, max_processes> entries_{}; // each thread's, of its handle
    ring_type ring_;
    unsigned slot_count_ = 0;
    bool heavy_ = false;
};

} // namespace ring_parts
} // namespace model

#endif
