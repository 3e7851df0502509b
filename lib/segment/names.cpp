// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "names.hpp"

#include "errors.hpp"

#include <shared_memory/detail/layout/participants.hpp>

#include <system/process.hpp>
#include <system/temporary.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr std::size_t most_name_bytes = 200;
constexpr const char* advice_foreign =
    "; use another name, or remove it by hand if nobody needs it (on Linux: rm /dev/shm/NAME)";

} // namespace

void check_name(std::string_view name) {
    constexpr std::size_t told = 60;
    const auto refuse = [&](const std::string& why) {
        throw error(errc::bad_name, "shared_memory: the name \"" + printable(name.substr(0, told)) +
                                        (name.size() > told ? "...\" " : "\" ") + why);
    };
    if (name.empty() || name.size() > most_name_bytes)
        refuse("has " + std::to_string(name.size()) + " bytes, expected 1 to " +
               std::to_string(most_name_bytes));
    if (name.find_last_of("/\\") == 0 && name.size() != 1)
        refuse("begins with a slash, as names for shm_open() do; expected it without: \"" +
               printable(name.substr(1, told)) + '"');
    if (name.front() == '.')
        refuse("begins with a dot, as the names of hidden files do; expected another character");
    if (is_temporary(name))
        refuse("ends as the names of segments in the making do, with '.', 16 hexadecimal digits "
               "and \"~sm\"; expected another end");
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            refuse("contains a control character, which is shown here as '?'; expected none");
        if (c == '/' || c == '\\')
            refuse("contains a slash or a backslash, but segments lie in no folders; expected "
                   "another character, such as '.'");
    }
}

std::uint32_t lookup::state() const {
    return problem ? 0 : life_word(offsetof(segment_life, state));
}

bool lookup::kept() const {
    return !problem && (life_word(offsetof(segment_life, marks)) & mark_kept) != 0;
}

std::uint32_t lookup::life_word(std::uint64_t offset) const {
    std::uint32_t bits = 0;
    object.read(header.identity.block_offset + offsetof(segment_block, life) + offset, &bits,
                sizeof bits);
    return bits;
}

void lookup::say_name_taken() noexcept {
    if (!problem) // else the word may lie elsewhere
        object.change_bits(header.identity.block_offset + offsetof(segment_block, life),
                           state_name_taken, 0);
}

std::string lookup::users() const {
    const std::string numbers = living_processes();
    return numbers.empty() ? "a living process" : numbers;
}

std::string lookup::users_if_any(const char* before) const {
    const std::string numbers = living_processes();
    return numbers.empty() ? numbers : before + numbers;
}

std::string lookup::living_processes() const {
    constexpr std::size_t told = 5;
    std::vector<std::string> numbers;
    std::size_t others = 0;
    const segment_identity& id = header.identity;
    for (std::uint32_t i = 0; !problem && i != id.max_participants; ++i) {
        std::uint64_t process = 0;
        const std::uint64_t participant =
            id.block_offset + sizeof(segment_block) + std::uint64_t{i} * id.participant_stride;
        if (!locks().is_slot_locked(i) ||
            !object.read(participant + offsetof(participant_block, process_id), &process,
                         sizeof process) ||
            process == 0)
            continue;
        const std::string number =
            std::to_string(process) + (process == this_process().id ? " (this process)" : "");
        if (std::find(numbers.begin(), numbers.end(), number) != numbers.end())
            continue;
        if (numbers.size() != told)
            numbers.push_back(number);
        else
            ++others;
    }
    if (numbers.empty())
        return {};
    std::string text = numbers.size() == 1 ? "process " : "processes ";
    for (std::size_t i = 0; i != numbers.size(); ++i) {
        const bool is_last = i + 1 == numbers.size() && others == 0;
        text += i == 0 ? numbers[i] : (is_last ? " and " : ", ") + numbers[i];
    }
    return others == 0 ? text : text + " and " + std::to_string(others) + " others";
}

void lookup::require_valid(std::string_view name, open_mode mode) const {
    if (is_of_other_version())
        fail(problem.code, name, problem.text,
             "; this version cannot know what is unread in it. Let a program of that version read "
             "it; "
             "or, once no living process uses it, let create_only replace it, or remove() remove "
             "it");
    if (mode == open_mode::open_or_create)
        require_replaceable(name);
    if (problem)
        fail(problem.code, name, problem.text, advice_foreign);
}

void lookup::require_replaceable(std::string_view name) const {
    if (problem && !is_of_other_version())
        fail(errc::not_our_segment, name, problem.text,
             "; only segments of this library are replaced or removed", advice_foreign);
}

bool look_up(const std::string& name, kernel_object::access mode, lookup& found) {
    found = lookup();
    switch (found.object.open(name, mode)) {
    case kernel_object::open_result::not_found:
        return false;
    case kernel_object::open_result::not_an_object:
        found.problem = {errc::not_our_segment,
                         "is no shared memory object: expected a regular file, found something "
                         "else"};
        return true;
    case kernel_object::open_result::opened:
        break;
    }
    const std::uint64_t size = found.object.size();
    for (std::uint64_t at = page_bytes; at <= max_block_offset; at += page_bytes) {
        if (!found.object.read(at, &found.header, sizeof found.header))
            break;
        if (has_magic(found.header.identity)) {
            found.problem = find_fault(found.header, at, size);
            return true;
        }
    }
    found.problem = {errc::not_our_segment,
                     "is not a segment of this library: expected a header, found none in its " +
                         std::to_string(size) + " bytes"};
    return true;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
