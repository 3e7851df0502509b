// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The memory of an object on Windows: mapped by Boost.Interprocess.

#include "opened_object.hpp"

#include <shared_memory/options.hpp>
#include <shared_memory/reports.hpp>

#include <system/failure.hpp>
#include <system/mapping.hpp>
#include <system/touch_pages.hpp>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/windows_shared_memory.hpp>

#include <windows.h>

#include <cstdint>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

namespace bi = boost::interprocess;

// There are no huge pages for memory that other processes map too.
bool mapping::map(const std::string& name, bool read_only, bool) {
    const std::uint64_t number = number_of(name);
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        const bi::windows_shared_memory object(bi::open_only,
                                               kernel_name(number, "segment").c_str(), mode);
        bi::mapped_region fresh(object, mode);
        region_.swap(fresh);
    } catch (const bi::interprocess_exception& failure) {
        if (failure.get_native_error() == ERROR_FILE_NOT_FOUND)
            return false;
        throw_boost_failure(failure, {task::map, name});
    }
    return true;
}

void mapping::prepare(const shared_memory::options& how) const noexcept {
    if (how.prefaults())
        touch_pages(region_);
}

memory_use mapping::memory() const {
    const std::uint64_t page = bi::mapped_region::get_page_size();
    return {(region_.get_size() + page - 1) / page * page, {}, {}};
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
