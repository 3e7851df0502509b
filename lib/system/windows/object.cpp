// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Names of segments on Windows: see opened_object.hpp.

#include "opened_object.hpp"

#include <shared_memory/detail/layout/words.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <system/failure.hpp>
#include <system/format.hpp>
#include <system/liveness.hpp>
#include <system/temporary.hpp>
#include <system/windows/calls.hpp>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/managed_windows_shared_memory.hpp>
#include <boost/memory_order.hpp>

#include <windows.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

namespace bi = boost::interprocess;

// An object's number: the digits of its temporary name.
std::uint64_t temporary_number(std::string_view temporary) noexcept {
    temporary.remove_prefix(temporary.size() - temporary_extra + 1);
    std::uint64_t result = 0;
    std::from_chars(temporary.data(), temporary.data() + temporary_digit_count, result, 16);
    return result;
}

// Each byte is a character: any name that is one on Linux is another one here.
std::wstring record_name(const std::string& name) {
    std::wstring result = L"Local\\shared_memory.name.";
    std::transform(name.begin(), name.end(), std::back_inserter(result),
                   [](char c) { return static_cast<wchar_t>(static_cast<unsigned char>(c)); });
    return result;
}

enum class record_state { none, ours, foreign };

//! Opens the record of a name; `none` if there is none, or it has not been written yet.
record_state open_record(small_object<name_record>& record, const std::string& name,
                         bool read_only) {
    try {
        const bi::mode_t mode = read_only ? bi::read_only : bi::read_write;
        bi::windows_shared_memory object(bi::open_only, record_name(name).c_str(), mode);
        bi::mapped_region region(object, mode, 0, sizeof(name_record));
        record.object.swap(object);
        record.region.swap(region);
    } catch (const bi::interprocess_exception& failure) {
        switch (failure.get_native_error()) {
        case ERROR_FILE_NOT_FOUND:
            return record_state::none;
        case ERROR_INVALID_HANDLE: // something else has that name
            return record_state::foreign;
        default:
            throw_boost_failure(failure, {task::open, name});
        }
    }
    const std::uint64_t magic = record.get()->magic.load(boost::memory_order_acquire);
    return magic == name_magic ? record_state::ours
           : magic == 0        ? record_state::none
                               : record_state::foreign;
}

//! The record of a name, made if there is none.
void make_record(small_object<name_record>& record, const std::string& name) {
    try {
        bi::windows_shared_memory object =
            sys::open_or_create(record_name(name).c_str(), sizeof(name_record));
        bi::mapped_region region(object, bi::read_write, 0, sizeof(name_record));
        record.object.swap(object);
        record.region.swap(region);
    } catch (const bi::interprocess_exception& failure) {
        throw_boost_failure(failure, {task::publish, name});
    }
    std::uint64_t magic = 0;
    if (!record.get()->magic.compare_exchange_strong(magic, name_magic, boost::memory_order_acq_rel,
                                                     boost::memory_order_acquire) &&
        magic != name_magic)
        throw error(errc::not_our_segment, "shared_memory: \"" + name +
                                               "\" has a record that is not of this library; use "
                                               "another name");
}

//! An object of that number is there.
bool exists(std::uint64_t number) {
    const HANDLE section =
        ::OpenFileMappingA(FILE_MAP_READ, FALSE, kernel_name(number, "segment").c_str());
    if (section == nullptr)
        return ::GetLastError() != ERROR_FILE_NOT_FOUND;
    ::CloseHandle(section);
    return true;
}

} // namespace

std::string kernel_name(std::uint64_t number, const char* what) {
    char text[80];
    std::snprintf(text, sizeof text, "Local\\shared_memory.%016llx.%s",
                  static_cast<unsigned long long>(number), what);
    return text;
}

std::uint64_t number_of(const std::string& name) {
    if (is_temporary(name))
        return temporary_number(name);
    small_object<name_record> record;
    return open_record(record, name, true) == record_state::ours
               ? record.get()->object.load(boost::memory_order_acquire)
               : 0;
}

// What killed creators left has gone with them.
void sweep_temporaries() noexcept {}

kernel_object::kernel_object() noexcept = default;
kernel_object::kernel_object(kernel_object&& other) noexcept = default;
kernel_object& kernel_object::operator=(kernel_object&& other) noexcept {
    std::swap(opened_, other.opened_);
    return *this;
}

kernel_object::~kernel_object() {
    if (!opened_)
        return;
    const std::uint32_t slot = opened_->slot;
    liveness locks(*this);
    locks.unlock_name();
    if (slot != max_slots)
        locks.unlock_slot(slot);
    sys::close(opened_);
}

