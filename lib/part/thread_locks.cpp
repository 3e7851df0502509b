// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/part/thread_locks.hpp>

#include <memory>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

std::uint64_t this_thread_number() noexcept {
    static std::atomic<std::uint64_t> last{0};
    static thread_local std::uint64_t mine = 0;
    if (mine == 0)
        mine = last.fetch_add(1, std::memory_order_relaxed) + 1;
    return mine;
}

} // namespace

thread_locks::~thread_locks() {
    for (page* p = first_.load(std::memory_order_acquire); p != nullptr;)
        p = std::unique_ptr<page>(p)->next.load(std::memory_order_relaxed);
}

bool thread_locks::is_this_thread(std::uint64_t number) noexcept {
    return number == this_thread_number();
}

// release, acquire: what the thread did before it took the lock happens before what the thread does
// that releases it. So below.
void thread_locks::add_writer() noexcept {
    writer_.store(this_thread_number(), std::memory_order_release);
}

bool thread_locks::remove_writer() noexcept {
    std::uint64_t number = writer_.load(std::memory_order_acquire);
    return number != 0 &&
           writer_.compare_exchange_strong(number, 0, std::memory_order_acq_rel); // [H2]
}

//! Whether `use` returned true for a note; it is called for no further note then.
template <class Use>
bool thread_locks::any_note(Use use) const noexcept {
    for (page* p = first_.load(std::memory_order_acquire); p != nullptr;
         p = p->next.load(std::memory_order_acquire)) {
        for (auto& note : p->notes) {
            if (use(note))
                return true;
        }
    }
    return false;
}

void thread_locks::add_reader() {
    const std::uint64_t number = this_thread_number();
    const auto noted = [number](std::atomic<std::uint64_t>& note) {
        std::uint64_t n = note.load(std::memory_order_relaxed);
        while (n >> count_bits == number || (n & count_mask) == 0) {
            const std::uint64_t one_more = number << count_bits | ((n & count_mask) + 1);
            if (note.compare_exchange_weak(n, one_more, std::memory_order_acq_rel,
                                           std::memory_order_relaxed))
                return true;
        }
        return false;
    };
    while (!any_note(noted)) {
        auto more = std::make_unique<page>();
        std::atomic<page*>* last = &first_;
        while (page* const p = last->load(std::memory_order_acquire))
            last = &p->next;
        page* none = nullptr;
        if (last->compare_exchange_strong(none, more.get(), std::memory_order_acq_rel))
            static_cast<void>(more.release()); // the list has it
    }
}

bool thread_locks::remove_reader() noexcept {
    const std::uint64_t number = this_thread_number();
    for (const bool of_any_thread : {false, true}) {
        const auto erased = [=](std::atomic<std::uint64_t>& note) {
            std::uint64_t n = note.load(std::memory_order_acquire);
            while ((n & count_mask) != 0 && (of_any_thread || n >> count_bits == number)) {
                if (note.compare_exchange_weak(n, n - 1, std::memory_order_acq_rel,
                                               std::memory_order_acquire)) // [H2]
                    return true;
            }
            return false;
        };
        if (any_note(erased))
            return true;
    }
    return false;
}

bool thread_locks::is_reader() const noexcept {
    if (first_.load(std::memory_order_relaxed) == nullptr)
        return false;
    const std::uint64_t number = this_thread_number();
    return any_note([number](const std::atomic<std::uint64_t>& note) {
        const std::uint64_t n = note.load(std::memory_order_relaxed);
        return n >> count_bits == number && (n & count_mask) != 0;
    });
}

void thread_locks::clear() noexcept {
    writer_.store(0, std::memory_order_relaxed);
    any_note([](std::atomic<std::uint64_t>& note) {
        note.store(0, std::memory_order_relaxed);
        return false;
    });
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
