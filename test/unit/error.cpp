// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "support.hpp"

#include <shared_memory/error.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <map>
#include <set>

namespace sm = shared_memory;
namespace bi = boost::interprocess;
using sm::errc;

namespace {

int const last = static_cast<int>(errc::system_error);

struct same_as {
    errc ours;
    std::errc standard;
};
same_as const equivalents[] = {
    {errc::not_found, std::errc::no_such_file_or_directory},
    {errc::already_exists, std::errc::file_exists},
    {errc::in_use, std::errc::device_or_resource_busy},
    {errc::bad_name, std::errc::invalid_argument},
    {errc::bad_argument, std::errc::invalid_argument},
    {errc::out_of_range, std::errc::result_out_of_range},
    {errc::permission_denied, std::errc::permission_denied},
    {errc::no_space, std::errc::no_space_on_device},
    {errc::timed_out, std::errc::timed_out},
    {errc::message_size, std::errc::message_size},
    {errc::would_deadlock, std::errc::resource_deadlock_would_occur},
    {errc::abandoned, std::errc::owner_dead},
};

} // namespace

BOOST_AUTO_TEST_CASE(category) {
    std::error_code const code = errc::corrupted;
    BOOST_TEST(code.category().name() == std::string("shared_memory"));
    BOOST_TEST((code.category() == sm::error_category()));
    BOOST_TEST(code.value() == static_cast<int>(errc::corrupted));
    BOOST_TEST(sm::error_category().message(0) == sm::error_category().message(last + 1));
    BOOST_TEST(static_cast<bool>(std::is_error_code_enum<errc>::value));
}

BOOST_AUTO_TEST_CASE(every_code_has_a_message_of_its_own) {
    std::set<std::string> messages;
    std::string const unknown = sm::error_category().message(last + 1);
    for (int i = 1; i <= last; ++i) {
        std::string const message = sm::error_category().message(i);
        BOOST_TEST(message != unknown, "code " << i << " is unknown");
        BOOST_TEST(messages.insert(message).second, "twice: " << message);
    }
}

BOOST_AUTO_TEST_CASE(every_code_has_a_name) {
    std::set<std::string> names;
    for (int i = 1; i <= last; ++i) {
        std::string const name = sm::to_string(static_cast<errc>(i));
        BOOST_TEST(name != "unknown", "code " << i << " is unknown");
        BOOST_TEST(names.insert(name).second, "twice: " << name);
    }
    BOOST_TEST(sm::to_string(errc::not_found) == std::string("not_found"));
    BOOST_TEST(sm::to_string(errc::system_error) == std::string("system_error"));
    for (int const other : {-1, 0, last + 1})
        BOOST_TEST(sm::to_string(static_cast<errc>(other)) == std::string("unknown"));
}

BOOST_AUTO_TEST_CASE(equivalent_to_the_standards_where_one_fits) {
    for (same_as const& one : equivalents) {
        std::error_code const code = one.ours;
        BOOST_TEST((code == one.standard),
                   code.message() << " does not equal "
                                  << std::make_error_condition(one.standard).message());
        BOOST_TEST((code == one.ours));
    }
    // Where none fits, a code equals itself and nothing of the standard's.
    for (errc const alone : {errc::not_our_segment, errc::wrong_kind, errc::corrupted, errc::forked,
                             errc::shut_down, errc::end_of_stream}) {
        std::error_code const code = alone;
        BOOST_TEST((code == alone));
        for (same_as const& one : equivalents)
            BOOST_TEST((code != one.standard), code.message());
    }
    BOOST_TEST((std::error_code(errc::not_found) != errc::already_exists));
}

BOOST_AUTO_TEST_CASE(thrown_as_boost_interprocess_exception) {
    std::map<errc, bi::error_code_t> const boosts = {
        {errc::not_found, bi::not_found_error},
        {errc::already_exists, bi::already_exists_error},
        {errc::permission_denied, bi::security_error},
        {errc::no_space, bi::out_of_space_error},
        {errc::corrupted, bi::corrupted_error},
        {errc::read_only, bi::read_only_error},
        {errc::forked, bi::other_error},
    };
    for (auto const& [ours, theirs] : boosts) {
        try {
            throw sm::error(ours, "expected this, found that");
        } catch (bi::interprocess_exception const& e) {
            BOOST_TEST(e.what() == std::string("expected this, found that"));
            BOOST_TEST(static_cast<int>(e.get_error_code()) == static_cast<int>(theirs));
            auto const* const full = dynamic_cast<sm::error const*>(&e);
            BOOST_REQUIRE(full != nullptr);
            BOOST_TEST((full->code() == ours));
        }
    }
    BOOST_CHECK_THROW(throw sm::error(errc::closed, ""), std::exception);
}

BOOST_AUTO_TEST_CASE(copies_keep_their_text) {
    sm::error const original(errc::bad_name, std::string(5000, 'x'));
    sm::error const copy = original;
    BOOST_TEST(copy.what() == std::string(5000, 'x'));
    BOOST_TEST((copy.code() == errc::bad_name));
}

BOOST_AUTO_TEST_CASE(the_library_throws_it) {
    std::string const name = test_support::unique_name("none");
    BOOST_CHECK_EXCEPTION(sm::shared_buffer(sm::open_only, name), bi::interprocess_exception,
                          [&](bi::interprocess_exception const& e) {
                              return std::string(e.what()).find(name) != std::string::npos &&
                                     e.get_error_code() == bi::not_found_error;
                          });
}

namespace {

// Another copy's, or another library's.
struct category_named final : std::error_category {
    explicit category_named(char const* called) : called_(called) {}
    char const* name() const noexcept override { return called_; }
    std::string message(int) const override { return "a reason"; }
    std::error_condition default_error_condition(int value) const noexcept override {
        return sm::error_category().default_error_condition(value);
    }
    char const* called_;
};

} // namespace

// A plug-in with a copy of the library has a category of its own; its codes are what they say.
BOOST_AUTO_TEST_CASE(codes_of_another_copy) {
    category_named const copy("shared_memory");
    category_named const other("shared_memory2");
    for (int value = 1; value <= static_cast<int>(errc::system_error); ++value) {
        auto const reason = static_cast<errc>(value);
        std::error_code const code(value, copy);
        BOOST_TEST((code == reason && reason == code && !(code != reason) && !(reason != code)));
        std::error_code const own = reason;
        BOOST_TEST((own == reason && reason == own && !(own != reason) && !(reason != own)));
        auto const next = static_cast<errc>(value + 1);
        BOOST_TEST((code != next && next != code && !(code == next) && !(next == code)));
        std::error_code const foreign(value, other);
        BOOST_TEST((foreign != reason && !(foreign == reason)));
    }
    BOOST_TEST((std::error_code(1, copy) == std::errc::no_such_file_or_directory));
}
