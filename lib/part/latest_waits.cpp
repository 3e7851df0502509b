// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The latest part: waiting for a value, for a buffer, for a pin word.

#include <shared_memory/detail/part/latest_part.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

// A read-only handle cannot say that it sleeps: it looks again that often.
constexpr std::chrono::milliseconds poll_interval{1};
// A load that writers overtake looks that often whether it is to go on; then the words make no sense.
constexpr std::uint32_t most_overtakings = 1U << 16U;

} // namespace

void latest_part::require_usable() const {
    const std::uint32_t why = status();
    if (BOOST_UNLIKELY(why != 0) && why != status_read_only)
        host().make_usable(); // throws closed
}

void latest_part::throw_if_shut_down() const {
    if (!host().is_shutting_down())
        return;
    require_usable(); // throws closed: this handle may have shut the segment down
    throw error(errc::shut_down, "shared_memory: the owner of \"" + name() + "\" has shut it down");
}

bool latest_part::is_abandoned() const noexcept {
    const auto ever = block_->writers_attached.load(boost::memory_order_relaxed);
    return ever > ((static_cast<std::uint32_t>(host().role()) &
                    static_cast<std::uint32_t>(shared_memory::role::writer)) != 0
                       ? 1U
                       : 0U) &&
           host().others_alive(shared_memory::role::writer, 1) == 0;
}

bool latest_part::wait_to_begin(latest_claim& claim, deadline until) {
    auto done = [&] {
        throw_if_shut_down();
        require_usable();
        return cell_.begin(claim) ? progress::done : progress::blocked;
    };
    if (done() == progress::done)
        return true;
    if (until.at_once())
        return host().look_if_due() == look_result::repaired && done() == progress::done;
    return host().wait(block_->free_sleep, done, until, free_spins_, [] { return false; });
}

bool latest_part::claim_to_store(latest_claim& claim, deadline until) {
    if (!begin(claim, until))
        return false;
    intrusive_ptr_add_ref(&host());
    return true;
}

bool latest_part::try_again(latest_result r, std::uint64_t seen, std::uint32_t tries,
                            deadline until) {
    switch (r) {
    case latest_result::corrupted:
        throw_corrupted();
    case latest_result::overtaken:
        require_usable();
        if (tries == most_overtakings)
            throw_corrupted();
        std::this_thread::
            yield(); // to a reader that is slower than all buffers, writers owe nothing
        return until.at_once() || !until.passed();
    default:
        return wait_for_newer(seen, until);
    }
}

bool latest_part::wait_for_newer(std::uint64_t seen, deadline until) {
    auto done = [&] {
        if (cell_.newest() != seen)
            return progress::done;
        if (host().is_shutting_down()) {
            if (cell_.newest() != seen) // stored before the owner closed
                return progress::done;
            throw_if_shut_down();
        }
        require_usable();
        return progress::blocked;
    };
    if (done() == progress::done)
        return true;
    if (until.at_once())
        return false;
    if ((status() & status_read_only) != 0)
        return poll_for_newer(done, until);
    auto in_vain = [&] {
        if (!host().options().ends_when_abandoned() || !is_abandoned())
            return false;
        if (done() == progress::done)
            return true;
        throw error(errc::abandoned, "shared_memory: no living writer is left on \"" + name() +
                                         "\" to end the wait");
    };
    return host().wait(block_->newer_sleep, done, until, newer_spins_, in_vain);
}

bool latest_part::poll_for_newer(function_ref<progress()> done, deadline until) const {
    while (done() != progress::done) {
        if (until.passed())
            return false;
        std::this_thread::sleep_for(poll_interval);
    }
    return true;
}

bool latest_part::wait_for_pin(deadline until) {
    auto done = [&] {
        throw_if_shut_down();
        require_usable();
        return cell_.has_free_pin() ? progress::done : progress::blocked;
    };
    if (done() == progress::done)
        return true;
    if (until.at_once())
        return host().look_if_due() == look_result::repaired && done() == progress::done;
    return host().wait(block_->free_sleep, done, until, free_spins_, [] { return false; });
}

bool latest_part::hold(latest_pin& pin, deadline until) {
    if (pins() == 0)
        throw error(errc::bad_argument,
                    "shared_memory: \"" + name() +
                        "\" was created without pins, so that no value can be held in place; load "
                        "a copy, or create it with options().pins(n)");
    for (std::uint32_t tries = 0;; ++tries) {
        const latest_result r = cell_.hold(pin.view);
        if (r == latest_result::done)
            break;
        if (!(r == latest_result::no_pin ? wait_for_pin(until)
                                         : try_again(r, pin.view.mark, tries, until)))
            return false;
    }
    loaded_.store(pin.view.mark, std::memory_order_relaxed);
    pin.payload = payload(latest_mark{pin.view.mark}.index());
    intrusive_ptr_add_ref(&host());
    return true;
}

bool latest_part::peek(latest_view& view) const {
    for (std::uint32_t tries = 0; tries != most_overtakings; ++tries) {
        const latest_result r = cell_.load(view, [](std::uint32_t, std::uint64_t) {});
        if (r == latest_result::done || r == latest_result::none)
            return r == latest_result::done;
        if (r == latest_result::corrupted)
            break;
    }
    throw_corrupted();
}

bool latest_part::load_is_due() const noexcept {
    latest_view view;
    const std::uint64_t seen = loaded_.load(std::memory_order_relaxed);
    const bool is_newer = seen != no_mark ? cell_.newest() != seen
                                          : cell_.load(view, [](std::uint32_t, std::uint64_t) {}) !=
                                                latest_result::none;
    return is_newer || status() != 0 || host().is_shutting_down() ||
           (host().options().ends_when_abandoned() && is_abandoned());
}

bool latest_part::store_is_due() const noexcept {
    return status() != 0 || host().is_shutting_down() || cell_.has_free_buffer();
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
