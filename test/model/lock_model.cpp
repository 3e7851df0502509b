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
    if (m_.now.slot_taken[slot] != 0)
        return;
    m_.now.slot_taken[slot] = 1;
    const std::string n = std::to_string(slot);
    slots_[slot].slot_word.lies_at(m_.locate("slot" + n, 3));
    lines_[slot].shared_lock.lies_at(m_.locate("count" + n, std::uint64_t{1} << 32U));
    m_.slot_word[slot] = static_cast<int>(slots_[slot].slot_word.location());
    slot_count_ = std::max(slot_count_, slot + 1);
}

void lock_program::place_processes() {
    m_.slot_word.fill(-1);
    unsigned slot = 0;
    for (unsigned i = 0; i != o_.writers; ++i)
        add(job::write, o_.one_writer_handle ? 0 : slot++, false, "writer" + std::to_string(i));
    slot = o_.one_writer_handle ? 1 : slot;
    const unsigned reader_slot = slot;
    for (unsigned i = 0; i != o_.readers; ++i) {
        plain_[m_.process_count] = o_.one_reader_handle && i != 0;
        add(job::read, o_.one_reader_handle ? reader_slot : slot++, false,
            "reader" + std::to_string(i));
    }
    slot = o_.one_reader_handle ? reader_slot + 1 : slot;
    for (unsigned i = 0; i != o_.repairers; ++i)
        add(job::repair, slot++, false, "repair" + std::to_string(i));
    for (unsigned i = 0; i != o_.observers; ++i)
        add(job::observe, max_processes - 1, false, "observer");
    for (unsigned i = 0; i != o_.successors; ++i) {
        const bool writes = (i % 2 == 0) != o_.reader_first;
        add(writes ? job::write : job::read, writes ? 0 : reader_slot, true,
            writes ? "writer'" : "reader'");
    }
}

// Those faults that are in what the lock's accesses do.
void lock_program::plant(lock_fault fault) {
    const unsigned writer = block_.writer.location();
    const auto is_count = [=](unsigned location) {
        return std::any_of(lines_.begin(), lines_.begin() + slot_count_, [&](const auto& slot) {
            return slot.shared_lock.location() == location;
        });
    };
    m_.change.wake_one = fault == lock_fault::wake_one;
    if (fault == lock_fault::drained_before_claim) {
        m_.change.after = [=](unsigned p, const access& a, std::uint64_t found) {
            const auto closes = [&](const access& b, std::uint64_t) {
                return b.location == writer && is_write(b.what) && (b.operand & 1U) != 0;
            };
            const bool looks = jobs_[p] == job::write && a.what == op::load && is_count(a.location);
            return looks && m_.latest(closes) != nullptr ? std::uint64_t{0} : found;
        };
    }
    if (fault == lock_fault::never_closed) {
        m_.change.before = [=](unsigned, access& a) {
            if (a.location == writer && is_write(a.what))
                a.operand &= ~std::uint64_t{1};
        };
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
                                        "slots not looked at after closing",
                                        "the sequence not made odd",
                                        "the writer's word never closed",
                                        "a try that failed tells nobody",
                                        "a thread without a lock nests",
                                        "the bit cleared before the waking",
                                        "the bit cleared though a sleeper came meanwhile",
                                        "nothing announced while they are woken"};
    return names[static_cast<unsigned>(f)];
}

make_scene lock_scene(const lock_options& o, lock_fault fault) {
    return scene_of_program<lock_parts::lock_program>(o, fault);
}

} // namespace model
