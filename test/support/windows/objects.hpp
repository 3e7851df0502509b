// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The objects behind segments, without the library: see lib/system/windows/opened_object.hpp. The
// other one is in posix/.

#ifndef SHARED_MEMORY_TEST_OBJECTS_HPP
#define SHARED_MEMORY_TEST_OBJECTS_HPP

#include <boost/atomic/ipc_atomic.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/windows_shared_memory.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

using memory_object = boost::interprocess::windows_shared_memory;

// As lib/system/windows/opened_object.hpp has it: which object a name means.
struct name_record {
    boost::ipc_atomic<std::uint64_t> magic;
    boost::ipc_atomic<std::uint64_t> object;
};
inline constexpr std::uint64_t name_magic = 0x31454d414e4d4553U; // "SEMNAME1" in memory

inline std::string object_name(std::uint64_t number) {
    char text[80];
    std::snprintf(text, sizeof text, "Local\\shared_memory.%016llx.segment",
                  static_cast<unsigned long long>(number));
    return text;
}

inline std::wstring record_name(std::string const& name) {
    std::wstring result = L"Local\\shared_memory.name.";
    for (char const c : name)
        result += static_cast<wchar_t>(static_cast<unsigned char>(c));
    return result;
}

// 0: the name means nothing.
inline std::uint64_t number_of(std::string const& name) {
    namespace bi = boost::interprocess;
    try {
        memory_object const object(bi::open_only, record_name(name).c_str(), bi::read_only);
        bi::mapped_region const region(object, bi::read_only);
        return static_cast<name_record*>(region.get_address())->object.load();
    } catch (bi::interprocess_exception const&) {
        return 0;
    }
}

// To be mapped behind the library's back.
inline memory_object open_object(std::string const& name) {
    return {boost::interprocess::open_only, object_name(number_of(name)).c_str(),
            boost::interprocess::read_write};
}

inline bool exists(std::string const& name) {
    try {
        open_object(name);
        return true;
    } catch (boost::interprocess::interprocess_exception const&) {
        return false;
    }
}

inline std::string read_object(std::string const& name) {
    namespace bi = boost::interprocess;
    memory_object const object(bi::open_only, object_name(number_of(name)).c_str(), bi::read_only);
    bi::mapped_region const region(object, bi::read_only);
    return {static_cast<char const*>(region.get_address()), region.get_size()};
}

// The records and objects that this process keeps there: they would go with their last handles.
struct kept_object {
    std::shared_ptr<boost::interprocess::mapped_region> record;
    std::shared_ptr<memory_object> object;
};
inline std::map<std::string, kept_object> kept_objects;

// The record of the name, which means that object from now on; kept as long as the result is.
inline std::shared_ptr<boost::interprocess::mapped_region> give_name(std::string const& name,
                                                                     std::uint64_t number) {
    namespace bi = boost::interprocess;
    memory_object const object(bi::open_or_create, record_name(name).c_str(), bi::read_write,
                               sizeof(name_record));
    auto region = std::make_shared<bi::mapped_region>(object, bi::read_write);
    auto* const record = static_cast<name_record*>(region->get_address());
    record->magic.store(name_magic, boost::memory_order_seq_cst);
    record->object.store(number, boost::memory_order_seq_cst);
    return region;
}

// A new object, in place of an old one, until it is removed or this process ends. It ends with the
// page.
inline memory_object create_object(std::string const& name, std::size_t bytes) {
    namespace bi = boost::interprocess;
    static std::mt19937_64 random(std::random_device{}());
    std::uint64_t const number = random() | 1U;
    auto object = std::make_shared<memory_object>(bi::create_only, object_name(number).c_str(),
                                                  bi::read_write, std::max<std::size_t>(bytes, 1));
    kept_objects[name] = {give_name(name, number), std::move(object)};
    return open_object(name);
}

inline void write_object(std::string const& name, std::string const& bytes) {
    memory_object const object = create_object(name, bytes.size());
    boost::interprocess::mapped_region const region(object, boost::interprocess::read_write);
    std::memcpy(region.get_address(), bytes.data(), bytes.size());
}

inline void remove_object(std::string const& name) {
    if (number_of(name) != 0)
        give_name(name, 0);
    kept_objects.erase(name);
}

// It stays also if its last user dies: until it is removed or this process ends.
inline void keep_object(std::string const& name) {
    auto object = std::make_shared<memory_object>(open_object(name));
    kept_objects[name] = {give_name(name, number_of(name)), std::move(object)};
}

// Who it is.
inline std::uint64_t object_state(std::string const& name) {
    return number_of(name);
}

// As they are read again when they were written to an object.
inline std::string as_object(std::string bytes) {
    bytes.resize((std::max<std::size_t>(bytes.size(), 1) + 4095) / 4096 * 4096);
    return bytes;
}

// How many times dearer processes are than on Linux.
inline constexpr unsigned cost_of_a_process = 5;
inline void* const owner_only = nullptr;
inline int permissions_of_no_meaning = 0;
inline void* const some_permissions = &permissions_of_no_meaning;

// Unpublished objects have no names here.
inline std::vector<std::string> temporaries() {
    return {};
}

// Ends this process, in one of these ways.
inline void die_by(std::string const& how) {
    if (how == "exit")
        std::exit(0);
    if (how == "_exit")
        std::_Exit(0);
    if (how == "abort")
        std::abort();
    if (how == "segv")
        *static_cast<int volatile*>(nullptr) = 1;
    throw std::runtime_error("this system has no other way to end: " + how);
}

// Windows does not tell which process sleeps: a while later it does, if it ever will.
inline bool sleeps_now(long long) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return true;
}

} // namespace test_support

#endif
