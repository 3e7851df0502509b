// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// FAULTS C5: an array was opened as one of another struct of the same size, without an error.

#include "segment_files.hpp"

#include <shared_memory/shared_array.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace test_support;

namespace {

struct doubles {
    double x, y;
};
struct numbers {
    std::int64_t x, y;
};
struct number_pair {
    std::int64_t first, second;
};
struct tagged {
    double x, y;
};
struct other_tagged {
    double x, y;
};
struct text {
    std::int32_t id;
    char name[12];
};
struct text_array {
    std::int32_t id;
    std::array<char, 12> name;
};
enum class state : std::int32_t { on };

class opaque {
public:
    opaque() = default;
    std::int64_t sum() const { return a_ + b_; }

private:
    std::int64_t a_ = 0, b_ = 0;
};
SHARED_MEMORY_SHAREABLE(opaque)

std::vector<std::string> const members{"unnamed type of 16 bytes aligned to 8, expected",
                                       "their members differ in offset, size or kind"};

template <class Found, class Expected>
void refused(std::vector<std::string> const& words) {
    std::string const name = unique_name("array");
    sm::shared_array<Found> const array(sm::create_only, name, 4);
    check_fails(
        "open_only", sm::errc::wrong_type, [&] { sm::shared_array<Expected>(sm::open_only, name); },
        words);
    check_fails(
        "open_or_create", sm::errc::wrong_type,
        [&] { sm::shared_array<Expected>(sm::open_or_create, name, 4); }, words);
    check_fails(
        "open_read_only", sm::errc::wrong_type,
        [&] { sm::shared_array<Expected const>(sm::open_read_only, name); }, words);
}

template <class Found, class Expected>
void taken() {
    std::string const name = unique_name("array");
    sm::shared_array<Found> const array(sm::create_only, name, 4);
    BOOST_CHECK_NO_THROW(sm::shared_array<Expected>(sm::open_only, name));
    BOOST_CHECK_NO_THROW(sm::shared_array<Expected>(sm::open_or_create, name, 4));
}

} // namespace

template <>
struct shared_memory::type_tag<tagged> {
    static std::string value() { return "tagged"; }
};
template <>
struct shared_memory::type_tag<other_tagged> {
    static std::string value() { return "other"; }
};

BOOST_AUTO_TEST_CASE(another_struct_of_the_same_size_is_refused) {
    refused<doubles, numbers>(members);
    refused<numbers, doubles>(members);
    refused<text, doubles>(
        {"16 bytes aligned to 4", "16 bytes aligned to 8", "their alignments differ"});
    refused<std::int32_t, state>({"the type \"int32\" of 4 bytes aligned to 4, expected an unnamed",
                                  "their members differ"});
    refused<std::array<std::int32_t, 4>, std::array<float, 4>>({"their members differ"});
    refused<std::array<std::int32_t, 4>, text>({"their members differ"});
}

BOOST_AUTO_TEST_CASE(all_that_differs_is_told) {
    refused<std::int32_t, double>(
        {"the type \"int32\" of 4 bytes aligned to 4, expected the type \"float64\" of 8 bytes "
         "aligned to 8: their names differ, and their sizes differ (element size 4, expected 8), "
         "and their alignments differ; build both programs with the same type"});
}

BOOST_AUTO_TEST_CASE(another_name_for_the_same_struct_is_taken) {
    taken<numbers, number_pair>();
    taken<numbers, std::pair<std::int64_t, std::int64_t>>();
    taken<numbers, std::pair<long long, long long>>();
    taken<text, text_array>();
}

BOOST_AUTO_TEST_CASE(names_are_compared_where_both_have_one) {
    refused<tagged, other_tagged>({"\"tagged\"", "\"other\"", "their names differ"});
    taken<tagged, doubles>();
    taken<doubles, tagged>();
    refused<tagged, numbers>({"the type \"tagged\"", "an unnamed type", "their members differ"});
}

BOOST_AUTO_TEST_CASE(a_class_that_is_not_looked_into_goes_by_its_size) {
    taken<opaque, numbers>();
    taken<doubles, opaque>();
    refused<opaque, text>({"their alignments differ"});
    refused<opaque, std::int64_t>({"their sizes differ (element size 16, expected 8)"});
}
