// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The model's System (see core/system.hpp): each access of a word, and each call of the kernel, is a
// step of the model. The default arguments tell from which line of the algorithm it comes.

#ifndef SHARED_MEMORY_TEST_MODEL_MODEL_SYSTEM_HPP
#define SHARED_MEMORY_TEST_MODEL_MODEL_SYSTEM_HPP

#include "machine.hpp"

#include <shared_memory/detail/core/reaper.hpp>
#include <shared_memory/detail/core/spin_budget.hpp>
#include <shared_memory/detail/core/system.hpp>
#include <shared_memory/detail/core/wait_room.hpp>

#include <boost/memory_order.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace model {

inline order from_boost(boost::memory_order o) {
    switch (o) {
    case boost::memory_order_relaxed:
        return order::relaxed;
    case boost::memory_order_consume:
    case boost::memory_order_acquire:
        return order::acquire;
    case boost::memory_order_release:
        return order::release;
    case boost::memory_order_acq_rel:
        return order::acq_rel;
    case boost::memory_order_seq_cst:
        break;
    }
    return order::seq_cst;
}

template <class T>
class word {
public:
    using memory_order = boost::memory_order;

    void lies_at(unsigned location) {
        location_ = static_cast<std::uint8_t>(location);
        is_constant_ = false;
    }
    //! The configuration never changes it: no access of it is a step.
    void is_always(T value) { always_ = value, is_constant_ = true; }
    unsigned location() const { return location_; }

    T load(memory_order o, const char* file = __builtin_FILE(),
           unsigned line = __builtin_LINE()) const {
        return go(op::load, 0, o, file, line);
    }
    void store(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        go(op::store, v, o, file, line);
    }
    T exchange(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        return go(op::exchange, v, o, file, line);
    }
    T fetch_add(T v, memory_order o, const char* file = __builtin_FILE(),
                unsigned line = __builtin_LINE()) {
        return go(op::add, v, o, file, line);
    }
    T fetch_sub(T v, memory_order o, const char* file = __builtin_FILE(),
                unsigned line = __builtin_LINE()) {
        return go(op::sub, v, o, file, line);
    }
    T fetch_or(T v, memory_order o, const char* file = __builtin_FILE(),
               unsigned line = __builtin_LINE()) {
        return go(op::bit_or, v, o, file, line);
    }
    bool compare_exchange_strong(T& expected, T v, memory_order success, memory_order failure,
                                 const char* file = __builtin_FILE(),
                                 unsigned line = __builtin_LINE()) {
        access a{op::cas, location_, from_boost(success), from_boost(failure), v, expected,
                 file,    line};
        const auto found = static_cast<T>(machine::active->observe(a));
        if (found == expected)
            return true;
        expected = found;
        return false;
    }
    // Spurious failures are not modelled: one only goes round the caller's loop once more.
    bool compare_exchange_weak(T& expected, T v, memory_order success, memory_order failure,
                               const char* file = __builtin_FILE(),
                               unsigned line = __builtin_LINE()) {
        return compare_exchange_strong(expected, v, success, failure, file, line);
    }

private:
    T go(op what, T operand, memory_order o, const char* file, unsigned line) const {
        if (is_constant_) {
            if (what != op::load && operand != always_)
                machine::active->fail("a word changes that the configuration takes for constant");
            return always_;
        }
        return static_cast<T>(machine::active->observe(
            {what, location_, from_boost(o), order::none, operand, 0, file, line}));
    }
    std::uint8_t location_ = 0;
    bool is_constant_ = false;
    T always_ = 0;
};

//! A step that is the kernel's, or one on memory that is not atomic.
inline std::uint64_t kernel(op what, unsigned location_or_slot = 0, std::uint64_t operand = 0,
                            std::uint64_t expected = 0) {
    return machine::active->observe({what, static_cast<std::uint8_t>(location_or_slot),
                                     order::seq_cst, order::none, operand, expected, nullptr, 0});
}

//! A word that each process has for itself, the same number standing for each process's own.
class private_word {
public:
    explicit private_word(std::uint64_t) {}
    void has_number(unsigned number) { number_ = number; }
    std::uint64_t load(std::memory_order) const { return kernel(op::recall, number_); }
    void store(std::uint64_t value, std::memory_order) { kernel(op::note, number_, value); }

private:
    unsigned number_ = 0;
};

//! The fence of a word's algorithm, of the running process or (`whose` is not 0) of another one.
inline void fence_step(order o, const char* file, unsigned line, unsigned whose = 0) {
    machine::active->observe({op::fence, 0, o, order::none, whose, 0, file, line});
}

