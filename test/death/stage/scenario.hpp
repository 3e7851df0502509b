// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! An operation in a situation: what is set up, what the victim does, what the survivors must find.
//!
//! One object, in several processes: a trial makes it, forks the victim and perhaps another one,
//! and each calls its own part.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_SCENARIO_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_SCENARIO_HPP

#include "segment_watch.hpp"
#include "tracee.hpp"

#include <memory>
#include <string>
#include <vector>

namespace every {

class scenario {
public:
    scenario() = default;
    scenario(const scenario&) = delete;
    scenario& operator=(const scenario&) = delete;
    virtual ~scenario() = default;

    // ---- The trial's process

    //! Before the others are forked: they inherit what it opens.
    virtual void before_others() {}
    //! There is a third process.
    virtual bool has_other() const { return false; }
    //! Before anybody else begins: makes the segment, opens the survivor's handle. Lets the third
    //! process go as far as it has to.
    virtual void prepare(tracee* other) = 0;
    //! The victim is at the operation's begin.
    virtual void begins(const segment_watch&) {}
    //! The victim sleeps: wakes it.
    virtual void wake() { throw failure("the operation sleeps, and was not expected to"); }
    //! The victim is stopped (or sleeps) where it is about to be killed.
    virtual void is_alive(const segment_watch&) {}
    //! It is dead. Goes on, finds out whether all balances, and leaves. Returns how far the
    //! operation had come, as the survivors see it: never less at a later point of it.
    virtual int survive(bool fresh_first) = 0;
    //! What `survive` returns after a kill at the operation's end; at its begin that is 0.
    virtual int last_rank() const { return 0; }
    //! Objects without a name that a killed creator may leave.
    virtual bool may_leave_temporary() const { return false; }

    //! The victim is only slow: it is stopped there while the others go on, then does the rest, and
    //! is killed at the operation's end. (For the driver at every write alone.)
    virtual bool is_slow() const { return false; }
    virtual void meanwhile() {}
    //! Somebody else may come before `survive`, repair, and be killed at that.
    virtual bool may_be_repaired() const { return !is_slow(); }

    // ---- The victim

    virtual void victim_prepares() {}
    virtual void operation() = 0;

    // ---- The third process

    virtual void other_runs() {}

    void name(std::string value) { name_ = std::move(value); }
    const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
};

struct scenario_entry {
    const char* operation;
    const char* situation;
    bool every; // at every instruction: each of them is a point
    std::unique_ptr<scenario> (*make)(std::size_t which);
    std::size_t which; // of its table
};

} // namespace every

#endif
