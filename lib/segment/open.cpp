// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Finding what a name holds, and creating, opening, replacing and removing segments by name.
//
//  [S1]  A name shows complete segments only: they are built under a temporary name and renamed.
//  [S2]  What a name means is changed only by who holds the name lock of the object that it meant,
//        and has looked since that the name still means it; or, if it meant nothing, by a rename
//        that fails if that is no longer so.
//  [S3]  Who replaces or removes an object without having owned it holds all its locks: nobody
//        alive is attached, and nobody can come. One who has taken a slot looks afterwards whether
//        the name still means the object, and starts again if not.

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/geometry.hpp>
#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/detail/part/lock_part.hpp>
#include <shared_memory/detail/part/ring_part.hpp>
#include <shared_memory/detail/segment.hpp>

#include "system_side.hpp"
#include <system/sleeping.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <sstream>
#include <thread>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

const char* text(sync_kind kind) {
    switch (kind) {
    case sync_kind::futex:
        return "futex";
    case sync_kind::events:
        return "events";
    case sync_kind::interprocess:
        return "interprocess";
    }
    return "unknown";
}

const char* text(segment_kind kind) {
    switch (kind) {
    case segment_kind::array:
        return "shared_array";
    case segment_kind::buffer:
        return "buffer_read_write";
    case segment_kind::ring:
        return "circular_buffer";
    }
    return "unknown";
}

//! As part of a text that may end on a terminal.
std::string printable(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return result;
}

template <class... Parts>
[[noreturn]] void fail(errc code, std::string_view name, const Parts&... parts) {
    std::ostringstream message;
    message << "shared_memory: \"" << name << "\" ";
    (message << ... << parts);
    throw error(code, message.str());
}

//! What a name holds. `code` is zero for a segment of ours with a valid identity; else it and
//! `problem` say what is wrong with it.
struct finding {
    kernel_object object;
    segment_identity identity{};
    errc code{};
    std::string problem;

    liveness locks() const noexcept { return liveness(object); }
    bool valid() const noexcept { return code == errc{}; }
    void reject(errc why, std::string what) {
        code = why;
        problem = std::move(what);
    }
    bool shutting_down() const {
        std::uint32_t state = 0;
        object.read(identity.block_offset + offsetof(segment_block, life), &state, sizeof state);
        return (state & state_shutting_down) != 0;
    }
};

std::string outside(const char* what, std::uint64_t expected_low, std::uint64_t expected_high,
                    std::uint64_t found) {
    std::ostringstream message;
    message << "has a damaged header: expected " << what << " from " << expected_low << " to "
            << expected_high << ", found " << found;
    return message.str();
}

//! Sets code and problem if something cannot be.
void validate(finding& f, std::uint64_t found_at, std::uint64_t object_size) {
    const segment_identity& id = f.identity;
    const auto check = [&](const char* what, std::uint64_t low, std::uint64_t high,
                           std::uint64_t found) {
        if (f.valid() && (found < low || found > high))
            f.reject(errc::corrupted, outside(what, low, high, found));
    };
    if (id.byte_order != native_byte_order)
        return f.reject(errc::wrong_version,
                        "was made on a machine with another byte order: expected 0x01020304 in "
                        "this one's, found other bytes");
    if (id.version != layout_version)
        return f.reject(errc::wrong_version,
                        "has layout version " + std::to_string(id.version) + ", expected " +
                            std::to_string(layout_version) +
                            "; it was made by another version of this library");
    check("a kind", 1, 3, static_cast<std::uint32_t>(id.kind));
    check("a kind of synchronisation", 1, 3, static_cast<std::uint32_t>(id.synchronisation));
    check("the object's size", object_size, object_size, id.total_size);
    check("the header's offset", found_at, found_at, id.block_offset);
    check("max_participants", 1, max_slots, id.max_participants);
    check("max_deliveries", 0, max_delivery_limit, id.max_deliveries);
    if (id.kind == segment_kind::ring) {
        check("a node count", min_node_count, max_node_count, id.element_count);
        check("a node size", 1, max_node_size, id.element_size);
        check("modes of a ring", 0, ring_single_writer | ring_single_reader, id.ring_modes);
    } else {
        check("an element size", 1, max_element_size, id.element_size);
        check("a length", 1, max_total_size, id.element_count); // front() is always there
    }
    if (!f.valid())
        return;
    const std::uint64_t alignment = id.element_alignment;
    if (alignment == 0 || alignment > page_bytes || (alignment & (alignment - 1)) != 0 ||
        std::memchr(id.type_tag, 0, sizeof id.type_tag) == nullptr)
        return f.reject(errc::corrupted, "has a damaged header: its element type cannot be");
    // The object may have grown since its size was taken.
    check("an object's size", found_at + sizeof(segment_block),
          std::numeric_limits<std::uint64_t>::max(), object_size);
    if (!f.valid())
        return;
    const std::uint64_t block =
        block_bytes(id.kind, id.element_size, id.element_count, id.max_participants);
    check("a size for its elements", 1, object_size - found_at, block);
    check("an object's size", 1, std::numeric_limits<std::size_t>::max(), object_size);
}

