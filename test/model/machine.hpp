// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The model's processes. Each runs a program: ordinary code that calls the library's algorithms
// over the model's System (model_system.hpp). A program is cut into phases; between two phases all
// that it knows lies in `locals`. Within a phase what it knows follows from what its accesses have
// found, so a process that has stopped before an access is its locals and the list of what was
// found since the phase began; it goes on by running the phase again from its beginning over that
// list. That is why a state can be copied, compared and gone back to, without stacks that are
// switched or copied.
//
// A phase may be a whole wait of the library, which goes round and round. At its checkpoints it
// says which values matter from there on; states are compared by those, and by what was found after
// the last checkpoint. The list before it is kept, to be run again. Where a wait begins anew,
// nothing matters, and the list is dropped.

#ifndef SHARED_MEMORY_TEST_MODEL_MACHINE_HPP
#define SHARED_MEMORY_TEST_MODEL_MACHINE_HPP

#include "memory.hpp"

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace model {

constexpr std::uint64_t found_timer = 2; // by op::sleep, of a sleeper that its timer has woken

constexpr unsigned private_words = 4; // of each process
constexpr unsigned max_log = 250;     // accesses in one phase; more of them: it goes round for ever

//! What a program knows between two phases. All zero at first, but for the phase.
struct locals {
    std::uint8_t phase, back, done, index, slot, count, flag, flag2;
    std::uint32_t ticket, size;
    std::uint64_t word, mark, generation;
    std::array<std::uint64_t, 10> side; // what a handle knows by itself, of a ring that has it
};
static_assert(std::has_unique_object_representations_v<locals>);

//! An algorithm that has checkpoints may call another one that has: see core/system.hpp.
constexpr unsigned checkpoint_levels = 3;
constexpr unsigned places_of_level = 16;

constexpr std::uint64_t mix(std::uint64_t h, std::uint64_t v) {
    h = (h ^ v) * 0x9e3779b97f4a7c15U;
    return h ^ h >> 29U;
}

enum class condition : std::uint8_t { running, asleep, dead, done };

struct process {
    condition state;
    std::uint8_t slot;   // two threads of one process have the same
    std::uint8_t block;  // asleep on this location
    std::uint8_t deaths; // that had happened when it last looked for the dead, or fell asleep
    std::uint8_t found_count;
    std::uint8_t base; // what was found before does not matter, but for
    std::array<std::uint64_t, checkpoint_levels> live;
    locals knows;
    std::array<std::uint64_t, private_words> keeps; // its private words
    access next;
    std::array<std::uint64_t, max_log> found;
};

constexpr unsigned ghost_bytes = 128;

struct state {
    std::array<process, max_processes> processes;
    std::array<std::uint8_t, max_processes> slot_taken; // the kernel's lock
    std::uint8_t deaths, preemptions, weak_steps, last;
    std::array<std::uint8_t, ghost_bytes> ghost; // what the checks remember
    memory shared;
};

class program {
public:
    virtual ~program() = default;
    //! Runs the phase that `l` says and sets the next one. False: the process has ended.
    virtual bool phase(unsigned process, locals& l) = 0;
    //! A word was changed.
    virtual void changed(unsigned process, unsigned location, std::uint64_t from,
                         std::uint64_t to) = 0;
    //! A word that is watched was loaded.
    virtual void loaded(unsigned, unsigned) {}
    virtual void died(unsigned process) = 0;
    //! Nobody can move: is nothing owed?
    virtual void check_end() = 0;
};

struct move {
    enum kind_type : std::uint8_t { step, die, timer } kind;
    std::uint8_t process;
    std::uint8_t way;
};

//! The memory order of one place in the code, changed: for tests of the model.
struct weakening {
    const char* file = nullptr; // how its name ends; null: none
    unsigned line = 0;          // 0: all lines
    op what = op::load;
    bool failure = false;
    order from = order::none;
    order to = order::relaxed;

    bool fits(const access& a) const;
};

//! A fault changes what an access does, or what it finds.
struct intervention {
    std::function<void(unsigned process, access&)> before;
    std::function<std::uint64_t(unsigned process, const access&, std::uint64_t)> after;
    bool wake_one = false;
};

class machine {
public:
    bool weak = false;       // the memory
    int max_weak_steps = -1; // stale loads and the like; -1: any number
    int max_preemptions = -1;
    // A sleeper's timer: once after each death, and while a dead participant's slot is used.
    // Strict: the latter only.
    bool strict_timer = false;
    // A repair may be left unfinished until a living process has gone on: see others_stand().
    bool repairs_wait = false;
    bool may_not_spin = false; // a waiting handle may announce its sleep without that try
    bool heavy_fences = false; // what the finished have done may be brought to light by one
    unsigned process_count = 0;
    program* what_runs = nullptr;
    weakening weakened;
    intervention change;
    std::function<void(unsigned location)> before_waking; // what a fault changes before a wake-up
    std::vector<std::string> names;                       // of locations
    std::vector<std::string> process_names;
    std::array<bool, max_locations> silent{};    // counters that nobody reads
    std::array<int, max_processes> slot_word{};  // where each slot's mark is; -1: no such slot
    std::array<bool, max_locations> loop_head{}; // see leave_loop()
    const char* loops_in = "";                   // a part of a file's name
    int sticky = -1;                             // see leave_loop()
    int spins_on = -1;                           // a location: see spun_out()
    int watched = -1;                            // a location: see program::loaded
    state now{};

    //! Learnt: who uses a location, who changes it. One used otherwise than was known: `relearn`.
    std::array<std::uint8_t, max_locations> users{}, changers{};
    bool relearn = false;

    std::string violation; // empty: none
    std::function<void(const std::string&)> tracer;
    std::function<void(const access&)> visitor; // of places in the code

    unsigned locate(const std::string& name, std::uint64_t value);
    void start();

    // For the explorer.
    void moves(std::vector<move>& out, unsigned max_deaths) const;
    void make(const move& m);
    std::uint64_t hash(bool with_last) const;
    //! Of a state in which nobody can move: the words, what the checks remember, who sleeps
    //! or died.
    std::uint64_t final_hash() const;

    // For programs, while they run.
    std::uint64_t observe(const access& a);
    void checkpoint(unsigned place, std::uint64_t live);
    //! Of the checkpoint after which nothing was found yet; 0: there is none.
    unsigned at_checkpoint() const { return cursor_ == base_ ? place_ : 0; }
    unsigned running() const { return current_; }
    //! What follows the newest access runs once only: for ghosts. Before: what ran already.
    bool live() const { return cursor_ == now.processes[current_].found_count; }
    [[noreturn]] void fail(const char* text); // by a jump: nothing may be left to destroy
    //! For checks that are not part of a process.
    void report(const std::string& text);
    template <class Ghost>
    Ghost& ghost() {
        static_assert(sizeof(Ghost) <= ghost_bytes && std::is_trivially_copyable_v<Ghost>);
        return *reinterpret_cast<Ghost*>(now.ghost.data());
    }
    //! Since the last checkpoint of the phase that runs: the newest access that fits.
    template <class Fits>
    const access* latest(Fits fits, std::uint64_t* found = nullptr) const {
        for (unsigned i = cursor_; i-- != base_;) {
            const std::uint64_t what_was_found = now.processes[current_].found[i];
            if (fits(log_[i], what_was_found)) {
                if (found != nullptr)
                    *found = what_was_found;
                return &log_[i];
            }
        }
        return nullptr;
    }
    std::uint64_t value(unsigned location) const { return now.shared.value[location]; }
    bool dead_slot_used() const;
    bool timer_may_fire(const process& p) const;
    bool is_live(unsigned p) const {
        return now.processes[p].state == condition::running ||
               now.processes[p].state == condition::asleep;
    }

    static machine* active; // whose model_system.hpp's are

private:
    void run(unsigned p);
    void begin_phase();
    void wake_up(unsigned p, std::uint64_t found);
    bool enabled(const process& p) const;
    bool may_try_again(const process& p) const;
    bool others_stand(const process& p) const;
    bool immediate(unsigned p, const access& a) const;
    unsigned ways(unsigned p, const access& a) const;
    std::uint64_t perform(unsigned p, const access& a, unsigned way);
    std::uint64_t perform_kernel(unsigned p, const access& a, unsigned way);
    void remember(unsigned p, std::uint64_t found);
    void note_use(unsigned p, const access& a);
    void leave_loop(process& p, const access& a);
    bool spun_out(const process& p, const access& a) const;
    void die(unsigned p);
    void trim();
    void trace(unsigned p, const access& a, std::uint64_t found, unsigned way);
    std::uint64_t hash_weak(std::uint64_t h) const;

    unsigned current_ = 0;
    unsigned cursor_ = 0;
    unsigned base_ = 0;  // of the last checkpoint,
    unsigned place_ = 0; // its place
    std::array<std::uint64_t, checkpoint_levels> live_{};
    unsigned next_location_ = 0;
    std::array<access, max_log> log_{}; // of the phase that runs
    std::jmp_buf out_;
};

void copy(state& to, const state& from, bool weak);
const char* name_of(op o);
const char* name_of(order o);

} // namespace model

#endif
