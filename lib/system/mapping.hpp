// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What each system must give: the memory of an object, mapped. The implementations are
//! linux/mapping.cpp and windows/mapping.cpp; test/system/mapping.cpp tests either one.

#ifndef SHARED_MEMORY_LIB_SYSTEM_MAPPING_HPP
#define SHARED_MEMORY_LIB_SYSTEM_MAPPING_HPP

#include <shared_memory/detail/config.hpp>

#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

class options;
struct memory_use;

namespace detail {

//! A whole object in this process's memory, for as long as the mapping lives. It keeps the object's
//! bytes, but none of its locks: the object is opened anew for it. If this process dies, it goes.
class mapping {
public:
    //! Maps what the name means now, in place of what was mapped. False if the name means nothing:
    //! what was mapped stays. With `for_huge_pages`, the mapping begins where huge pages can be
    //! mapped, if there is such a place. Throws `permission_denied`, `no_space`, `system_error`.
    bool map(const std::string& name, bool read_only, bool for_huge_pages);

    std::byte* address() const noexcept { return static_cast<std::byte*>(region_.get_address()); }
    std::size_t size() const noexcept { return region_.get_size(); }

    //! Does what the options ask for (prefault, huge_pages), as far as the system can. Other processes
    //! may write there meanwhile.
    void prepare(const shared_memory::options& how) const noexcept;
    //! See segment_handle::memory.
    memory_use memory() const;

private:
    boost::interprocess::mapped_region region_;
};

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
