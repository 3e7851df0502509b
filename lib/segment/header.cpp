// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "header.hpp"

#include "errors.hpp"
#include "kinds.hpp"

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/options.hpp>

#include <system/object.hpp>
#include <system/sleeping.hpp>

#include <cstring>
#include <limits>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

constexpr std::uint64_t foreign_magic() {
    std::uint64_t result = 0;
    for (unsigned i = 0; i != 64; i += 8)
        result = result << 8U | (segment_magic >> i & 0xffU);
    return result;
}

//! Says where the parts lie, by the identity and the parts' kinds and settings: bytes of the whole
//! block in pages; 0 if that is more than a segment may have.
std::uint64_t lay_out_parts(segment_header& header, const class_row& row) {
    segment_identity& id = header.identity;
    id.part_count = row.part_count();
    std::uint64_t alignments[max_parts] = {};
    std::uint64_t stride = sizeof(participant_block);
    for (std::uint32_t i = 0; i != id.part_count; ++i) {
        const part_type& type = row.parts[i]();
        part_entry& entry = header.parts[i];
        if (is_left_out(entry))
            continue;
        const part_need need = type.need(id, entry);
        if (need.bytes == 0)
            return 0;
        entry.version = type.version;
        entry.bytes = need.bytes;
        entry.line_offset = need.line_bytes == 0 ? 0 : static_cast<std::uint32_t>(stride);
        entry.line_bytes = need.line_bytes;
        alignments[i] = need.alignment;
        stride += round_up(need.line_bytes, cache_line_bytes);
    }
    id.participant_stride = static_cast<std::uint32_t>(round_up(stride, cache_pair_bytes));
    std::uint64_t end =
        sizeof(segment_block) + std::uint64_t{id.max_participants} * id.participant_stride;
    for (std::uint32_t i = 0; i != id.part_count; ++i) {
        part_entry& entry = header.parts[i];
        if (is_left_out(entry))
            continue;
        entry.offset = round_up(end, alignments[i]);
        end = entry.offset + entry.bytes;
        if (end > max_total_size)
            return 0;
    }
    return round_up(end, page_bytes);
}

//! The checks of an identity, one after the other: the first fault counts.
class identity_check {
public:
    explicit identity_check(fault& found) : found_(found) {}
    void range(std::string_view what, std::uint64_t low, std::uint64_t high, std::uint64_t value) {
        if (value < low || value > high)
            reject(expected_range(what, low, high, value));
    }
    void reject(const std::string& what) {
        if (!found_)
            found_ = {errc::corrupted, "has a damaged header: " + what};
    }

private:
    fault& found_;
};

void check_identity(const segment_identity& id, std::uint64_t found_at, std::uint64_t object_size,
                    identity_check& check) {
    check.range("a kind of synchronisation", 1, 3, static_cast<std::uint32_t>(id.synchronisation));
    check.range("the object's size", object_size, object_size, id.total_size);
    check.range("the header's offset", found_at, found_at, id.block_offset);
    check.range("max_participants", 1, max_slots, id.max_participants);
    const std::uint64_t alignment = id.element_alignment;
    if (alignment == 0 || alignment > page_bytes || (alignment & (alignment - 1)) != 0 ||
        id.type_size > id.element_size ||
        std::memchr(id.type_tag, 0, sizeof id.type_tag) == nullptr)
        check.reject("its element type cannot be");
    // The object may have grown since its size was taken.
    check.range("an object's size", found_at + sizeof(segment_block),
                std::numeric_limits<std::size_t>::max(), object_size);
}

//! The identity and the settings say all of a directory: it is made once more, and compared.
void check_directory(const segment_header& found, const class_row& row, fault& result,
                     identity_check& check) {
    segment_header expected{};
    expected.identity = found.identity;
    for (std::uint32_t i = 0; i != row.part_count(); ++i) {
        const part_type& type = row.parts[i]();
        const part_entry& entry = found.parts[i];
        if (is_left_out(entry) && type.is_wanted != nullptr)
            continue; // all of the entry is zero, or it is not as expected
        expected.parts[i].kind = type.number;
        check.range("a part's kind", type.number, type.number, entry.kind);
        if (!result && entry.version != type.version) {
            result = {errc::wrong_version, std::string("has a ") + type.name + " of version " +
                                               std::to_string(entry.version) + ", expected " +
                                               std::to_string(type.version) +
                                               "; it was made by another version of this library"};
            return;
        }
        if (!result && type.find_fault != nullptr) {
            const std::string wrong = type.find_fault(entry);
            if (!wrong.empty())
                check.reject(wrong);
        }
        if (type.configure != nullptr) // else the part has no settings: they are zero
            std::memcpy(expected.parts[i].settings, entry.settings, sizeof entry.settings);
    }
    if (result)
        return;
    const std::uint64_t block = lay_out_parts(expected, row);
    check.range("a size for its elements", 1,
                found.identity.total_size - found.identity.block_offset, block);
    if (std::memcmp(&expected.identity, &found.identity, sizeof expected.identity) != 0 ||
        std::memcmp(expected.parts, found.parts, sizeof expected.parts) != 0)
        check.reject(
            "expected the directory of parts that follows from its elements, found another");
}

} // namespace