//! One handle. Spinning is a single try: further tries are the same as another interleaving.
class model_system {
public:
    using words = model_system;
    using word32 = word<std::uint32_t>;
    using word64 = word<std::uint64_t>;
    using private_word64 = std::atomic<std::uint64_t>;
    using thread_word64 = private_word;
    using progress = shared_memory::detail::progress;
    using sleep_end = shared_memory::detail::sleep_end;
    using wait_room = shared_memory::detail::basic_wait_room<model_system>;
    using ticket = shared_memory::detail::basic_sleep_ticket<model_system>;

    explicit model_system(unsigned slot) : slot_(slot) {}

    static void full_fence(const char* file = __builtin_FILE(),
                           unsigned line = __builtin_LINE()) noexcept {
        fence_step(order::seq_cst, file, line);
    }
    static void store_fence(const char* file = __builtin_FILE(),
                            unsigned line = __builtin_LINE()) noexcept {
        fence_step(order::release, file, line);
    }
    static void load_fence(const char* file = __builtin_FILE(),
                           unsigned line = __builtin_LINE()) noexcept {
        fence_step(order::acquire, file, line);
    }
    static void light_fence() noexcept {}
    // A full fence of each process, one after the other.
    static void heavy_fence(const char* file = __builtin_FILE(),
                            unsigned line = __builtin_LINE()) noexcept {
        fence_step(order::seq_cst, file, line);
        for (unsigned p = 0; p != machine::active->process_count; ++p)
            fence_step(order::seq_cst, file, line, p + 1);
        fence_step(order::seq_cst, file, line);
    }
    static void wake(wait_room& room) {
        if (machine::active->before_waking)
            machine::active->before_waking(room.word.location());
        kernel(op::wake, room.word.location());
    }

    static void checkpoint(unsigned place) { machine::active->checkpoint(place, 0); }
    template <class... Live>
    static void checkpoint(unsigned place, Live... live) {
        std::uint64_t all = 1;
        ((all = mix(all, worth(live))), ...);
        machine::active->checkpoint(place, all);
    }
    static void checkpoint(unsigned place, ticket* rooms, std::size_t count) {
        std::uint64_t all = 1;
        for (std::size_t i = 0; i != count; ++i)
            all = mix(all, rooms[i].ticket);
        machine::active->checkpoint(place, all);
    }

    bool alive(std::uint32_t slot) const { return slot == slot_ || kernel(op::alive, slot) != 0; }
    // An oracle instead of a clock: without it every round would ask about every slot.
    bool look_is_due() { return kernel(op::anyone_dead) != 0; }
    bool interrupted() const { return false; }
    void resume() {}
    progress stay_awake(shared_memory::detail::function_ref<progress()> done,
                        shared_memory::deadline, shared_memory::detail::spin_budget&) const {
        return machine::active->may_not_spin && kernel(op::choice) == 0 ? progress::blocked
                                                                        : done();
    }
    sleep_end sleep(const ticket* rooms, std::size_t, shared_memory::deadline) {
        const auto found = kernel(op::sleep, rooms->block->word.location(), 0, rooms->ticket);
        return found == found_timer ? sleep_end::deadline : sleep_end::unclear;
    }
    static std::int64_t now() { return 0; }
    static void yield() {}
    static void stay_away(std::uint32_t) {}

private:
    // A live value, as far as states differ by it.
    static std::uint64_t worth(std::uint64_t value) { return value; }
    static std::uint64_t worth(const shared_memory::detail::slot_set* slots) {
        std::uint64_t all = 1;
        for (std::uint32_t i = slots->first(); i < max_processes; i = slots->after(i))
            all = mix(all, i);
        return all;
    }
    static std::uint64_t worth(const shared_memory::detail::dead_participants* dead) {
        std::uint64_t all = 1;
        for (std::uint32_t i = dead->slots.first(); i < max_processes; i = dead->slots.after(i))
            all = mix(mix(all, i), dead->words[i]);
        return all;
    }

    unsigned slot_;
};

//! A fault of both programs: what dead participants held is repaired after their slots were marked
//! free.
inline void mark_first(shared_memory::detail::basic_participant_block<model_system>* slots,
                       shared_memory::detail::slot_set& dead) {
    using shared_memory::detail::slot_set;
    for (std::uint32_t i = dead.first(); i != slot_set::capacity; i = dead.after(i)) {
        auto& mark = slots[i].slot_word;
        if (!shared_memory::detail::mark_free<model_system>(mark,
                                                            mark.load(boost::memory_order_acquire)))
            dead.remove(i);
    }
}

} // namespace model

#endif
