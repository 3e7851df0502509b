// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The processes of spsc_model.hpp, and the words that they share.

#ifndef SHARED_MEMORY_TEST_MODEL_SPSC_PROGRAM_HPP
#define SHARED_MEMORY_TEST_MODEL_SPSC_PROGRAM_HPP

#include "spsc_model.hpp"

#include "model_system.hpp"
#include "spsc_checks.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/spsc_ring.hpp>
#include <shared_memory/detail/core/spsc_ring_batch.hpp>
#include <shared_memory/detail/core/spsc_ring_copy.hpp>
#include <shared_memory/detail/core/spsc_ring_repair.hpp>
#include <shared_memory/detail/core/spsc_ring_search.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>

namespace model {
namespace spsc_parts {

using namespace shared_memory::detail;

enum class job : std::uint8_t { write, read, repair, close };

enum step : std::uint8_t {
    glance,
    attempt,
    search,
    waiting, // wait() of waiting.hpp
    extend,
    claim_second, // of late_writes, late_reads
    fill,         // what was claimed
    use,          // what was read
    end_second,
    end_first,
    settle, // told of the end
    leave,
    arrive,
    occupy,    // of reaper.hpp; so reap
    take_role, // of ring_part.cpp
    begin,
    await,
    reap
};

class spsc_program final : public program {
public:
    spsc_program(machine& m, const spsc_options& o, spsc_fault fault);

    bool phase(unsigned p, locals& l) override;
    void changed(unsigned p, unsigned location, std::uint64_t from, std::uint64_t to) override;
    void died(unsigned) override {}
    void check_end() override;

private:
    using ring_type = spsc_ring<model_system>;
    using room = model_system::wait_room;
    using ask_alive = function_ref<bool(std::uint32_t)>;

    void place_words();
    void place_processes();
    void add(job j, unsigned slot, bool arrives, const char* name, unsigned first_message);
    void plant(spsc_fault fault);

    std::uint64_t first_lap() const { return o_.last_lap ? lap_mask() : 0; }
    static std::uint64_t lap_mask() { return (std::uint64_t{1} << 46U) - 1; }
    unsigned index_bits() const { return o_.nodes > 2 ? 2 : 1; }
    std::uint64_t first_position() const { return first_lap() << index_bits(); }
    std::uint64_t own_word(unsigned p) const {
        return owner_word(m_.now.processes[p].slot, generation_[p]);
    }
    unsigned place_of(std::uint64_t counter) const; // from the beginning of the model
    unsigned place_of_index(unsigned p, std::uint64_t index);

    bool writes(unsigned p) const { return jobs_[p] == job::write; }
    room& room_of(unsigned p) { return writes(p) ? writers_sleep_ : readers_sleep_; }
    ring_type& ring_of(unsigned p) { return rings_[p]; }
    ring_type::side& side_of(unsigned p) {
        return writes(p) ? rings_[p].writer() : rings_[p].reader();
    }
    using private_words = std::array<model_system::private_word64*, 10>;
    static private_words words_of(ring_type::side& s) {
        return {&s.limit,   &s.done,  &s.noted, &s.again, &s.busy,
                &s.walking, &s.freed, &s.holes, &s.front, &s.begun};
    }
    // What a handle knows by itself lies in its process's locals between two phases.
    void bring_side(unsigned p, const locals& l);
    void keep_side(unsigned p, locals& l);

    void wake_everybody() {
        if (fault_ != spsc_fault::repair_tells_nobody)
            notify_all<model_system>(readers_sleep_, writers_sleep_);
    }
    void repair(slot_set& dead, ask_alive alive);
    template <class Use>
    auto with_reaper(unsigned p, Use use);
    ring_result claim(unsigned p, node_claim& c, bool at_once);
    static void remember(locals& l, const node_claim& c);
    static node_claim first_of(const locals& l);
    static node_claim second_of(const locals& l);
    step after(unsigned p, const locals& l, ring_result r);
    step after_claim(unsigned p, const locals& l) const;
    bool copy(unsigned p, const locals& l);
    void wait_for_it(unsigned p, locals& l);
    void peek(unsigned p);
    void extend_run(unsigned p, locals& l);
    void fill_node(unsigned p, std::uint64_t index, unsigned message);
    void fill_nodes(unsigned p, locals& l);
    void read_node(unsigned p, const node_claim& c);
    void use_messages(unsigned p, locals& l);
    void end_run(unsigned p, const node_run& run, unsigned count, unsigned message);
    bool go_on(unsigned p, locals& l);
    bool take(unsigned p, locals& l);
    bool step_of(unsigned p, locals& l);
    unsigned most(unsigned p, const locals& l) const;

    machine& m_;
    spsc_options o_;
    spsc_fault fault_;
    basic_spsc_block<model_system> block_{};
    model_system::word32 state_, slots_used_;
    model_system::word64 writer_role_, reader_role_, redelivered_, given_up_;
    room readers_sleep_{}, writers_sleep_{};
    std::array<model_system::word32, max_nodes> sizes_{};
    std::array<model_system::word64, max_nodes> write_notes_{}, read_notes_{};
    std::array<unsigned, max_nodes> payloads_{};
    std::array<basic_participant_block<model_system>, max_processes> slots_{};
    std::array<job, max_processes> jobs_{};
    std::array<std::uint64_t, max_processes> generation_{};
    std::array<unsigned, max_processes> first_message_{};
    std::array<ring_type, max_processes> rings_;
    std::array<std::byte, 64 * max_nodes> nowhere_{}; // payloads are locations
    unsigned slot_count_ = 0;
    bool heavy_ = true;
    spsc_checks checks_;
};

} // namespace spsc_parts
} // namespace model

#endif
