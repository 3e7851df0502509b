// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Whether a segment that was found is what the user expects: its class, its elements' number and type,
// and the options that were set.

#include "errors.hpp"
#include "header.hpp"
#include "kinds.hpp"
#include "names.hpp"

#include <shared_memory/detail/core/wait_room.hpp>
#include <shared_memory/options.hpp>

#include <system/sleeping.hpp>

#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

const char* name_of(sync_kind kind) {
    switch (kind) {
    case sync_kind::futex:
        return "futex";
    case sync_kind::events:
        return "events";
    case sync_kind::interprocess:
        return "interprocess";
    }
    return "unknown";
}

void require_synchronisation(const segment_identity& id, std::string_view name) {
    if (id.synchronisation != synchronisation())
        fail(errc::wrong_synchronisation, name, "waits by ", name_of(id.synchronisation),
             ", expected ", name_of(synchronisation()),
             "; build both programs with the same synchronisation");
    if (id.sleep_bytes != sleep_bytes())
        fail(errc::wrong_synchronisation, name, "waits by a mutex and condition of ",
             id.sleep_bytes, " bytes, expected ", sleep_bytes(),
             "; 32-bit and 64-bit programs cannot share them, nor those of different versions of "
             "Boost: build both alike, or with sync=futex");
}

//! "the type "point" of 16 bytes aligned to 8".
std::string told_type(std::string_view type_name, std::uint64_t size, std::uint64_t alignment) {
    return (type_name.empty() ? "an unnamed type" : "the type \"" + printable(type_name) + '"') +
           " of " + std::to_string(size) + (size == 1 ? " byte" : " bytes") + " aligned to " +
           std::to_string(alignment);
}

void require_type(const segment_identity& id, const segment_expectation& expected, const char* one,
                  std::string_view name) {
    if (expected.type_size != 0 && id.type_size == 0)
        fail(
            errc::wrong_type, name, "has ", one, "s of any bytes, expected ", one, "s of ",
            told_type(expected.type_tag, expected.type_size, expected.element_alignment),
            "; open it by a class that does not say the type, or create it by the class that does");
    const std::string_view found_name(id.type_tag);
    const bool both_named = !found_name.empty() && !expected.type_tag.empty();
    const bool both_known = id.type_shape != 0 && expected.type_shape != 0;
    const std::uint64_t expected_size =
        expected.type_size != 0 ? expected.type_size : expected.element_size;
    const std::uint64_t found_size = id.type_size != 0 ? id.type_size : id.element_size;
    std::string what;
    const auto differs = [&](bool really, const std::string& in_what) {
        if (really)
            what += (what.empty() ? ": " : ", and ") + in_what;
    };
    differs(both_named && found_name != expected.type_tag, "their names differ");
    differs(found_size != expected_size, "their sizes differ (" + std::string(one) + " size " +
                                             std::to_string(found_size) + ", expected " +
                                             std::to_string(expected_size) + ')');
    differs(expected.element_alignment != id.element_alignment, "their alignments differ");
    if (what.empty())
        differs(both_known && expected.type_shape != id.type_shape,
                "their members differ in offset, size or kind (signed or unsigned integer, "
                "floating point, bool, enumeration, array, struct)");
    if (!what.empty())
        fail(errc::wrong_type, name, "has ", one, "s of ",
             told_type(found_name, found_size, id.element_alignment), ", expected ",
             told_type(expected.type_tag, expected_size, expected.element_alignment), what,
             "; build both programs with the same type, or create it anew");
}

void require_elements(const segment_identity& id, const segment_expectation& expected,
                      std::string_view name) {
    const class_row& row = class_of(id);
    if (row.name != expected.class_name)
        fail(errc::wrong_kind, name, "holds a ", row.name, ", expected a ", expected.class_name,
             "; open it as a ", row.name, ", or use another name for the ", expected.class_name);
    if (expected.type_size != 0 || (row.typed && expected.element_size != 0))
        require_type(id, expected, row.typed ? "element" : "message", name);
    const auto differs = [&](std::string_view what, std::uint64_t wanted, std::uint64_t found) {
        what.remove_prefix(what.find(' ') + 1); // without its article
        if (wanted != 0 && wanted != found)
            fail(errc::wrong_type, name, "has ", what, ' ', found, ", expected ", wanted,
                 "; open it with open_only to take it as it is");
    };
    differs(row.element_size.what, expected.element_size, id.element_size);
    differs(row.element_count.what, expected.element_count, id.element_count);
}

void require_options(const segment_header& header, const options& wanted, std::string_view name) {
    const options::settings& given = wanted.given();
    option_differences differences;
    differences.compare("max_participants", header.identity.max_participants,
                        given.max_participants);
    const class_row& row = class_of(header.identity);
    for (std::uint32_t i = 0; i != row.part_count(); ++i) {
        const auto compare = row.parts[i]().compare;
        if (compare != nullptr)
            compare(header.parts[i], given, differences);
    }
    if (!differences.text().empty())
        fail(errc::wrong_type, name, "was created with other options: ", differences.text(),
             "; leave these options away to take it as it is, or remove it and create it anew");
}

} // namespace

void option_differences::add(const std::string& text) {
    if (!text.empty())
        text_ += (text_.empty() ? "" : "; ") + text;
}

void option_differences::compare(const char* what, std::uint64_t found,
                                 const std::optional<std::uint32_t>& wanted) {
    if (wanted && *wanted != found)
        add(what + (' ' + std::to_string(found)) + ", expected " + std::to_string(*wanted));
}

void option_differences::compare(const char* what, bool found, const std::optional<bool>& wanted) {
    if (wanted && *wanted != found)
        add(what + std::string(found ? "(true)" : "(false)") + ", expected " +
            (*wanted ? "true" : "false"));
}

void require_match(const lookup& found, const segment_request& request) {
    const segment_identity& id = found.header.identity;
    require_synchronisation(id, request.name);
    if (!request.expected.class_name.empty())
        require_elements(id, request.expected, request.name);
    require_options(found.header, request.options, request.name);
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
