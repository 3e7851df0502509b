// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Opens whatever an object may hold. The input is a segment of one of several shapes with edits, cut
// off or prolonged or moved, or the bytes themselves; then the ways in which it is opened, and what
// is done with it if that succeeds.

#include "actions.hpp"
#include "edits.hpp"
#include "shapes.hpp"
#include "support.hpp"

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <string>

namespace {

using namespace fuzz;
using sm::errc;

constexpr std::size_t most_bytes = std::size_t{1} << 20U;

// An object of any length, nothing in it but what the input says, at a place where a header may be.
std::string raw_object(input& in) {
    std::string bytes(up_to(in, 17) * 4096U, '\0');
    tell("raw, %zu bytes before it", bytes.size());
    return bytes + in.ConsumeRemainingBytesAsString();
}

std::string damaged_object(input& in, const shape& s) {
    std::string bytes = image_of(s);
    for (std::uint32_t edits = up_to(in, 8); edits != 0; --edits)
        apply(take_edit(in, s), reinterpret_cast<std::byte*>(bytes.data()), bytes.size());
    switch (up_to(in, 7)) {
    case 1:
        bytes.resize(up_to(in, static_cast<std::uint32_t>(bytes.size())));
        tell("cut off at %zu", bytes.size());
        break;
    case 2: // a header may say so, too
        bytes.resize(std::min(bytes.size() + up_to(in, 0x20000), most_bytes));
        tell("prolonged to %zu", bytes.size());
        break;
    case 3: {
        const std::size_t pages = up_to(in, 17);
        bytes.insert(0, pages * 4096, '\0');
        const std::uint64_t total = bytes.size();
        const std::uint64_t at = (pages + 1) * 4096;
        using identity = sm::detail::segment_identity;
        bytes.replace(at + offsetof(identity, total_size), 8, reinterpret_cast<const char*>(&total),
                      8);
        bytes.replace(at + offsetof(identity, block_offset), 8, reinterpret_cast<const char*>(&at),
                      8);
        tell("moved by %zu pages", pages);
        break;
    }
    default:
        break;
    }
    return bytes;
}

sm::options some_options(input& in) {
    sm::options how;
    how.role(in.PickValueInArray({sm::role::both, sm::role::reader, sm::role::writer}));
    how.end_when_abandoned(in.ConsumeBool());
    if (in.ConsumeBool())
        how.death_check_interval(std::chrono::seconds(0));
    return how;
}

void use(sm::circular_buffer& ring, input& in) {
    if (ring.node_count() < 2 || ring.node_size() == 0)
        found("an open ring has fewer than 2 nodes, or nothing in them");
    claims held;
    for (std::uint32_t n = up_to(in, 7); n != 0 && !worked_enough(); --n)
        act(ring, held, in);
    if (in.ConsumeBool())
        ring = sm::circular_buffer(); // claims may outlive it
}
template <class Locked>
void use(Locked& locked, input& in) {
    if (locked.size() == 0)
        found("an open array or buffer is empty");
    locked.read_write_timeout(short_wait);
    for (std::uint32_t n = up_to(in, 7); n != 0; --n)
        act(locked, in);
}

template <class T>
void open_array(input& in, const char* name, std::uint32_t way) {
    const sm::options how = some_options(in);
    if (way == 3) {
        sm::shared_array<const T> array(sm::open_read_only, name, how);
        return use(array, in);
    }
    auto array = way == 0   ? sm::shared_array<T>(sm::open_only, name, how)
                 : way == 1 ? sm::shared_array<T>(sm::open_or_create, name, 5, how)
                            : sm::shared_array<T>(sm::create_only, name, 5, how);
    use(array, in);
}

void open_ring(input& in, const char* name, std::uint32_t way) {
    const sm::options how = some_options(in);
    auto ring = way == 0   ? sm::circular_buffer(sm::open_only, name, how)
                : way == 1 ? sm::circular_buffer(sm::open_or_create, name, 4, 8, how)
                : way == 2 ? sm::circular_buffer(sm::create_only, name, 4, 8, how)
                           : sm::circular_buffer(sm::open_read_only, name, how);
    use(ring, in);
}

void open_buffer(input& in, const char* name, std::uint32_t way) {
    const sm::options how = some_options(in);
    auto buffer = way == 0   ? sm::buffer_read_write(sm::open_only, name, how)
                  : way == 1 ? sm::buffer_read_write(sm::open_or_create, name, 100, how)
                  : way == 2 ? sm::buffer_read_write(sm::create_only, name, 100, how)
                             : sm::buffer_read_write(sm::open_read_only, name, how);
    use(buffer, in);
}

void open_any(input& in, const char* name, std::uint32_t way) {
    std::error_code ec;
    switch (way) {
    case 0: {
        sm::shared_buffer any(sm::open_only, name, some_options(in));
        act(any, in);
        act(any, in);
        break;
    }
    case 1: {
        sm::shared_buffer any(sm::open_read_only, name, some_options(in));
        act(any, in);
        act(any, in);
        break;
    }
    case 2:
        (void)sm::shared_buffer::remove(name);
        break;
    default:
        if (sm::shared_buffer(sm::open_only, name, ec).is_open() == bool(ec))
            found("open, and an error");
        break;
    }
}

bool says_what_it_is(const std::error_code& code) {
    return code == errc::not_our_segment || code == errc::wrong_kind || code == errc::wrong_type ||
           code == errc::wrong_version || code == errc::wrong_synchronisation ||
           code == errc::corrupted;
}

void open(input& in, subject what, std::uint32_t way) {
    const char* const name = fuzz::name().c_str();
    switch (what) {
    case subject::ring:
        return open_ring(in, name, way);
    case subject::array_of_int:
        return open_array<int>(in, name, way);
    case subject::array_of_flags:
        return open_array<flags>(in, name, way);
    case subject::array_of_bool:
        return open_array<bool>(in, name, way);
    case subject::buffer:
        return open_buffer(in, name, way);
    }
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    read_options(*count, *arguments);
    image_of(shapes[0]);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    begin_input();
    const std::uint32_t ways = up_to(in, 2) + 1;
    const std::uint32_t first = up_to(in, 7);
    const shape& s = shapes[up_to(in, shape_count - 1)];
    // Else the same object for all of them: what one leaves is what the next one finds.
    const bool anew = in.ConsumeBool();
    const bool raw = up_to(in, 15) == 15;
    const bool as_it_is = in.ConsumeBool();
    std::string object = raw ? raw_object(in) : damaged_object(in, s);
    write_object(object);
    for (std::uint32_t way = first; way != first + ways && !worked_enough(); ++way) {
        if (anew && way != first)
            write_object(object);
        // mostly as what it once was
        const subject what =
            as_it_is || up_to(in, 3) != 3 ? s.what : static_cast<subject>(up_to(in, 4));
        tell("open, in way %u", way % 8);
        const bool same = anew || way == first;
        const std::error_code code = may_fail("open", [&] {
            if (way % 8 < 4)
                open(in, what, way % 8);
            else
                open_any(in, name().c_str(), way % 8 - 4);
        });
        if (same && says_what_it_is(code) && read_object() != object)
            found("was refused, and changed");
    }
    remove_object();
    return 0;
}
