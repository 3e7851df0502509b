// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Finding what a name holds, and creating, opening, replacing and removing segments by name.
//
//  [S1]  A name shows complete segments only: they are built under a temporary name and renamed.
//  [S2]  If a name means an object, only a process that holds the object's name lock changes that,
//        and only after it has looked, holding the lock, that the name still means the object. If a
//        name means nothing, a rename changes that, and fails if the name means something by then.
//  [S3]  A process that replaces or removes an object without having owned it holds all its locks:
//        nobody alive is attached, and nobody can come, whatever version of this library made the
//        object: the lock bytes are the same in all of them. A handle that has taken a slot looks
//        afterwards whether the name still means the object, and starts again if not.
//  [S4]  A process that takes an object's name away while it holds all locks says so in the object
//        first (state_name_taken). A fork's child, which is not attached before its first call, looks
//        there after it has taken a slot: if the name means another object or nothing, and the object
//        says that, the child would be alone for ever, and goes. If the process dies between the
//        two steps, the name still means the object; a handle that attaches then puts the bit out:
//        it has a slot's lock, so nobody holds all of them. A name that is taken away by hand leaves
//        no bit: those that are attached go on, and so do their forks' children.
//  [S5]  A user that cannot take a name away (it belongs to another user, in a sticky folder) ends
//        nothing for ever: what this user's close leaves behind, open_or_create begins anew, as any
//        segment that was shut down (life.cpp [G3]). create_only empties the segment and begins it
//        anew, if it is as wanted; the segment keeps its identity.

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/detail/segment.hpp>

#include "errors.hpp"
#include "header.hpp"
#include "kinds.hpp"
#include "names.hpp"
#include "system_side.hpp"

#include <shared_memory/detail/layout/words.hpp>

#include <system/failure.hpp>
#include <system/object.hpp>
#include <system/temporary.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

//! Writes the block of a fresh object. All words start at zero, as fresh memory does.
void format_block(void* memory, const segment_header& header) {
    auto* const block = ::new (memory) segment_block;
    format_parts(static_cast<std::byte*>(memory), header);
    write_bytes(&block->header, &header, sizeof header);
}

//! "a circular_buffer with node count 8 and node size 64".
std::string geometry_of(const segment_identity& id) {
    const class_row& row = class_of(id);
    const auto number = [](const char* what, std::uint64_t value) {
        const std::string_view with_article(what);
        return std::string(with_article.substr(with_article.find(' ') + 1)) + ' ' +
               std::to_string(value);
    };
    std::string text = std::string("a ") + row.name + " with " +
                       number(row.element_count.what, id.element_count) + " and " +
                       number(row.element_size.what, id.element_size);
    if (row.typed)
        text += std::string(" of type \"") + printable(id.type_tag) + '"';
    return text;
}

[[noreturn]] void throw_not_found(const std::string& name, const segment_request& request) {
    using std::chrono::milliseconds;
    const auto waited = std::chrono::ceil<milliseconds>(request.options.wait_for_creator());
    if (request.mode == open_mode::open && waited > waited.zero())
        fail(errc::not_found, name, "was not created within the ", waited.count(),
             " ms of wait_for_creator; start the program that creates it, or wait longer");
    fail(errc::not_found, name,
         "does not exist; create it first (create_only, open_or_create), or wait for it "
         "(open_only with options().wait_for_creator())");
}

} // namespace

