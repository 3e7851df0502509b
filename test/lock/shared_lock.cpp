// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The readers/writer lock's algorithm, over plain memory. Every operation is interrupted before
// each of its steps: by another one that runs from end to end there, or by death, which leaves the
// memory as it is at that step. In the end, threads.

#include "locks_support.hpp"
#include "stepping_system.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/rw_lock.hpp>
#include <shared_memory/detail/core/system.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace sm = shared_memory;
namespace detail = shared_memory::detail;
using namespace locks_test;
using detail::lock_use;

namespace {

// ---- What an array keeps of its lock, and who uses it

constexpr std::uint32_t slots = 3;

template <class System>
struct memory {
    detail::basic_lock_block<typename System::words> block{};
    detail::basic_lock_line<typename System::words> lines[slots]{};
    typename System::word32 slots_used{slots};
    bool alive[slots] = {true, true, true};

    detail::rw_lock<System> lock() {
        return detail::rw_lock<System>(block, lines, slots_used, slots);
    }
};
using stepping = memory<stepping_system>;
using lock_type = detail::rw_lock<stepping_system>;

std::uint64_t owner(std::uint32_t slot, std::uint64_t generation = 1) {
    return detail::owner_word(slot, generation);
}

struct fixture {
    stepping m;
    void reset() {
        m = stepping();
        for (std::uint32_t i = 0; i != slots; ++i)
            m.lock().occupy(i, 1);
    }
    fixture() { reset(); }

