// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "lock.hpp"
#include "all.hpp"

#include <iterator>
#include <unistd.h>

namespace every {

content full_of(std::uint64_t number) {
    content result;
    result.fill(number);
    return result;
}

namespace {

constexpr std::uint64_t old_number = 0x1111111111111111;
constexpr std::uint64_t new_number = 0x2222222222222222;

void nothing(buffer&) {}
void locks(buffer& b) {
    b->lock();
}
void unlocks(buffer& b) {
    b->unlock();
}
void locks_shared(buffer& b) {
    b->lock_shared();
}
void unlocks_shared(buffer& b) {
    b->unlock_shared();
}
void reads(buffer& b) {
    content all;
    b->read(all);
}
void writes(buffer& b) {
    b->write(full_of(new_number));
}
void tries(buffer& b) {
    (void)b->try_lock();
}
void tries_shared(buffer& b) {
    (void)b->try_lock_shared();
}
void recovers(buffer& b) {
    b->recover();
}
void puts_right(buffer& b) {
    (void)b->try_lock();
    b->write(full_of(old_number));
    b->mark_consistent();
    b->unlock();
}
// A handle that has spun in vain often spins less.
void tire(buffer& b) {
    for (int i = 0; i != 15; ++i)
        (void)b->try_lock_for(std::chrono::microseconds(50));
}
void tire_shared(buffer& b) {
    for (int i = 0; i != 15; ++i)
        (void)b->try_lock_shared_for(std::chrono::microseconds(50));
}
void locks_and_writes(buffer& b) {
    b->lock();
    b->write(full_of(new_number));
}
void waits_for_readers(buffer& b) {
    // dies in there, the survivor holding the lock for reading
    (void)b->try_lock_for(std::chrono::hours(1));
}

constexpr std::array<int, 3> untouched{0, -1, -1}, now_right{1, 0, -1}, now_writing{0, 1, -1},
    no_longer{1, 0, -1}, written{-1, 0, 1}, wrote{0, 1, 2}, left_so{-1, 0, -1};

constexpr lock_plan plans[] = {
    {"lock", "free", true, nothing, nothing, nullptr, false, nothing, locks, now_writing},
    {"lock", "shared by another one", true, locks_shared, unlocks_shared, nullptr, false, nothing,
     tries, untouched},
    {"lock", "held by another one", true, locks, unlocks, nullptr, false, nothing, tries,
     untouched},
    {"unlock", "alone", true, nothing, nothing, nullptr, false, locks, unlocks, no_longer},
    {"unlock", "having written", true, nothing, nothing, nullptr, false, locks_and_writes, unlocks,
     written},
    {"lock_shared", "free", true, nothing, nothing, nullptr, false, nothing, locks_shared,
     untouched},
    {"lock_shared", "shared by another one", true, locks_shared, unlocks_shared, nullptr, false,
     nothing, locks_shared, untouched},
    {"lock_shared", "shared by itself", true, nothing, nothing, nullptr, false, locks_shared,
     locks_shared, untouched},
    {"lock_shared", "shared by itself, a locker waits", true, nothing, nothing, locks, true,
     locks_shared, locks_shared, untouched},
    {"lock_shared", "held by another one", true, locks, unlocks, nullptr, false, nothing,
     tries_shared, untouched},
    {"unlock_shared", "alone", true, nothing, nothing, nullptr, false, locks_shared, unlocks_shared,
     untouched},
    {"unlock_shared", "shared by another one", true, locks_shared, unlocks_shared, nullptr, false,
     locks_shared, unlocks_shared, untouched},
    {"write", "buffer", true, nothing, nothing, nullptr, false, nothing, writes, wrote},
    {"write", "buffer, locked", true, nothing, nothing, nullptr, false, locks, writes, left_so},
    {"read", "buffer", true, nothing, nothing, nullptr, false, nothing, reads, untouched},
    {"read", "buffer, shared, a locker waits", true, nothing, nothing, locks, true, locks_shared,
     reads, untouched},
    {"wait", "locker, locked", false, locks, unlocks, nullptr, false, tire, locks, now_writing},
    {"wait", "locker, shared", false, locks_shared, unlocks_shared, nullptr, false, tire, locks,
     now_writing},
    {"wait", "lock_shared, locked", false, locks, unlocks, nullptr, false, tire_shared,
     locks_shared, untouched},
    {"wait", "writer of a buffer", false, locks, unlocks, nullptr, false, tire, writes, wrote},
    {"wake", "unlock, a locker", true, nothing, nothing, locks, true, locks, unlocks, no_longer},
    {"wake", "unlock, a lock_shared", true, nothing, nothing, locks_shared, true, locks, unlocks,
     no_longer},
    {"wake", "unlock_shared, a locker", true, nothing, nothing, locks, true, locks_shared,
     unlocks_shared, untouched},
    {"recover", "lock", true, nothing, nothing, locks, false, nothing, recovers, left_so},
    {"recover", "lock_shared", true, nothing, nothing, locks_shared, false, nothing, recovers,
     untouched},
    {"recover", "lock, by locking", true, nothing, nothing, locks, false, nothing, tries, left_so},
    {"recover", "lock_shared, by locking", true, nothing, nothing, locks_shared, false, nothing,
     tries, now_writing},
    {"recover", "lock, by lock_shared", true, nothing, nothing, locks, false, nothing, tries_shared,
     left_so},
    {"recover", "lock, and put right", true, nothing, nothing, locks, false, nothing, puts_right,
     now_right},
    {"recover", "a locker that waits", true, locks_shared, unlocks_shared, waits_for_readers, true,
     nothing, recovers, untouched},
};

constexpr std::uint64_t others_slot = 1;

class lock_scenario : public scenario {
public:
    explicit lock_scenario(const lock_plan& plan) : plan_(plan) {}