// Builds a segment under a temporary name and attaches to it: the kernel knows the creator before
// others can see the segment.
segment_ptr segment::build(const segment_request& request) {
    sweep_temporaries();
    // Where it was swept, this process was stopped for a minute just there: it starts again at once,
    // however long all of that took. An object that is as often swept is swept by a fault.
    for (int tries = 0; tries != 100; ++tries) {
        const segment_header header = make_header(request);
        const std::string temporary = temporary_name(request.name);
        kernel_object object;
        segment_ptr fresh(new segment(temporary, header, request.options));
        try {
            if (build_object(
                    temporary, {header.identity.total_size, header.identity.block_offset},
                    request.options.permissions(),
                    [&](void* block) { format_block(block, header); }, object) &&
                fresh->attach(std::move(object), open_mode::create) == attach_result::attached)
                return fresh;
        } catch (...) {
            remove_name(temporary);
            throw;
        }
        remove_name(temporary);
    }
    fail(errc::in_use, request.name,
         "cannot be created: each object that was made for it was swept at once, as if it were a "
         "minute old; look at the system's clock, then try again");
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
    if (request.expected.type_tag.size() >= sizeof(segment_identity::type_tag))
        fail(errc::bad_argument, request.name, "has elements of type \"", request.expected.type_tag,
             "\"; expected a type_tag of at most ", sizeof(segment_identity::type_tag) - 1,
             " bytes");
    if (request.mode == open_mode::create || request.mode == open_mode::open_or_create)
        make_header(request); // throws what is wrong with the request, before anything is touched
    if (request.mode == open_mode::create)
        return create(request);
    const std::string name(request.name);
    const auto access = request.mode == open_mode::open_read_only
                            ? kernel_object::access::read_only
                            : kernel_object::access::read_write;
    const deadline creator = deadline::in(request.options.wait_for_creator());
    const deadline settled = deadline::in(std::max<shared_memory::options::duration>(
        request.options.wait_for_creator(), time_to_settle));
    retry_limit wait(request.name);
    lookup found;
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
                wait = retry_limit(request.name);
            } else {
                throw_not_found(name, request);
            }
            continue;
        }
        found.require_valid(name, request.mode);
        segment_ptr opened(new segment(name, found.header, request.options));
        coming how = coming::usual;
        if (request.mode != open_mode::open_read_only &&
            !opened->may_come(found, request, creator, wait, how))
            continue;
        require_match(found, request);
        switch (opened->attach(std::move(found.object), request.mode, how)) {
        case attach_result::attached:
            return opened;
        case attach_result::start_again:
            wait.pause();
            break;
        case attach_result::full:
            if (opened->is_surely_full(wait))
                fail(errc::too_many_participants, name, "was created for ",
                     found.header.identity.max_participants,
                     " participants, and all of them are attached; close a handle (participants() "
                     "of a handle opened with open_read_only tells whose they are), or create it "
                     "with a larger max_participants");
            wait.pause();
            break;
        case attach_result::unsettled:
            if (settled.passed())
                opened->throw_unsettled();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            wait = retry_limit(request.name);
        }
    }
}

// What a handle that opens a segment does about its state. False: the caller looks at the name again.
bool segment::may_come(const lookup& f, const segment_request& request, deadline creator,
                       retry_limit& wait, coming& how) {
    const std::uint32_t state = f.state();
    const bool creates = request.mode == open_mode::open_or_create;
    remains left = remains::nothing;
    if ((state & state_shutting_down) != 0) {
        left = finish_shut_down(f);
        if (left == remains::unknown)
            wait.pause();
        if (left == remains::unknown || left == remains::nothing)
            return false;
    } else if (!creates || (state & state_stream_ended) == 0) {
        return true;
    }
    const auto may_wait = [&] {
        if (creator.passed())
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        wait = retry_limit(name_);
        return true;
    };
    if (!creates) {
        how = coming::reads_on;
        if (left == remains::something && request.options.role() != shared_memory::role::writer)
            return true;
        if (may_wait())
            return false;
        fail(errc::shut_down, name_, "was shut down by its owner",
             left == remains::something ? ", and what is unread in it may only be read"
                                        : ", and nothing is left in it; its name stays: ",
             left == remains::something ? "" : owner_of(name_),
             f.users_if_any("; it is in use by "),
             "; open_or_create begins it anew when nobody uses it");
    }
    // A stream that has ended is the living owner's.
    if ((state & state_shutting_down) == 0) {
        if (block_ == nullptr && !map(name_, false)) {
            wait.pause();
            return false;
        }
        if (!is_dead_owner(block_->life.owner.load(boost::memory_order_acquire), f.locks()))
            return true;
    }
    require_match(f, request);
    how = coming::revives;
    if (f.locks().try_lock_all()) {
        if (f.object.has_name(name_) &&
            (f.state() & (state_shutting_down | state_stream_ended)) != 0)
            return true;
        return false; // another handle has begun it anew
    }
    if (may_wait())
        return false;
    if (f.locks().is_name_locked() || !wait.confirms()) {
        wait.pause();
        return false;
    }
    fail(errc::in_use, name_,
         (state & state_shutting_down) != 0 ? "was shut down by its owner"
                                            : "holds a stream that has ended",
         ", and is still in use by ", f.users(),
         "; it begins anew when nobody uses it: wait for that with wait_for_creator");
}