//! The magic number as a machine of the other byte order writes it.
constexpr std::uint64_t foreign_magic() {
    std::uint64_t result = 0;
    for (unsigned i = 0; i != 64; i += 8)
        result = result << 8U | (segment_magic >> i & 0xffU);
    return result;
}

//! False: there is nothing of that name.
bool look_up(const std::string& name, kernel_object::access mode, finding& f) {
    f = finding();
    switch (f.object.open(name, mode)) {
    case kernel_object::open_result::not_found:
        return false;
    case kernel_object::open_result::not_an_object:
        f.reject(errc::not_our_segment,
                 "is no shared memory object: expected a regular file, found something else");
        return true;
    case kernel_object::open_result::opened:
        break;
    }
    const std::uint64_t size = f.object.size();
    for (std::uint64_t at = page_bytes; at <= max_block_offset; at += page_bytes) {
        if (!f.object.read(at, &f.identity, sizeof f.identity))
            break;
        if (f.identity.magic == segment_magic || f.identity.magic == foreign_magic()) {
            validate(f, at, size);
            return true;
        }
    }
    f.reject(errc::not_our_segment,
             "is not a segment of this library: expected a header, found none in its " +
                 std::to_string(size) + " bytes");
    return true;
}

constexpr const char* advice_foreign =
    "; use another name, or remove it by hand if nobody needs it (on Linux: rm /dev/shm/NAME)";

void require_valid(const finding& f, std::string_view name) {
    if (!f.valid())
        fail(f.code, name, f.problem, advice_foreign);
}

//! Only what is complete and valid is ever replaced or removed.
void require_ours(const finding& f, std::string_view name) {
    if (!f.valid())
        fail(errc::not_our_segment, name, f.problem,
             "; only segments of this library are replaced "
             "or removed",
             advice_foreign);
}

void require_match(const segment_identity& id, const segment_wish& wish, std::string_view name) {
    if (id.synchronisation != synchronisation())
        fail(errc::wrong_synchronisation, name, "waits by ", text(id.synchronisation),
             ", expected ", text(synchronisation()),
             "; build both programs with the same synchronisation");
    if (id.sleep_bytes != sleep_bytes())
        fail(errc::wrong_synchronisation, name, "waits by a mutex and condition of ",
             id.sleep_bytes, " bytes, expected ", sleep_bytes(),
             "; 32-bit and 64-bit programs cannot share them, nor those of different versions of "
             "Boost: build both alike, or with sync=futex");
    if (!wish.kind)
        return;
    if (id.kind != *wish.kind)
        fail(errc::wrong_kind, name, "holds a ", text(id.kind), ", expected a ", text(*wish.kind));
    const bool ring = id.kind == segment_kind::ring;
    const auto differs = [&](const char* what, std::uint64_t expected, std::uint64_t found) {
        if (expected != 0 && expected != found)
            fail(errc::wrong_type, name, "has ", what, ' ', found, ", expected ", expected,
                 "; open it with open_only to take it as it is");
    };
    differs(ring ? "node size" : "element size", wish.element_size, id.element_size);
    differs(ring ? "node count" : "length", wish.element_count, id.element_count);
    if (wish.element_size != 0 && !ring &&
        (wish.element_alignment != id.element_alignment || wish.type_tag != id.type_tag))
        fail(errc::wrong_type, name, "has elements of type \"", printable(id.type_tag),
             "\" aligned to ", id.element_alignment, ", expected \"", wish.type_tag,
             "\" aligned to ", wish.element_alignment);
}

void check_options(const shared_memory::options& o) {
    const auto check = [](const char* what, std::uint64_t low, std::uint64_t high,
                          std::uint64_t found) {
        if (found < low || found > high)
            throw error(errc::out_of_range, std::string("shared_memory: expected ") + what +
                                                " from " + std::to_string(low) + " to " +
                                                std::to_string(high) + ", found " +
                                                std::to_string(found));
    };
    check("max_participants", 1, max_slots, o.max_participants());
    check("max_deliveries", 0, max_delivery_limit, o.max_deliveries());
    check("a role", 1, 3, static_cast<std::uint32_t>(o.role()));
}