void check_options(const options& wanted) {
    require_range("max_participants", 1, max_slots, wanted.max_participants());
    require_range("max_deliveries", 0, options::most_deliveries, wanted.max_deliveries());
    require_range("max_journals", 0, options::most_journals, wanted.max_journals());
    require_range("pins", 0, options::most_pins, wanted.pins());
    if (wanted.buffers() != 0)
        require_range("buffers", 2 + std::uint64_t{wanted.pins()}, options::most_buffers,
                      wanted.buffers());
    require_range("a role", 1, 3, static_cast<std::uint32_t>(wanted.role()));
}

segment_header make_header(const segment_request& request) {
    const segment_expectation& expected = request.expected;
    const class_row& row = *find_class(expected.class_name);
    require_range(row.element_size.what, row.element_size.low, row.element_size.high,
                  expected.element_size);
    require_range(row.element_count.what, row.element_count.low, row.element_count.high,
                  expected.element_count);
    segment_header header{};
    segment_identity& id = header.identity;
    id.magic = segment_magic;
    id.version = layout_version;
    id.byte_order = native_byte_order;
    id.class_number = row.number;
    id.synchronisation = synchronisation();
    id.sleep_bytes = sleep_bytes();
    id.block_offset = page_bytes;
    random_bytes(id.id, sizeof id.id);
    id.element_size = expected.element_size;
    id.element_count = expected.element_count;
    id.element_alignment = expected.element_alignment;
    id.max_participants = request.options.max_participants();
    id.type_size = expected.type_size;
    id.type_shape = expected.type_shape;
    expected.type_tag.copy(id.type_tag, sizeof id.type_tag - 1);
    for (std::uint32_t i = 0; i != row.part_count(); ++i) {
        const part_type& type = row.parts[i]();
        if (type.is_wanted != nullptr && !type.is_wanted(request.options))
            continue;
        header.parts[i].kind = type.number;
        if (type.configure != nullptr)
            type.configure(header.parts[i], request.options);
    }
    const std::uint64_t block = lay_out_parts(header, row);
    // one page before the block, and one behind it for Boost's allocator
    id.total_size = id.block_offset + block + page_bytes;
    constexpr std::uint64_t most = sizeof(void*) == 4 ? std::uint64_t{1} << 31U : max_total_size;
    if (block == 0 || id.total_size > most)
        fail(errc::out_of_range, request.name, "would need ", id.element_count, " elements of ",
             id.element_size, " bytes, which is more than the ", most,
             " bytes that a segment may have");
    return header;
}

fault find_fault(const segment_header& header, std::uint64_t found_at, std::uint64_t object_size) {
    const segment_identity& id = header.identity;
    if (id.byte_order != native_byte_order)
        return {errc::wrong_version,
                "was made on a machine with another byte order: expected 0x01020304 in this one's, "
                "found other bytes"};
    if (id.version != layout_version)
        return {errc::wrong_version, "has layout version " + std::to_string(id.version) +
                                         ", expected " + std::to_string(layout_version) +
                                         "; it was made by another version of this library"};
    fault result;
    identity_check check(result);
    const class_row* const row = find_class(id.class_number);
    if (row == nullptr)
        return {errc::wrong_version,
                "holds a class with the number " + std::to_string(id.class_number) +
                    ", expected one that this version of the library has; it was made by a later "
                    "version"};
    check_identity(id, found_at, object_size, check);
    check.range(row->element_size.what, row->element_size.low, row->element_size.high,
                id.element_size);
    check.range(row->element_count.what, row->element_count.low, row->element_count.high,
                id.element_count);
    if (!result)
        check_directory(header, *row, result, check);
    return result;
}

bool has_magic(const segment_identity& identity) noexcept {
    return identity.magic == segment_magic || identity.magic == foreign_magic();
}

void format_parts(std::byte* block, const segment_header& header) {
    const class_row& row = class_of(header.identity);
    for (std::uint32_t i = 0; i != header.identity.part_count; ++i) {
        const auto format = row.parts[i]().format;
        if (format != nullptr && !is_left_out(header.parts[i]))
            format(block + header.parts[i].offset, header.parts[i]);
    }
}

const char* class_name(const segment_identity& identity) noexcept {
    return class_of(identity).name;
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
