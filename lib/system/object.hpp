// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: the object behind a segment, as the kernel knows it. It has a name,
//! and bytes before a segment maps it. Who is alive on it: liveness.hpp. The implementations are
//! linux/object.cpp and windows/object.cpp; test/system/object.cpp tests either one.
//!
//! All errors are thrown as `error` (failure.hpp): `permission_denied`, `no_space`, `system_error`,
//! and what else is said below.

#ifndef SHARED_MEMORY_LIB_SYSTEM_OBJECT_HPP
#define SHARED_MEMORY_LIB_SYSTEM_OBJECT_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/permissions.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! An object, opened for one handle alone. The locks that are taken through it (liveness.hpp) go
//! with it.
//!
//! Linux: a file in /dev/shm. The segment is mapped through another description, so that the locks
//! are held by nothing but this object.
//!
//! Windows: a name means the object that its name record says (windows/opened_object.hpp). All that
//! belongs to an object goes with its last handle, so the dead leave nothing behind.
class kernel_object {
public:
    enum class access { read_only, read_write };
    enum class open_result { opened, not_found, not_an_object };

    kernel_object() noexcept;
    //! Closes the object. All locks that were taken through it go.
    ~kernel_object();
    kernel_object(kernel_object&&) noexcept;
    //! The other object is closed when `other` ends.
    kernel_object& operator=(kernel_object&& other) noexcept;

    //! Opens what the name means now; closes what was open. `not_an_object`: the name means
    //! something that cannot be a segment, such as a folder, a pipe or a symbolic link. Throws
    //! `system_error` where the system has no locks for it (liveness.hpp), or refuses them.
    open_result open(const std::string& name, access mode);

    //! Bytes of the object now; it may grow or shrink, if another program wants it to.
    std::uint64_t size() const;
    //! Copies bytes of the object; false if it has no such bytes. Nothing is mapped: an object that
    //! shrinks meanwhile does no harm.
    bool read(std::uint64_t offset, void* to, std::size_t bytes) const;
    //! Sets bits in the word of 32 bits at an offset below 16 pages, which the object has, and puts
    //! others out; false if the system does not let this process write there.
    bool change_bits(std::uint64_t offset, std::uint32_t set, std::uint32_t out) noexcept;
    //! The name still means this object.
    bool has_name(const std::string& name) const noexcept;

    //! Gives the object, which has a temporary name, its name if that means nothing; false if it
    //! means something. No process ever sees the name mean half an object. If this process dies
    //! here, the object has the one name or the other, and a temporary name is swept.
    bool publish(const std::string& temporary, const std::string& name);
    //! Gives the object its name, whatever that meant. The caller holds all locks of the object
    //! that the name meant. If this process dies here, the name means the old object or the new
    //! one, never nothing.
    void publish_over(const std::string& temporary, const std::string& name);

    struct opened_object;

private:
    friend class liveness;

    std::unique_ptr<opened_object> opened_;
};

//! Removes the objects that creators left behind which were killed while they built: those with
//! temporary names that are older than a minute and that no process holds.
void sweep_temporaries() noexcept;
//! Removes the name; nothing if it means nothing. False if this user may not. Processes that have
//! the object open keep it.
bool remove_name(const std::string& name) noexcept;

//! Whether this user may remove the name, as far as the system says so beforehand.
bool may_remove_name(const std::string& name) noexcept;

//! How large an object is to be, and where the segment's block is to lie in it.
struct object_extent {
    std::uint64_t bytes;
    std::uint64_t block_offset;
};
//! Creates the object with Boost.Interprocess, reserves all its memory, has `format` write the
//! block, which is zero before, and opens the object. Where objects are swept, slot 0 is locked from
//! before the memory is reserved. False if it was swept before that. If it throws,
//! the name may be left behind: remove it. If this process dies here, the object is swept later.
bool build_object(const std::string& name, const object_extent& extent,
                  const boost::interprocess::permissions& who,
                  const std::function<void(void* block)>& format, kernel_object& object);

//! An object that no process has open stays where it is, until its name is removed.
bool objects_outlive_users() noexcept;
//! Bytes of shared memory that are free; 0 where an unused object takes none.
std::uint64_t free_space() noexcept;
//! Random bytes of the system: what names and identities are made of.
void random_bytes(void* to, std::size_t bytes);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