    // ---- The third process

    bool has_other() const override { return plan_.other != nullptr; }
    void other_runs() override {
        buffer b;
        b.emplace(sm::open_only, name(), sleepers_options());
        if (plan_.sleeps)
            mark();
        plan_.other(b);
        told_->inconsistent = b->inconsistent();
        told_->what = told_by_other::state::has_lock;
        if (plan_.sleeps) {
            plan_.other == locks ? b->unlock() : b->unlock_shared();
            b.reset();
        }
        mark();
    }

    // ---- The victim

    void victim_prepares() override {
        mine_.emplace(sm::open_only, name(), opening_options());
        mine_->read_write_timeout(std::chrono::hours(1));
        plan_.ready(mine_);
    }
    void operation() override { plan_.run(mine_); }

    // ---- The trial's process

    void prepare(tracee* other) override {
        old_.emplace(sm::create_only, name(), sizeof(content), strict_options());
        old_->read_write_timeout(patience);
        old_->write(full_of(old_number));
        plan_.survivor(old_);
        other_ = other;
        if (other != nullptr)
            other->run_to_mark();
    }
    void begins(const segment_watch& watch) override {
        victims_slot_ = watch.object().block().life.slots_used.load() - 1; // the last one to come
        if (plan_.sleeps) {
            other_->go();
            require(other_->sleeps_or_stops(), "the one that was to sleep does not");
        }
        if (dies())
            other_->kill();
    }
    void wake() override {
        woken_ = true;
        plan_.survivor_ends(old_);
    }
    void is_alive(const segment_watch& watch) override {
        if (!dies())
            require(old_->recover().participants_reaped() == 0,
                    "a process that is only stopped was declared dead");
        // Half way through; or somebody was, and nobody has put it right. (A sleeper may be in
        // by now, and lives.)
        const std::uint64_t writer = watch.object().lock().writer.load();
        const std::uint64_t sequence = watch.object().lock().sequence.load();
        const std::uint64_t slot = writer >> 1U & 1023U;
        const bool is_dead = slot == victims_slot_ || (dies() && slot == others_slot);
        expects_inconsistent_ =
            (sequence & 2U) != 0 || ((sequence & 1U) != 0 && writer != 0 && is_dead);
    }
    int survive(bool fresh_first) override;
    int last_rank() const override;

private:
    //! The third process died before the operation began.
    bool dies() const { return plan_.run == recovers || (other_ != nullptr && !plan_.sleeps); }
    void other_gets_through();
    void take(sm::buffer_read_write& b);
    void use(sm::buffer_read_write& a, sm::buffer_read_write& b);

