// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/journal_part.hpp>

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/slot_set.hpp>

#include "../segment/errors.hpp"
#include "define_type.hpp"

#include <cstddef>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

bool is_wanted(const options& wanted) {
    return wanted.max_journals() != 0;
}

part_need need(const segment_identity&, const part_entry& entry) {
    return {bytes_of(entry.settings[journal_count_setting], sizeof(journal_entry))};
}

void configure(part_entry& entry, const options& wanted) {
    static_assert(options::most_journals == most_journals, "check_options refuses more");
    entry.settings[journal_count_setting] = wanted.max_journals();
}

std::string find_fault(const part_entry& entry) {
    const std::uint64_t count = entry.settings[journal_count_setting];
    if (count < 1 || count > most_journals)
        return expected_range("max_journals", 1, most_journals, count);
    if ((entry.settings[1] | entry.settings[2] | entry.settings[3]) != 0)
        return "expected no more settings of journals, found some";
    return {};
}

void compare(const part_entry& entry, const options::settings& given,
             option_differences& differences) {
    differences.compare("max_journals", entry.settings[journal_count_setting], given.max_journals);
}

} // namespace

boost::span<journal_entry> journal_part::entries() const noexcept {
    return {reinterpret_cast<journal_entry*>(words()),
            static_cast<std::size_t>(entry().settings[journal_count_setting])};
}

void journal_part::attach(std::uint64_t generation) {
    own_word_ = owner_word(host().slot(), generation);
}

void journal_part::detach() noexcept {
    for (journal_entry& one : entries()) {
        if (one.holder.load(boost::memory_order_relaxed) != own_word_)
            continue; // this handle has not set it, and nobody else sets this word [J1]
        std::uint64_t mine = own_word_;
        // release: pairs with the acquire of a successor, which goes on from what stands there
        one.holder.compare_exchange_strong(mine, 0, boost::memory_order_release,
                                           boost::memory_order_relaxed);
    }
}

void journal_part::repair(slot_set& dead, function_ref<bool(std::uint32_t)> alive,
                          recovery_report&) {
    for (journal_entry& one : entries()) {
        // acquire: pairs with the CAS of its holder; the kernel is asked after this load [J1]
        std::uint64_t holder = one.holder.load(boost::memory_order_acquire);
        const std::uint32_t slot = owner_slot(holder);
        if (holder == 0 || !dead.contains(slot))
            continue;
        if (alive(slot)) {
            dead.remove(slot); // a successor is in the slot, and may be the holder
            continue;
        }
        // release: pairs with the acquire of a successor, which sees the repair of the nodes [J2]
        one.holder.compare_exchange_strong(holder, 0, boost::memory_order_acq_rel,
                                           boost::memory_order_relaxed);
    }
}

const part_type& journal_part::type() noexcept {
    static constexpr part_type journals{
        journal_part_number,      "journal",  1,       &need, &configure, &find_fault, nullptr,
        &make_part<journal_part>, &is_wanted, &compare};
    return journals;
}
template const part_type& type_of<journal_part>() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
