// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include <shared_memory/detail/locked_access.hpp>

#include <boost/atomic/ipc_atomic_ref.hpp>

#include <sstream>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

template <class T>
T load(const std::byte* from) noexcept {
    // only loaded from, so that the memory may be mapped read-only
    auto* const word = const_cast<T*>(reinterpret_cast<const T*>(from));
    return boost::ipc_atomic_ref<T>(*word).load(boost::memory_order_relaxed);
}

} // namespace

void throw_out_of_range(const part& s, std::uint64_t position, std::uint64_t size,
                        std::uint64_t limit, const char* unit) {
    std::ostringstream text;
    text << "shared_memory: \"" << s.name() << "\" has " << limit << ' ' << unit;
    if (limit != 0 && position >= limit && size <= 1)
        text << ", expected a position from 0 to " << limit - 1 << ", found " << position;
    else if (position > limit)
        text << ", expected a position from 0 to " << limit << ", found " << position;
    else
        text << ", of which " << limit - position << " are from position " << position
             << " on; expected no more than that, found " << size;
    throw error(errc::out_of_range, text.str());
}

void copy_racing(void* to, const void* from, std::size_t size) noexcept {
    auto* out = static_cast<std::byte*>(to);
    const auto* in = static_cast<const std::byte*>(from);
    constexpr std::size_t word = sizeof(std::uint64_t);
    while (size != 0) {
        if (size >= word && reinterpret_cast<std::uintptr_t>(in) % word == 0) {
            const auto value = load<std::uint64_t>(in);
            std::memcpy(out, &value, word);
            out += word;
            in += word;
            size -= word;
        } else {
            *out++ = static_cast<std::byte>(load<std::uint8_t>(in++));
            --size;
        }
    }
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
