// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A handle's life on a segment: attach, wait, detach. open.cpp has how a handle finds the segment, or
// creates it; life.cpp what the handle's end means to the segment.

#include <shared_memory/detail/segment.hpp>

#include "errors.hpp"
#include "holders.hpp"
#include "kinds.hpp"
#include "names.hpp"
#include "system_side.hpp"

#include <shared_memory/detail/core/participants.hpp>
#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/core/waiting.hpp>
#include <shared_memory/reports.hpp>

#include <system/process.hpp>
#include <system/sleeping.hpp>

#include <chrono>
#include <thread>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

segment::segment(std::string name, const segment_header& header,
                 const shared_memory::options& options)
    : name_(std::move(name)), header_(header), options_(options),
      system_(std::make_unique<system_side>()) {}

segment::~segment() = default;

std::byte* segment::words_of(std::uint32_t part_kind) const noexcept {
    for (std::uint32_t i = 0; i != identity().part_count; ++i) {
        if (header_.parts[i].kind == part_kind)
            return reinterpret_cast<std::byte*>(block_) + header_.parts[i].offset;
    }
    return nullptr;
}

memory_use segment::memory() const {
    return system_->memory.memory();
}

bool segment::map(const std::string& name, bool read_only) {
    if (!system_->memory.map(name, read_only, options().uses_huge_pages()) ||
        system_->memory.size() < identity().total_size)
        return false;
    block_ = reinterpret_cast<segment_block*>(system_->memory.address() + identity().block_offset);
    // The name may have changed its meaning since the identity was read.
    const segment_identity& mapped = block_->header.identity;
    if (mapped.id[0] != identity().id[0] || mapped.id[1] != identity().id[1])
        return false;
    make_parts();
    return true;
}

void segment::make_parts() {
    const class_row& row = class_of(identity());
    for (std::uint32_t i = 0; i != identity().part_count; ++i) {
        const auto make = row.parts[i]().make;
        if (make == nullptr || is_left_out(header_.parts[i]))
            continue;
        parts_[i] = make(*this, header_.parts[i]);
        heavy_fences_ = heavy_fences_ || parts_[i]->needs_heavy_fences();
    }
}

segment::attach_result segment::attach_read_only() {
    system_->locks().observe();
    status_ = status_read_only;
    if (!system_->object.has_name(name_))
        return attach_result::start_again;
    system_->memory.prepare(options_);
    return attach_result::attached;
}

segment::attach_result segment::attach(kernel_object&& object, open_mode mode, coming how) {
    system_->object = std::move(object);
    const bool read_only = mode == open_mode::open_read_only;
    if (block_ == nullptr && !map(name_, read_only))
        return attach_result::start_again;
    if (read_only)
        return attach_read_only();
    auto may_stay = [&] {
        // From here on nobody replaces or removes the segment; but somebody may have, before. [S3]
        if (!has_its_name() || (how == coming::usual && is_shutting_down()))
            return false;
        join_sleepers({block_,
                       identity().total_size - identity().block_offset,
                       {identity().id[0], identity().id[1]},
                       slot_,
                       identity().max_participants,
                       &block_->life.slots_used,
                       {&slot_block(0).asleep, identity().participant_stride}});
        return true;
    };
    const attach_result result = occupy_a_slot(may_stay);
    if (result != attach_result::attached)
        return result;
    system_->locks().watch_forks(status_, status_forked, status_attaching);
    if (options_.inherits_on_fork())
        system_->locks().attach_children(
            [](void* self) noexcept { static_cast<segment*>(self)->attach_in_child(); }, this);
    if (how == coming::revives || how == coming::begins_anew)
        revive(how);
    else if (mode != open_mode::open)
        settle_ownership(own_word());
    // A handle that opens keeps no lock but its own slot's: repairs may take long, and other openers
    // attach meanwhile.
    if (mode != open_mode::create)
        reap_dead();
    // This comes last, since it may take long. A temporary is not swept while its builder has
    // a slot.
    system_->memory.prepare(options_);
    return attach_result::attached;
}

void segment::make_usable() {
    for (;;) {
        const std::uint32_t s = status();
        if ((s & status_closed) != 0)
            throw error(errc::closed, "shared_memory: the handle" +
                                          (name_.empty() ? name_ : " of \"" + name_ + '"') +
                                          " is closed; open another one to go on");
        if ((s & status_read_only) != 0)
            throw error(errc::read_only, "shared_memory: \"" + name_ +
                                             "\" was opened with open_read_only, only to look at "
                                             "it; open it with open_only to do more");
        if ((s & status_forked) == 0)
            return;
        // One thread attaches; the others wait for it. (There is no mutex: a fork's child could
        // inherit it locked.)
        if ((status_.fetch_or(status_attaching) & status_attaching) != 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
            continue;
        }
        try {
            if ((status() & status_forked) != 0)
                attach_anew();
        } catch (...) {
            status_.fetch_and(~status_attaching);
            throw;
        }
        status_.fetch_and(~status_attaching);
    }
}

