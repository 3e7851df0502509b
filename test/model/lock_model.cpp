// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "lock_program.hpp"

#include <algorithm>

namespace model {
namespace lock_parts {

void lock_program::add(job j, unsigned slot, bool arrives, const std::string& name) {
    const unsigned p = m_.process_count++;
    process& one = m_.now.processes.at(p);
    one = process{};
    one.slot = static_cast<std::uint8_t>(slot);
    one.knows.phase = arrives             ? arrive
                      : j == job::repair  ? await
                      : j == job::observe ? observe
                                          : first;
    jobs_[p] = j;
    m_.process_names.push_back(name);
    reads_[p] = m_.locate("reads" + std::to_string(p), 0);
    if (arrives || j == job::observe)
        return;
    one.knows.generation = 1;
    m_.now.slot_taken[slot] = 1;
    const std::string n = std::to_string(slot);
    slots_[slot].slot_word.lies_at(m_.locate("slot" + n, 3));
    slots_[slot].shared_lock.lies_at(m_.locate("count" + n, std::uint64_t{1} << 32U));
    m_.slot_word[slot] = static_cast<int>(slots_[slot].slot_word.location());
    slot_count_ = std::max(slot_count_, slot + 1);
}

void lock_program::place_processes() {
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, slot++, false, "writer" + std::to_string(i));
    for (unsigned i = 0; i != o_.readers; ++i)
        add(job::read, slot++, false, "reader" + std::to_string(i));
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, "repair" + std::to_string(i));
    for (unsigned i = 0; i != o_.observers; ++i)
        add(job::observe, max_processes - 1, false, "observer");
    for (unsigned i = 0; i != o_.successors; ++i) {
        const bool writes = (i % 2 == 0) != o_.reader_first;
        add(writes ? job::write : job::read, writes ? 0 : o_.writers, true,
            writes ? "writer'" : "reader'");
    }
}

} // namespace lock_parts

const char* name_of(lock_fault f) {
    static const char* const names[] = {"none",
                                        "the mark cleared first",
                                        "alive() asked before the word is loaded",
                                        "one waiter woken, not all",
                                        "a reader in vain tells nobody",
                                        "repair tells nobody",
                                        "who leaves tells nobody",
                                        "slots not looked at after the claim",
                                        "the sequence not made odd"};
    return names[static_cast<unsigned>(f)];
}

make_scene lock_scene(const lock_options& o, lock_fault fault) {
    return [=] {
        scene s;
        s.m = std::make_unique<machine>();
        s.runs = std::make_unique<lock_parts::lock_program>(*s.m, o, fault);
        return s;
    };
}

} // namespace model
