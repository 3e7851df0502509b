// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The repairs that can be left out, and with what operation to begin when looking for a death that
//! shows it.

#ifndef SHARED_MEMORY_TEST_POINTS_REPAIRS_HPP
#define SHARED_MEMORY_TEST_POINTS_REPAIRS_HPP

namespace every {

struct repair {
    const char* name;
    const char* what; // is left out
    const char* operation;
    const char* situation;
};

constexpr repair repairs[] = {
    {"discard_writes", "a dead writer's nodes are made to be skipped", "recover", "writer"},
    {"redeliver", "a dead reader's messages are made ready again", "recover", "reader"},
    {"count_deliveries", "a redelivered message says so", "recover", "reader"},
    {"raise_look", "look is raised when messages were given back", "claim_read",
     "the stream has ended"},
    {"raise_look_always", "also if this repairer changed nothing", "give_back",
     "the stream has ended"},
    {"readers_pass", "readers pass nodes that are skipped", "commit", "the stream has ended"},
    {"writers_pass", "writers pass them, too", "abort", "all nodes, nobody reads"},
    {"wait_for_others", "readers at the end wait for what others hold", "release",
     "the stream has ended"},
    {"release_shared", "a dead reader's shared locks are given back", "lock_shared", "free"},
    {"release_writer", "a dead writer's lock is given back", "lock", "free"},
    {"mark_inconsistent", "and the contents are marked inconsistent", "write", "buffer"},
    {"ask_after_loading", "the kernel is asked about each word that is to be changed", "recover",
     "slow, a reader"},
    {"free_slot", "a dead one's slot is marked free", "recover", "writer"},
    {"free_slot_last", "and that after all that it held", "recover", "reader"},
    {"free_own_generation", "and only if it is still the dead one's", "recover", "slow, a reader"},
    {"repair_before_taking", "who takes a dead one's slot repairs it first", "open",
     "in a dead reader's slot"},
    {"wake_after_taking", "and wakes everybody", "wake", "by who sits in the slot"},
    {"wake_after_repair", "who has repaired wakes everybody", "wake",
     "give_back, one that does not look"},
    {"bit_until_woken", "the sleepers' bit is cleared only after they were woken", "wake",
     "commit, one that does not look"},
    {"repair_when_opening", "who opens repairs", "recover", "reader"},
    {"look_for_dead", "who waits looks for the dead", "recover", "slow, a reader"},
    {"look_again", "and again while it sleeps", "wake", "commit"},
    {"take_ownership", "a dead owner's place is taken", "open", "nobody is there"},
    {"look_at_name_again", "who has taken a slot looks at the name again", "open",
     "slow, and it is replaced"},
    {"finish_shut_down", "who comes finishes a shut-down", "close", "owner, half full"},
    {"last_removes_name", "the last one to leave removes the name", "close",
     "last, the owner is dead"},
    {"sweep", "creators remove what killed ones left half built", "create", "new name"},
};

} // namespace every

#endif
