// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What lib/segment has to know of a part: how many bytes the part needs, how it is laid out, and
// how a handle gets its object for the part. A part's class has a static member `type()`, which
// says that, and its .cpp ends with an instantiation of `type_of` (define_type.hpp). The row of a
// class in lib/segment/kinds.cpp names the part's class, and has to know nothing else of the part.

#ifndef SHARED_MEMORY_LIB_PART_PART_TYPE_HPP
#define SHARED_MEMORY_LIB_PART_PART_TYPE_HPP

#include <shared_memory/detail/part/part.hpp>
#include <shared_memory/options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {

//! What a part's words and lines take.
struct part_need {
    std::uint64_t bytes;                        // 0: more than a segment may have
    std::uint64_t alignment = cache_pair_bytes; // of the words: a power of two up to a page
    std::uint32_t line_bytes = 0;               // in each participant's area
};

//! How a segment that was found differs from the options that the user has set, as a text.
class option_differences {
public:
    //! Nothing, if the option was not set, or is as it was set.
    void compare(const char* what, std::uint64_t found, const std::optional<std::uint32_t>& wanted);
    void compare(const char* what, bool found, const std::optional<bool>& wanted);
    //! Empty: no difference.
    void add(const std::string& text);
    //! Empty: there is no difference.
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

struct part_type {
    std::uint32_t number;  // part_entry::kind; never used again for another part
    const char* name;      // for errors
    std::uint32_t version; // of the part's layout

    //! Says what the part needs. Nothing in it overflows, whatever the identity and the
    //! settings are.
    part_need (*need)(const segment_identity& identity, const part_entry& entry);
    //! Chooses the settings of a part that is going to be made. Null: the part has none.
    void (*configure)(part_entry& entry, const options& wanted);
    //! Says what is wrong with settings that were found; empty: nothing. Null: the part has none.
    std::string (*find_fault)(const part_entry& entry);
    //! Makes zeroed words a part's. Null: zeroes are right.
    void (*format)(std::byte* words, const part_entry& entry);
    //! Null: nothing is to be done with the part but to know where it lies.
    std::unique_ptr<part> (*make)(segment& host, const part_entry& entry);
    //! False: a segment that is made with these options goes without the part, whose entry in the
    //! directory is all zero then. Null: its class always has the part.
    bool (*is_wanted)(const options& wanted) = nullptr;
    //! Compares the settings that were found with the options that the user has set. The entry is all
    //! zero if the segment was made without the part. Null: no option is about the part.
    void (*compare)(const part_entry& entry, const options::settings& given,
                    option_differences& differences) = nullptr;
    //! Its words are worth keeping without a participant, unless the owner has closed: contents.
    bool has_contents = false;
};

//! For need(): `count` times `each`, and `fixed` bytes, or 0 if that is more than a segment
//! may have.
constexpr std::uint64_t bytes_of(std::uint64_t count, std::uint64_t each,
                                 std::uint64_t fixed = 0) noexcept {
    if (fixed > max_total_size || (each != 0 && count > (max_total_size - fixed) / each))
        return 0;
    return count * each + fixed;
}

//! For make().
template <class Part>
std::unique_ptr<part> make_part(segment& host, const part_entry& entry) {
    return std::make_unique<Part>(host, entry);
}

//! Part::type(), for where Part is only a name.
template <class Part>
const part_type& type_of() noexcept;

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