// The user may not take the name away, and nobody else is there: makes the segment as a new one. [S5]
segment_ptr segment::replace_in_place(lookup& found, const segment_request& request) {
    const std::string name(request.name);
    try {
        require_match(found, request);
    } catch (const error& why) {
        fail(errc::permission_denied, name, "holds ", geometry_of(found.header.identity),
             ", expected ", geometry_of(make_header(request).identity),
             ", and cannot be replaced: ", owner_of(name), ". Nor can it be used: ", why.what());
    }
    segment_ptr opened(new segment(name, found.header, request.options));
    if (opened->attach(std::move(found.object), open_mode::open_or_create, coming::begins_anew) !=
        attach_result::attached)
        return nullptr;
    return opened;
}

segment_ptr segment::create(const segment_request& request) {
    const std::string name(request.name);
    retry_limit wait(request.name);
    lookup found;
    segment_ptr fresh; // built, not published
    for (;;) {
        const bool exists = look_up(name, kernel_object::access::read_write, found);
        if (exists) {
            found.require_replaceable(name);
            bool is_left = false;
            if (found.shutting_down()) {
                const segment_ptr old(new segment(name, found.header, request.options));
                const remains left = old->finish_shut_down(found);
                if (left == remains::unknown)
                    wait.pause();
                if (left == remains::unknown || left == remains::nothing)
                    continue;
                is_left = left == remains::something;
            }
            if (!found.locks().try_lock_all()) {
                if (!found.locks().is_name_locked() && wait.confirms())
                    fail(errc::already_exists, name,
                         is_left ? "was shut down by its owner, and what is unread in it is still "
                                   "there for "
                                 : "is in use by ",
                         found.users(),
                         is_left ? "; it can be replaced when nobody uses it"
                                 : "; open it with open_only or open_or_create, or choose another "
                                   "name");
                wait.pause();
                continue;
            }
            // [S3]: nobody is there.
            if (!found.object.has_name(name))
                continue;
            if (found.kept())
                fail(errc::already_exists, name,
                     "is kept, as its owner wanted it; remove() removes it, and open_or_create "
                     "opens "
                     "it");
            if (!found.problem && !may_remove_name(name)) {
                if (segment_ptr opened = replace_in_place(found, request))
                    return opened;
                wait.pause();
                continue;
            }
            if (fresh) {
                found.say_name_taken();
                fresh->system_->object.publish_over(fresh->name_, name);
                fresh->name_ = name;
                return fresh;
            }
            // Building takes its time: others are not kept out meanwhile.
            found.locks().unlock_all();
        }
        if (!fresh) {
            try {
                fresh = build(request);
            } catch (const error& failure) {
                if (failure.code() != errc::no_space || !exists || !make_space(request, name))
                    throw;
            }
            wait = retry_limit(request.name);
        } else if (!exists && fresh->publish(name)) {
            return fresh;
        }
    }
}

// A leftover of that name may take the space that is needed: removes it, if that is enough.
bool segment::make_space(const segment_request& request, const std::string& name) {
    lookup found;
    if (!look_up(name, kernel_object::access::read_write, found) ||
        (found.problem && !found.is_of_other_version()) ||
        found.object.size() + free_space() < make_header(request).identity.total_size ||
        !found.locks().try_lock_all() || !found.object.has_name(name) || found.kept())
        return false;
    found.say_name_taken();
    return remove_name(name);
}

bool segment::remove(std::string_view name_view) {
    check_name(name_view);
    const std::string name(name_view);
    retry_limit wait(name_view);
    lookup found;
    while (look_up(name, kernel_object::access::read_write, found)) {
        found.require_replaceable(name);
        if (!found.locks().try_lock_all()) {
            if (!found.locks().is_name_locked() && wait.confirms())
                fail(errc::in_use, name, "is in use by ", found.users(), "; close it there first");
            wait.pause();
            continue;
        }
        if (!found.object.has_name(name))
            continue;
        found.say_name_taken();
        if (!remove_name(name))
            fail(errc::permission_denied, name, "cannot be removed: ", owner_of(name),
                 "; only that user, or an administrator, may remove it");
        return true;
    }
    return false;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