segment_identity plan(const segment_request& request) {
    const segment_wish& wish = request.wish;
    segment_identity id{};
    id.magic = segment_magic;
    id.version = layout_version;
    id.byte_order = native_byte_order;
    id.kind = *wish.kind;
    id.synchronisation = synchronisation();
    id.sleep_bytes = sleep_bytes();
    id.block_offset = page_bytes;
    random_bytes(id.id, sizeof id.id);
    id.element_size = wish.element_size;
    id.element_count = wish.element_count;
    id.element_alignment = wish.element_alignment;
    id.max_participants = request.options.max_participants();
    id.max_deliveries = request.options.max_deliveries();
    if (id.kind == segment_kind::ring)
        id.ring_modes = (request.options.single_writer() ? ring_single_writer : 0U) |
                        (request.options.single_reader() ? ring_single_reader : 0U);
    wish.type_tag.copy(id.type_tag, sizeof id.type_tag - 1);
    const std::uint64_t block =
        block_bytes(id.kind, id.element_size, id.element_count, id.max_participants);
    // one page before the block, and one behind it for Boost's allocator
    id.total_size = id.block_offset + block + page_bytes;
    constexpr std::uint64_t most = sizeof(void*) == 4 ? std::uint64_t{1} << 31U : max_total_size;
    if (block == 0 || id.total_size > most)
        fail(errc::out_of_range, request.name, "would need ", id.element_count, " elements of ",
             id.element_size, " bytes, which is more than the ", most,
             " bytes that a segment may have");
    return id;
}

//! Writes the block of a fresh object. All words start at zero, as fresh memory does.
void format_block(void* memory, const segment_identity& identity) {
    auto* const block = ::new (memory) segment_block;
    initialise(block->readers_sleep);
    initialise(block->writers_sleep);
    initialise(block->lock.free_sleep);
    initialise(block->lock.drain_sleep);
    write_bytes(&block->identity, &identity, sizeof identity);
}

//! Helps an owner that is closing, or died while it did, to get rid of the name. [S2]
void finish_shut_down(finding& f, const std::string& name) {
    if (!f.locks().try_lock_name())
        return;
    const bool removed = !f.object.has_name(name) || remove_name(name);
    f.locks().unlock_name();
    if (!removed)
        fail(errc::shut_down, name,
             "was shut down by its owner, and its name cannot be removed by this user");
}

//! Waits a little before looking again; throws when that has gone on for too long.
class patience {
public:
    explicit patience(std::string_view name) : name_(name) {}
    void pause() {
        if (std::chrono::steady_clock::now() > end_)
            fail(errc::in_use, name_,
                 "is being replaced or removed by another process, which has not finished; try "
                 "again");
        std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    //! For an answer that may come of somebody's being on its way out: true when it has come for
    //! the third time. Pauses before.
    bool confirms() {
        if (++confirmations_ == 3)
            return true;
        pause();
        return false;
    }

private:
    std::string_view name_;
    int confirmations_ = 0;
    std::chrono::steady_clock::time_point end_ =
        std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

} // namespace

const char* kind_name(segment_kind kind) noexcept {
    return text(kind);
}

void check_name(std::string_view name) {
    const char* problem = nullptr;
    if (name.empty() || name.size() > 200)
        problem = "has not 1 to 200 bytes";
    else if (name.front() == '.')
        problem = "begins with a dot";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            problem = "contains a control character";
        else if (c == '/' || c == '\\')
            problem = "contains a slash";
    }
    if (problem == nullptr)
        return;
    throw error(errc::bad_name, "shared_memory: the name \"" + printable(name.substr(0, 250)) +
                                    "\" " + problem +
                                    "; expected 1 to 200 bytes without '/', '\\', control "
                                    "characters or a leading dot");
}

segment_ptr segment::make(std::string name, const segment_identity& identity,
                          const shared_memory::options& options) {
    if (identity.kind == segment_kind::ring)
        return segment_ptr(new ring_part(std::move(name), identity, options));
    return segment_ptr(new lock_part(std::move(name), identity, options));
}

// Builds under a temporary name and attaches to that: the kernel knows us before others can see it.
segment_ptr segment::build(const segment_request& request) {
    sweep_temporaries();
    patience wait(request.name);
    for (;;) {
        const segment_identity identity = plan(request);
        const std::string temporary = temporary_name();
        kernel_object object;
        segment_ptr fresh = make(temporary, identity, request.options);
        try {
            if (build_object(
                    temporary, {identity.total_size, identity.block_offset},
                    request.options.permissions(),
                    [&](void* block) { format_block(block, identity); }, object) &&
                fresh->attach(std::move(object), open_mode::create) == attach_result::attached)
                return fresh;
        } catch (...) {
            remove_name(temporary);
            throw;
        }
        remove_name(temporary); // swept, because we were stopped for a minute
        wait.pause();
    }
}

