// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The object behind a segment, as the system knows it: its name, its bytes before they are mapped,
//! and who is alive, which is the kernel's word. One implementation a system, in
//! lib/participants_*.cpp (who is alive) and lib/segment_*.cpp (names).

#ifndef SHARED_MEMORY_DETAIL_KERNEL_OBJECT_HPP
#define SHARED_MEMORY_DETAIL_KERNEL_OBJECT_HPP

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/permissions.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

class options;
struct memory_use;

namespace detail {

//! An object, opened for this handle alone. While it is held, and however the process ends, others
//! can see which slots were taken through it.
//!
//! Linux: the slots are open-file-description locks on bytes of the object itself, 0 to 1022; byte
//! 1023 is the gate (who changes what the name means holds it), 1024 is for observers. They go with
//! the last reference to the description, whatever ended the process. So that nothing else holds
//! one: the segment is mapped through another description, and a fork's child closes its copy at
//! once.
//!
//! Windows: a name means the object that its name record says (layout.hpp). Who has a slot or the
//! gate, or was the last to have it, stands in the object's takings_block: that process lives as
//! long as its process object is not signalled. All of that goes with the last handle, so nothing is
//! left behind by the dead; nor are there forks to watch, or descriptors to lose.
class kernel_object {
public:
    enum class access { read_only, read_write };
    enum class open_result { opened, not_found, not_an_object };

    kernel_object() noexcept;
    ~kernel_object();
    kernel_object(kernel_object&&) noexcept;
    kernel_object& operator=(kernel_object&&) noexcept;

    //! Throws `errc::permission_denied`, `errc::system_error`.
    open_result open(const std::string& name, access mode);

    //! Bytes of the object now.
    std::uint64_t size() const;
    //! False if it has no such bytes.
    bool read(std::uint64_t offset, void* to, std::size_t bytes) const;
    //! The name still means this object.
    bool has_name(const std::string& name) const noexcept;
    //! Gives the object, which has a temporary name, its name if that is free; false if it is not.
    //! Throws `errc::system_error` and so on.
    bool publish(const std::string& temporary, const std::string& name);
    //! Gives it its name, whatever had it. The caller holds all of the old object.
    void publish_over(const std::string& temporary, const std::string& name);

    //! Takes a slot; false if another handle has it.
    bool try_take_slot(std::uint32_t slot) noexcept;
    void leave_slot(std::uint32_t slot) noexcept;
    //! Another handle has the slot: its process lives. True also if the kernel cannot be asked.
    bool is_taken(std::uint32_t slot) const noexcept;

    //! The process has closed the descriptor, and no other could be had: nothing can be asked or
    //! taken.
    bool is_lost() const noexcept;

    //! Takes all slots and the gate at once: proof that no participant lives, and a bar for new
    //! ones. False if any is taken.
    bool try_take_all() noexcept;
    void leave_all() noexcept;
    void leave_all_but(std::uint32_t slot) noexcept;
    bool try_take_gate() noexcept;
    void leave_gate() noexcept;
    //! Another one holds the gate.
    bool is_gate_taken() const noexcept;
    //! Marks the presence of one who only looks.
    void observe() noexcept;

    //! Keeps what was taken although the process closes descriptors that it does not know
    //! (closefrom()). Call after taking the slot.
    void pin() noexcept;
    //! From now on, a fork's child sets one bit in `status` and clears the other.
    void watch_forks(std::atomic<std::uint32_t>& status, std::uint32_t set,
                     std::uint32_t clear) noexcept;

    struct system_state;

private:
    void renamed(const std::string& name);

    std::unique_ptr<system_state> state_;
};

//! Identifies this process: the id and, since ids are used again, when it started.
struct process_identity {
    std::uint64_t id;
    std::uint64_t start_time;
};
process_identity this_process();

// Names, in lib/segment_*.cpp.

//! A name of fixed length that no user's segment can have.
std::string temporary_name();
//! Removes what creators that were killed while building left behind.
void sweep_temporaries() noexcept;
//! Bytes of shared memory that are free.
std::uint64_t free_space() noexcept;
//! Removes the name; nothing if there is none. False if it is not allowed.
bool remove_name(const std::string& name) noexcept;
void random_bytes(void* to, std::size_t bytes);
//! Creates the object with Boost.Interprocess, reserves all its memory and lays the block out in
//! it, its identity written, all else zero; opens it. False: somebody has removed it meanwhile.
//! Throws `error`; the name may be left behind then.
bool build_object(const std::string& name, const segment_identity& identity,
                  const boost::interprocess::permissions& who, kernel_object& object);
//! Maps the object of that name, with a description of its own; false if there is none. For huge
//! pages: where such pages can be mapped, if there is such a place.
bool map_object(const std::string& name, bool read_only, bool for_huge_pages,
                boost::interprocess::mapped_region& region);
//! Does what the options ask for the mapping (prefault, huge_pages), as far as the system can.
//! Others may write there meanwhile.
void prepare_memory(const boost::interprocess::mapped_region& region,
                    const shared_memory::options& options) noexcept;
//! See shared_buffer::memory.
memory_use memory_of(const boost::interprocess::mapped_region& region);
//! Throws `error` for a system error number.
[[noreturn]] void throw_system_error(int number, const std::string& doing);

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