    const lock_plan& plan_;
    buffer mine_; // the victim's
    buffer old_;  // the survivor's
    tracee* other_ = nullptr;
    told_by_other* const told_ = new_told_by_other();
    std::uint64_t victims_slot_ = 0;
    bool woken_ = false;
    bool expects_inconsistent_ = false;
    std::uint64_t found_ = 0; // what was in the buffer, if it was whole
};

// The first process that wants the lock gets it, and is told what the dead process has left.
void lock_scenario::take(sm::buffer_read_write& b) {
    const sm::acquired got = b.acquire_write_lock(patience);
    require(static_cast<bool>(got), "the lock is not to be had");
    require(!expects_inconsistent_ || got == sm::acquired::inconsistent,
            "a writer died half way through, and nobody is told");
    require(expects_inconsistent_ || got == sm::acquired::ok,
            "told inconsistent, and no writer died half way through");
    const content all = b.read<content>();
    if (got == sm::acquired::ok) {
        require(all == full_of(old_number) || all == full_of(new_number),
                "half of what was written is there, and nobody is told");
        found_ = all[0];
    } else {
        b.write(full_of(old_number));
        b.mark_consistent();
    }
    b.release_write_lock();
}

void lock_scenario::use(sm::buffer_read_write& a, sm::buffer_read_write& b) {
    require(!a.inconsistent() && !b.inconsistent(), "inconsistent after mark_consistent");
    require(a.try_lock_shared() && b.try_lock_shared(), "two readers cannot share the lock");
    b.unlock_shared();
    require(!b.try_lock(), "a writer was let in beside a reader");
    a.unlock_shared();
    require(b.try_lock() && !a.try_lock() && !a.try_lock_shared(), "the lock does not lock");
    b.unlock();
    a.write(full_of(3));
    require(b.read<content>() == full_of(3), "what was written is not read");
    b.write(full_of(4));
    require(a.read<content>() == full_of(4), "what was written is not read");
    require(a.recover().participants_reaped() == 0 && b.recover().participants_reaped() == 0,
            "a dead participant was not repaired");
    require(a.participants().size() == 2, "a dead process is still attached");
}

void lock_scenario::other_gets_through() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (told_->what == told_by_other::state::nothing) {
        require(std::chrono::steady_clock::now() < end, "a sleeper was never woken");
        ::usleep(100);
    }
    other_->wait_for_mark();
    require(told_->inconsistent == expects_inconsistent_,
            "a process that waited was not told whether a writer died half way through");
}

int lock_scenario::survive(bool fresh_first) {
    if (!woken_)
        plan_.survivor_ends(old_);
    if (plan_.sleeps && !dies())
        other_gets_through();
    buffer fresh;
    const auto attach = [&] { fresh.emplace(sm::open_only, name(), opening_options()); };
    if (fresh_first)
        attach();
    take(fresh_first ? *fresh : *old_);
    if (!fresh_first)
        attach();
    // A survivor that did not take it has to find and repair the dead, too.
    old_->recover();
    use(*old_, *fresh);
    const bool inconsistent = expects_inconsistent_;
    fresh.reset();
    old_.reset();
    require(!exists(name()), "all have left, and the name is still there");
    const int rank = plan_.rank_of[inconsistent ? 1 : found_ == new_number ? 2 : 0];
    require(rank != -1, inconsistent           ? "the buffer is inconsistent"
                        : found_ == new_number ? "the buffer is written"
                                               : "what was written is not there");
    return rank;
}

int lock_scenario::last_rank() const {
    return *std::max_element(plan_.rank_of.begin(), plan_.rank_of.end());
}

} // namespace

void add_lock(std::vector<scenario_entry>& to) {
    add_plans<lock_scenario, plans>(to);
}

} // namespace every
