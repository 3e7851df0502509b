// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What tells this process from any other, on Linux: /proc/self/stat.

#include <system/process.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

process_identity this_process() {
    // Field 22 of /proc/self/stat; the second one, in parentheses, may contain anything.
    process_identity result{static_cast<std::uint64_t>(::getpid()), 0};
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end_of_name = line.rfind(')');
    if (end_of_name == std::string::npos)
        return result;
    std::istringstream fields(line.substr(end_of_name + 1));
    std::string skipped;
    for (int field = 3; field != 22; ++field)
        fields >> skipped;
    fields >> result.start_time;
    return result;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