    // Without waiting, as try_lock(): true if it is in.
    bool write_in(std::uint32_t slot, std::uint64_t generation = 1) {
        auto lock = m.lock();
        if (!lock.try_enter_exclusive(owner(slot, generation)))
            return false;
        lock.begin_writing();
        return true;
    }
    void write_out(std::uint32_t slot, std::uint64_t generation = 1) {
        m.lock().end_writing();
        m.lock().unclaim(owner(slot, generation));
    }
    bool is_free() { return write_in(2) && (write_out(2), true); }
    std::uint32_t repair(std::uint32_t slot) {
        std::uint32_t given_back = 0;
        shared_memory::detail::slot_set dead(slot);
        m.lock().repair(
            dead, [&](std::uint32_t asked) { return m.alive[asked]; }, given_back);
        return given_back;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(steps, fixture)

BOOST_AUTO_TEST_CASE(alone) {
    BOOST_TEST(m.lock().try_enter_shared(0, lock_use::plain));
    BOOST_TEST(!m.lock().has_shared(0));
    BOOST_TEST(m.lock().try_enter_shared(0, lock_use::explicitly));
    BOOST_TEST(m.lock().has_shared(0));
    BOOST_TEST(!write_in(1));
    m.lock().leave_shared(0, lock_use::plain);
    BOOST_TEST(!write_in(1));
    m.lock().leave_shared(0, lock_use::explicitly);
    const auto before = m.lock().sequence();
    BOOST_TEST(write_in(1));
    BOOST_TEST(m.lock().sequence() % 2 == 1U);
    BOOST_TEST(!m.lock().unchanged(before));
    BOOST_TEST(!m.lock().try_enter_shared(0, lock_use::plain));
    write_out(1);
    BOOST_TEST(m.lock().sequence() % 4 == 0U);
    BOOST_TEST(!m.lock().unchanged(before));
    BOOST_TEST(is_free());
}

// They must not flow over into those that are held explicitly.
BOOST_AUTO_TEST_CASE(as_many_as_a_count_may_hold) {
    for (auto i = lock_type::max_shared; i != 0; --i)
        BOOST_TEST_REQUIRE(m.lock().try_enter_shared(0, lock_use::plain));
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(!m.lock().try_enter_shared(0, lock_use::plain));
    BOOST_TEST(!m.lock().has_shared(0));
    for (auto i = lock_type::max_shared; i != 0; --i)
        m.lock().leave_shared(0, lock_use::plain);
    BOOST_TEST(is_free());
}

BOOST_AUTO_TEST_CASE(who_is_kept_out) {
    BOOST_TEST(m.lock().try_enter_shared(0, lock_use::explicitly));
    BOOST_TEST(m.lock().try_wait_open(owner(1)));
    BOOST_TEST(
        m.lock().try_enter_beside_writer(0, lock_use::explicitly)); // nested: goes straight on
    const auto held_by_0 = m.lines[0].shared_lock.value;
    for (const lock_use use : {lock_use::plain, lock_use::explicitly}) {
        BOOST_TEST(!m.lock().try_enter_shared(0, use)); // another thread of the handle is no holder
        BOOST_TEST(m.lines[0].shared_lock.value == held_by_0);
        BOOST_TEST(!m.lock().try_enter_shared(2, use));
        BOOST_TEST(!m.lock().try_enter_beside_writer(2, use)); // whatever the caller believes
        BOOST_TEST(m.lines[2].shared_lock.value % 0x100000000U == 0U); // nothing is left
    }
    m.lock().leave_shared(0, lock_use::explicitly);
    BOOST_TEST(m.lock().has_shared(0));
    m.lock().leave_shared(0, lock_use::explicitly);
    BOOST_TEST(!m.lock().try_enter_beside_writer(0, lock_use::explicitly));
    m.lock().unclaim(owner(1));
    BOOST_TEST(is_free());
}

// [L1] whichever comes between the other's steps
BOOST_AUTO_TEST_CASE(a_reader_and_a_writer_are_never_in_together) {
    for (const lock_use use : {lock_use::plain, lock_use::explicitly}) {
        bool reader = false, writer = false;
        const auto reads = [&] { reader = m.lock().try_enter_shared(0, use); };
        const auto writes = [&] { writer = write_in(1); };
        const auto check = [&] {
            BOOST_TEST(!(reader && writer));
            if (reader)
                m.lock().leave_shared(0, use);
            if (writer)
                write_out(1);
            BOOST_TEST(is_free());
        };
        const auto setup = [&] { reset(); };
        BOOST_TEST(at_each_step(setup, reads, writes, check) >= 2);
        BOOST_TEST(at_each_step(setup, writes, reads, check) >= 4);
    }
}

// [L1] a handle that holds the lock goes on while a writer waits open, until the writer has closed
BOOST_AUTO_TEST_CASE(a_holder_and_a_closing_writer_are_never_in_together) {
    bool reader = false, writer = false;
    const auto setup = [&] {
        reset();
        BOOST_TEST(m.lock().try_enter_shared(0, lock_use::explicitly));
        BOOST_TEST(!m.lock().try_enter_exclusive(owner(1)));
        BOOST_TEST(m.lock().try_wait_open(owner(1)));
        BOOST_TEST(!m.lock().try_enter_shared(2, lock_use::explicitly)); // others are kept out
    };
    const auto leaves_and_reads = [&] {
        reader = m.lock().try_enter_beside_writer(0, lock_use::plain);
        m.lock().leave_shared(0, lock_use::explicitly);
    };
    const auto closes = [&] {
        if ((writer = m.lock().try_close(owner(1)) == detail::closing::closed))
            m.lock().begin_writing();
    };
    const auto check = [&] {
        BOOST_TEST(!(reader && writer));
        if (reader)
            m.lock().leave_shared(0, lock_use::plain);
        if (!writer)
            BOOST_TEST((m.lock().try_close(owner(1)) == detail::closing::closed));
        write_out(1);
        BOOST_TEST(is_free());
    };
    at_each_step(setup, leaves_and_reads, closes, check);
    at_each_step(setup, closes, leaves_and_reads, check);
}

// [L6] A release that comes once too often, or too late, finds another participant's words.
BOOST_AUTO_TEST_CASE(a_release_puts_out_no_other_writer) {
    for (const bool waits : {false, true}) {
        reset();
        BOOST_TEST((waits ? m.lock().try_wait_open(owner(1)) : write_in(1)));
        const auto mine = m.block.writer.value;
        for (const auto other : {owner(0), owner(2), owner(1, 2), owner(1, 0)}) {
            m.lock().unclaim(other);
            BOOST_TEST(m.block.writer.value == mine);
        }
        m.lock().unclaim(owner(1));
        BOOST_TEST(m.block.writer.value == 0U);
        m.lock().unclaim(owner(1));
        BOOST_TEST(m.block.writer.value == 0U);
    }
}

BOOST_AUTO_TEST_CASE(two_writers_are_never_in_together) {
    bool one = false, two = false;
    at_each_step([&] { reset(); }, [&] { one = write_in(0); }, [&] { two = write_in(1); },
                 [&] {
                     BOOST_TEST(!(one && two));
                     if (one || two)
                         write_out(one ? 0 : 1);
                     BOOST_TEST(is_free());
                 });
}

// ---- Deaths: at each step of all that the slot does

BOOST_AUTO_TEST_CASE(a_readers_death_at_each_step_is_repaired) {
    stepping dead;
    const auto reads = [&] {
        m.lock().try_enter_shared(0, lock_use::explicitly);
        m.lock().try_enter_shared(0, lock_use::plain);
        m.lock().leave_shared(0, lock_use::explicitly);
        m.lock().leave_shared(0, lock_use::plain);
    };
    at_each_step([&] { reset(); }, reads, [&] { dead = m; },
                 [&] {
                     m = dead;
                     BOOST_TEST(repair(0) == 0U); // it lives: nothing is taken from it
                     m.alive[0] = false;
                     const bool held = m.lines[0].shared_lock.value % 65536 != 0;
                     BOOST_TEST(repair(0) == (held ? 1U : 0U));
                     BOOST_TEST(repair(0) == 0U);
                     BOOST_TEST(!m.lock().inconsistent());
                     BOOST_TEST(is_free());
                 });
}

// [L2] inconsistent just if it died while it was in
BOOST_AUTO_TEST_CASE(a_writers_death_at_each_step_is_repaired) {
    stepping dead;
    bool in = false, in_at_death = false;
    const auto writes = [&] {
        in = false;
        m.lock().try_wait_open(owner(1));
        m.lock().try_close(owner(1));
        m.lock().begin_writing();
        in = true;
        m.lock().drained(); // steps, while it writes
        m.lock().end_writing();
        in = false;
        m.lock().unclaim(owner(1));
    };
    const auto dies = [&] {
        dead = m;
        in_at_death = in && (m.block.sequence.value & 1U) != 0;
    };
    int inconsistent = 0;
    at_each_step([&] { reset(); }, writes, dies,
                 [&] {
                     m = dead;
                     const bool claimed = m.block.writer.value != 0;
                     BOOST_TEST(repair(1) == 0U);
                     m.alive[1] = false;
                     BOOST_TEST(repair(1) == (claimed ? 1U : 0U));
                     BOOST_TEST(repair(1) == 0U);
                     BOOST_TEST(m.lock().inconsistent() == in_at_death);
                     inconsistent += in_at_death ? 1 : 0;
                     BOOST_TEST(is_free()); // and stays inconsistent until somebody says otherwise
                     BOOST_TEST(m.lock().inconsistent() == in_at_death);
                     BOOST_TEST(write_in(0));
                     m.lock().mark_consistent();
                     write_out(0);
                     BOOST_TEST(!m.lock().inconsistent());
                 });
    BOOST_TEST(inconsistent >= 3);
}

BOOST_AUTO_TEST_CASE(death_while_putting_right_is_inconsistent_again) {
    BOOST_TEST(write_in(1));
    m.lock().mark_consistent();
    m.alive[1] = false;
    BOOST_TEST(repair(1) == 1U);
    BOOST_TEST(m.lock().inconsistent());
}

// ---- Repairers

// Two at once, and one that is dead itself half way
BOOST_AUTO_TEST_CASE(any_number_may_repair_and_die_doing_it) {
    for (const bool writer : {false, true}) {
        std::uint32_t one = 0, two = 0;
        stepping at_that_step;
        const auto setup = [&] {
            reset();
            if (writer)
                BOOST_TEST(write_in(1));
            else
                BOOST_TEST(m.lock().try_enter_shared(1, lock_use::explicitly));
            m.alive[1] = false;
        };
        const auto then = [&] {
            at_that_step = m;
            two = repair(1);
        };
        at_each_step(
            setup, [&] { one = repair(1); }, then,
            [&] {
                BOOST_TEST(one + two == 1U);
                BOOST_TEST(m.lock().inconsistent() == writer);
                BOOST_TEST(is_free());
                m = at_that_step; // the first one died there
                repair(1);
                BOOST_TEST(m.lock().inconsistent() == writer);
                BOOST_TEST(is_free());
            });
    }
}

// It lives when the repairer begins, and has written when the kernel is asked.
BOOST_AUTO_TEST_CASE(a_writer_dies_writing_while_it_is_asked_about) {
    const auto setup = [&] {
        reset();
        BOOST_TEST(m.lock().try_enter_exclusive(owner(1)));
    };
    const auto writes_and_dies = [&] {
        m.lock().begin_writing();
        m.alive[1] = false;
    };
    at_each_step(
        setup, [&] { repair(1); }, writes_and_dies,
        [&] {
            repair(1);
            BOOST_TEST(m.lock().inconsistent());
            BOOST_TEST(is_free());
        });
}

// [L3] a repairer that stalls while another one repairs, and a successor takes the slot and the
// lock, takes nothing from the successor
BOOST_AUTO_TEST_CASE(a_late_repairer_robs_nobody) {
    for (const bool successor_writes : {false, true}) {
        for (const bool dead_wrote : {false, true}) {
            const auto setup = [&] {
                reset();
                if (dead_wrote)
                    BOOST_TEST(write_in(1));
                else
                    BOOST_TEST(m.lock().try_enter_shared(1, lock_use::explicitly));
                m.alive[1] = false;
            };
            const auto successor = [&] {
                repair(1);
                m.lock().occupy(1, 2);
                m.alive[1] = true;
                if (successor_writes) {
                    BOOST_TEST(write_in(1, 2));
                    m.lock().mark_consistent();
                } else {
                    BOOST_TEST(m.lock().try_enter_shared(1, lock_use::explicitly));
                }
            };
            at_each_step(
                setup, [&] { repair(1); }, successor,
                [&] {
                    if (successor_writes) {
                        BOOST_TEST(!m.lock().try_enter_shared(0, lock_use::plain));
                        BOOST_TEST(m.lock().sequence() % 4 == 1U); // writing, consistent
                        write_out(1, 2);
                    } else {
                        BOOST_TEST(m.lock().has_shared(1));
                        BOOST_TEST(!write_in(0));
                        m.lock().leave_shared(1, lock_use::explicitly);
                    }
                    BOOST_TEST(is_free());
                });
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

// ---- Threads

BOOST_AUTO_TEST_CASE(threads_exclude_each_other) {
    using real = memory<detail::ipc_system>;
    const auto m = std::make_unique<real>();
    std::uint64_t words[8] = {};
    std::atomic<int> wrong{0};
    const auto work = [&](std::uint32_t slot) {
        auto lock = m->lock();
        lock.occupy(slot, 1);
        for (int i = 0; i != times(200000); ++i) {
            if (i % 4 == 0) {
                if (!lock.try_enter_exclusive(owner(slot)))
                    continue;
                lock.begin_writing();
                for (std::uint64_t& word : words)
                    word = word + 1;
                lock.end_writing();
                lock.unclaim(owner(slot));
            } else if (lock.try_enter_shared(slot, lock_use::plain)) {
                for (const std::uint64_t word : words)
                    wrong += word != words[0] ? 1 : 0;
                lock.leave_shared(slot, lock_use::plain);
            }
        }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t slot = 0; slot != slots; ++slot)
        threads.emplace_back(work, slot);
    for (std::thread& t : threads)
        t.join();
    BOOST_TEST(wrong == 0);
    BOOST_TEST(words[0] > 0U);
    BOOST_TEST(words[0] == words[7]);
}