kernel_object::open_result kernel_object::open(const std::string& name, access mode) {
    const bool read_only = mode == access::read_only;
    auto opened = std::make_unique<opened_object>();
    if (is_temporary(name)) {
        opened->number = temporary_number(name);
    } else {
        switch (open_record(opened->record, name, read_only)) {
        case record_state::none:
            return open_result::not_found;
        case record_state::foreign:
            return open_result::not_an_object;
        case record_state::ours:
            break;
        }
        opened->number = opened->record.get()->object.load(boost::memory_order_acquire);
        if (opened->number == 0)
            return open_result::not_found;
    }
    try {
        const bi::mode_t boost_mode = read_only ? bi::read_only : bi::read_write;
        bi::windows_shared_memory(bi::open_only, kernel_name(opened->number, "segment").c_str(),
                                  boost_mode)
            .swap(opened->section);
        const auto all = static_cast<std::uint64_t>(opened->section.get_size());
        bi::mapped_region(opened->section, boost_mode, 0,
                          static_cast<std::size_t>(std::min(all, max_block_offset + page_bytes)))
            .swap(opened->front);
    } catch (const bi::interprocess_exception& failure) {
        // The last handle has just been closed, and the record is about to follow.
        if (failure.get_native_error() == ERROR_FILE_NOT_FOUND)
            return open_result::not_found;
        throw_boost_failure(failure, {task::open, name});
    }
    open_locks(opened->locks, opened->number, read_only);
    *this = kernel_object();
    opened_ = std::move(opened);
    return open_result::opened;
}

std::uint64_t kernel_object::size() const {
    return static_cast<std::uint64_t>(opened_->section.get_size());
}

bool kernel_object::read(std::uint64_t offset, void* to, std::size_t bytes) const {
    const std::uint64_t end = opened_->front.get_size();
    if (offset > end || bytes > end - offset)
        return false;
    std::memcpy(to, static_cast<const std::byte*>(opened_->front.get_address()) + offset, bytes);
    return true;
}

bool kernel_object::change_bits(std::uint64_t offset, std::uint32_t set,
                                std::uint32_t out) noexcept {
    auto& word = *reinterpret_cast<ipc_words::word32*>(
        static_cast<std::byte*>(opened_->front.get_address()) + offset);
    std::uint32_t seen = word.load(boost::memory_order_relaxed);
    while (!word.compare_exchange_weak(seen, (seen | set) & ~out, boost::memory_order_seq_cst,
                                       boost::memory_order_relaxed)) {
    }
    return true;
}

// The record is held, so its name means it.
bool kernel_object::has_name(const std::string& name) const noexcept {
    const name_record* const record = opened_->record.get();
    return record == nullptr ? is_temporary(name)
                             : record->object.load(boost::memory_order_seq_cst) == opened_->number;
}

bool kernel_object::publish(const std::string&, const std::string& name) {
    small_object<name_record> record;
    make_record(record, name);
    std::uint64_t meant = record.get()->object.load(boost::memory_order_acquire);
    do {
        if (meant != 0 && exists(meant))
            return false;
    } while (!record.get()->object.compare_exchange_weak(
        meant, opened_->number, boost::memory_order_seq_cst, boost::memory_order_acquire));
    std::swap(opened_->record, record);
    return true;
}

void kernel_object::publish_over(const std::string&, const std::string& name) {
    small_object<name_record> record;
    make_record(record, name);
    record.get()->object.store(opened_->number, boost::memory_order_seq_cst);
    std::swap(opened_->record, record);
}

bool remove_name(const std::string& name) noexcept {
    if (is_temporary(name))
        return true;
    try {
        small_object<name_record> record;
        if (open_record(record, name, false) == record_state::ours)
            record.get()->object.store(0, boost::memory_order_seq_cst);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

// A process that may open the record may change it.
bool may_remove_name(const std::string&) noexcept {
    return true;
}

bool objects_outlive_users() noexcept {
    return false;
}

// An object that no process uses is gone, and takes none.
std::uint64_t free_space() noexcept {
    return 0;
}

void random_bytes(void* to, std::size_t bytes) {
    std::random_device source;
    auto* const out = static_cast<unsigned char*>(to);
    for (std::size_t i = 0; i != bytes; ++i)
        out[i] = static_cast<unsigned char>(source());
}

bool build_object(const std::string& name, const object_extent& extent,
                  const boost::interprocess::permissions& who,
                  const std::function<void(void* block)>& format, kernel_object& object) {
    try {
        auto built = sys::create<bi::managed_windows_shared_memory>(
            kernel_name(temporary_number(name), "segment").c_str(),
            static_cast<std::size_t>(extent.bytes), who);
        format_object(built, extent, format);
        // It goes with its last handle: opened before Boost's is closed.
        return object.open(name, kernel_object::access::read_write) ==
               kernel_object::open_result::opened;
    } catch (const error&) {
        throw; // also a Boost one
    } catch (const bi::interprocess_exception& failure) {
        throw_boost_failure(failure, {task::create, name, extent.bytes});
    }
}

} // namespace detail

// The default security descriptor: the creating user, and the system.
boost::interprocess::permissions options::owner_only() {
    return boost::interprocess::permissions();
}

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