// The name means the object. A creator that said so [S4] was killed before it took the name away.
bool segment::has_its_name() noexcept {
    if (!system_->object.has_name(name_))
        return false;
    auto& state = block_->life.state;
    if ((state.load(boost::memory_order_acquire) & state_name_taken) != 0)
        state.fetch_and(~state_name_taken, boost::memory_order_seq_cst);
    return true;
}

void segment::throw_not_inherited(const std::string& why) const {
    throw error(errc::forked,
                "shared_memory: the handle of \"" + name_ +
                    "\" was inherited through fork(), and cannot be attached anew: " + why);
}

// What fails now is told by the child's first call.
void segment::attach_in_child() noexcept {
    try {
        make_usable();
    } catch (...) {
    }
}

void segment::attach_anew() {
    const deadline settled = deadline::in(time_to_settle);
    retry_limit wait(name_);
    auto may_stay = [&] { // [S4]
        return has_its_name() ||
               (block_->life.state.load(boost::memory_order_acquire) & state_name_taken) == 0;
    };
    if (options_.inherits_on_fork() && generation_ != 0 && heir_of_[0] != own_word()) {
        heir_of_[1] = heir_of_[0];
        heir_of_[0] = own_word();
    }
    try {
        for (;;) {
            if (system_->locks().is_lost())
                throw_not_inherited(system_->locks().why_lost());
            const attach_result result = occupy_a_slot(may_stay);
            if (result == attach_result::attached)
                break;
            if (result == attach_result::start_again)
                throw_not_inherited(
                    "nobody was attached for a while, and the segment was replaced by another one "
                    "of that name, or removed. Open it by a handle of this process");
            if (result == attach_result::full) {
                if (is_surely_full(wait))
                    throw_not_inherited("it was created for " +
                                        std::to_string(identity().max_participants) +
                                        " participants, and all of them are attached. Close a "
                                        "handle, or create it with a larger max_participants");
                wait.pause();
                continue;
            }
            if (settled.passed())
                throw_unsettled();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            wait = retry_limit(name_);
        }
    } catch (...) {
        if (slot_ != max_slots)
            system_->locks().unlock_slot(slot_);
        throw;
    }
    system_->memory.prepare(options_);           // fork() does not copy the tables of shared memory
    status_.fetch_add(one_fork - status_forked); // release: pairs with status()
}

void segment::forbid_only(std::uint32_t bits) noexcept {
    constexpr std::uint32_t both = may_not_read | may_not_write;
    status_.fetch_or(bits, std::memory_order_relaxed);
    status_.fetch_and(~both | bits, std::memory_order_relaxed);
}

bool segment::is_alive(std::uint32_t slot) const noexcept {
    const bool mine = slot == slot_ && (status() & status_forked) == 0;
    return mine || system_->locks().is_slot_locked(slot);
}

void segment::require_known() const {
    if (system_->locks().is_lost())
        fail(errc::system_error, name_,
             "does not tell any more who is alive: ", system_->locks().why_lost());
}

bool segment::wait(wait_room& sleepers, function_ref<progress()> done, deadline until,
                   spin_budget& spins, function_ref<bool()> in_vain) {
    ipc_system system(*this);
    sleep_ticket room{&sleepers, 0, needs_heavy_fences()};
    look_watch<ipc_system> watch;
    sleep_mark mark;
    auto look = [&](bool interval_ended) { // before each sleep
        mark.set(*this, sleepers);
        return look_if_due(watch, interval_ended);
    };
    return detail::wait(system, &room, 1, done, {until, options_.death_check_interval()}, spins,
                        look, in_vain);
}

void segment::wake_everybody() noexcept {
    ipc_system::full_fence(); // [W2]
    for (const auto& one : parts_) {
        if (!one)
            continue;
        for (wait_room* const room : one->rooms())
            notify(*room);
    }
}

void segment::leave_to_claims() noexcept {
    // Taken beforehand: a claim may end as soon as it has a reference.
    constexpr std::uint32_t enough = 1U << 30U;
    references_.fetch_add(enough, std::memory_order_relaxed);
    const bool alone = (status() & status_forked) != 0;
    std::uint64_t left = 0;
    for (const auto& one : parts_) {
        if (one)
            left += one->turn_claims_into_references(alone);
    }
    references_.fetch_sub(enough - static_cast<std::uint32_t>(left), std::memory_order_acq_rel);
}

void segment::detach_and_delete() noexcept {
    if (slot_ != max_slots && (status() & status_forked) == 0 && generation_ != 0) {
        close();
        for (const auto& one : parts_) {
            if (one)
                one->detach();
        }
        mark_free<ipc_system>(slot_block(slot_).slot_word, generation_ << 1U | 1U);
        wake_everybody(); // somebody may wait for a participant of this role, in vain now
        system_->locks().unlock_slot(slot_);
        end_name_as_last();
    }
    if (block_ != nullptr)
        leave_sleepers(block_);
    delete this;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