bool segment::publish(const std::string& name) {
    if (!system_->object.publish(name_, name))
        return false;
    name_ = name;
    return true;
}

segment_ptr segment::open(const segment_request& request) {
    check_name(request.name);
    check_options(request.options);
    if (request.wish.type_tag.size() >= sizeof(segment_identity::type_tag))
        fail(errc::bad_argument, request.name, "has elements of type \"", request.wish.type_tag,
             "\"; expected a type_tag of at most ", sizeof(segment_identity::type_tag) - 1,
             " bytes");
    if (request.mode == open_mode::create)
        return create(request);
    const std::string name(request.name);
    const auto access = request.mode == open_mode::open_read_only
                            ? kernel_object::access::read_only
                            : kernel_object::access::read_write;
    const deadline creator = deadline::in(request.options.wait_for_creator());
    patience wait(request.name);
    finding found;
    segment_ptr fresh; // built, not published
    for (;;) {
        if (!look_up(name, access, found)) {
            if (request.mode == open_mode::open_or_create) {
                if (!fresh)
                    fresh = build(request);
                if (fresh->publish(name))
                    return fresh;
            } else if (request.mode == open_mode::open && !creator.passed()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                wait = patience(request.name);
            } else {
                fail(errc::not_found, name,
                     "does not exist; create it first, or wait for it with wait_for_creator");
            }
            continue;
        }
        if (request.mode == open_mode::open_or_create)
            require_ours(found, name);
        else
            require_valid(found, name);
        if (request.mode != open_mode::open_read_only && found.shutting_down()) {
            finish_shut_down(found, name);
            wait.pause();
            continue;
        }
        require_match(found.identity, request.wish, name);
        segment_ptr opened = make(name, found.identity, request.options);
        switch (opened->attach(std::move(found.object), request.mode)) {
        case attach_result::attached:
            return opened;
        case attach_result::start_again:
            wait.pause();
            break;
        case attach_result::full:
            if (!opened->system_->locks().is_name_locked() && wait.confirms())
                fail(errc::too_many_participants, name, "was created for ",
                     found.identity.max_participants,
                     " participants, and all of them are attached; close a handle, or create it "
                     "with a larger max_participants");
            wait.pause();
        }
    }
}

segment_ptr segment::create(const segment_request& request) {
    const std::string name(request.name);
    patience wait(request.name);
    finding found;
    segment_ptr fresh; // built, not published
    for (;;) {
        const bool exists = look_up(name, kernel_object::access::read_write, found);
        if (exists) {
            require_ours(found, name);
            if (found.shutting_down()) {
                finish_shut_down(found, name);
                wait.pause();
                continue;
            }
            if (!found.locks().try_lock_all()) {
                if (!found.locks().is_name_locked() && wait.confirms())
                    fail(errc::already_exists, name,
                         "is in use by a living process; open it with open_only or "
                         "open_or_create, or choose another name");
                wait.pause();
                continue;
            }
            // [S3]: nobody is there.
            if (!found.object.has_name(name))
                continue;
            if (fresh) {
                fresh->system_->object.publish_over(fresh->name_, name);
                fresh->name_ = name;
                return fresh;
            }
            // Building takes its time: not while others are kept out.
            found.locks().unlock_all();
        }
        if (!fresh) {
            try {
                fresh = build(request);
            } catch (const error& failure) {
                if (failure.code() != errc::no_space || !exists || !make_space(request, name))
                    throw;
            }
            wait = patience(request.name);
        } else if (!exists && fresh->publish(name)) {
            return fresh;
        }
    }
}

// An unused leftover of that name may be what takes the space: removes it, if that is enough.
bool segment::make_space(const segment_request& request, const std::string& name) {
    finding found;
    if (!look_up(name, kernel_object::access::read_write, found) || !found.valid() ||
        found.object.size() + free_space() < plan(request).total_size ||
        !found.locks().try_lock_all() || !found.object.has_name(name))
        return false;
    return remove_name(name);
}

bool segment::remove(std::string_view name_view) {
    check_name(name_view);
    const std::string name(name_view);
    patience wait(name_view);
    finding found;
    while (look_up(name, kernel_object::access::read_write, found)) {
        require_ours(found, name);
        if (!found.locks().try_lock_all()) {
            if (!found.locks().is_name_locked() && wait.confirms())
                fail(errc::in_use, name, "is in use by a living process; close it there first");
            wait.pause();
            continue;
        }
        if (!found.object.has_name(name))
            continue;
        if (!remove_name(name))
            fail(errc::permission_denied, name, "cannot be removed: it belongs to another user");
        return true;
    }
    return false;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
