// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What linux/object.cpp promises besides the contract: an object is a file, and other programs may
// put anything in its place.
//
// Not on Windows: is about files of /dev/shm.

#include "built_object.hpp"
#include "objects.hpp"

#include <system/failure.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

using namespace test_support;
namespace smd = sm::detail;

namespace {

using open_result = kernel_object::open_result;

open_result open_it(std::string const& name) {
    kernel_object object;
    return object.open(name, kernel_object::access::read_write);
}

sm::errc code_for(int number, smd::task what = smd::task::open) {
    try {
        smd::throw_system_error(number, {what, "testing.0123456789abcdef~sm", 100});
    } catch (sm::error const& e) {
        std::string const text = e.what();
        BOOST_TEST(text.find("\"testing\" cannot be ") != std::string::npos, text);
        return static_cast<sm::errc>(e.code().value());
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(odd_files_are_no_objects) {
    std::string const name = unique_name("odd");
    BOOST_CHECK(open_it(name) == open_result::not_found);
    BOOST_REQUIRE(mkdir(path_of(name).c_str(), 0700) == 0);
    BOOST_CHECK(open_it(name) == open_result::not_an_object);
    rmdir(path_of(name).c_str());
    BOOST_REQUIRE(mkfifo(path_of(name).c_str(), 0600) == 0);
    BOOST_CHECK(open_it(name) == open_result::not_an_object);
    unlink(path_of(name).c_str());
    write_object(name + "-target", "bytes");
    BOOST_REQUIRE(symlink((name + "-target").c_str(), path_of(name).c_str()) == 0);
    BOOST_CHECK(open_it(name) == open_result::not_an_object);
    unlink(path_of(name).c_str());
    unlink(path_of(name + "-target").c_str());
    // A name that does not lead anywhere.
    BOOST_REQUIRE(symlink("nowhere", path_of(name).c_str()) == 0);
    BOOST_CHECK(open_it(name) == open_result::not_an_object);
    unlink(path_of(name).c_str());
}

BOOST_AUTO_TEST_CASE(size_and_bytes_of_foreign_files) {
    std::string const name = unique_name("odd");
    write_object(name, "");
    kernel_object object = handle_of(name);
    char bytes[8] = {};
    BOOST_TEST(object.size() == 0U);
    BOOST_TEST(!object.read(0, bytes, 1));
    write_object(name, "abcdef");
    BOOST_TEST(!object.has_name(name), "it is another file");
    object = handle_of(name);
    BOOST_TEST(object.size() == 6U);
    BOOST_TEST(object.read(2, bytes, 4));
    BOOST_TEST(std::string(bytes, 4) == "cdef");
    BOOST_TEST(!object.read(3, bytes, 4));
    // It shrinks, and grows, behind our back.
    BOOST_REQUIRE(truncate(path_of(name).c_str(), 3) == 0);
    BOOST_TEST(object.size() == 3U);
    BOOST_TEST(!object.read(2, bytes, 4));
    BOOST_REQUIRE(truncate(path_of(name).c_str(), 100) == 0);
    BOOST_TEST(object.size() == 100U);
    BOOST_TEST(object.read(2, bytes, 4));
    remove_object(name);
}

BOOST_AUTO_TEST_CASE(published_temporary_name_is_gone) {
    built_object one;
    BOOST_TEST(exists(one.temporary()));
    BOOST_TEST(one.publish(unique_name("object")));
    BOOST_TEST(!exists(one.temporary()));
}

BOOST_AUTO_TEST_CASE(publish_says_why_not) {
    built_object one;
    std::string const name = unique_name("object");
    remove_object(one.temporary()); // as another process sweeps it
    BOOST_CHECK_THROW(one.publish(name), sm::error);
    BOOST_CHECK_THROW(one.publish_over(name), sm::error);
    BOOST_TEST(!exists(name));
}

BOOST_AUTO_TEST_CASE(errors_have_codes) {
    BOOST_CHECK(code_for(EACCES) == sm::errc::permission_denied);
    BOOST_CHECK(code_for(EPERM) == sm::errc::permission_denied);
    BOOST_CHECK(code_for(ENOSPC) == sm::errc::no_space);
    BOOST_CHECK(code_for(ENOMEM) == sm::errc::no_space);
    BOOST_CHECK(code_for(ENOENT) == sm::errc::not_found);
    BOOST_CHECK(code_for(EMFILE) == sm::errc::system_error);
    BOOST_CHECK(code_for(EIO) == sm::errc::system_error);
    using smd::task;
    BOOST_CHECK(code_for(EFBIG, task::create) == sm::errc::no_space);
    BOOST_CHECK(code_for(EDQUOT, task::create) == sm::errc::no_space);
    BOOST_CHECK(code_for(EAGAIN, task::create) == sm::errc::no_space);
    BOOST_CHECK(code_for(EAGAIN, task::map) == sm::errc::no_space);
    BOOST_CHECK(code_for(EAGAIN) == sm::errc::system_error);
    BOOST_CHECK(code_for(EPERM, task::remove) == sm::errc::permission_denied);
    BOOST_CHECK(code_for(EACCES, task::create) == sm::errc::permission_denied);
    BOOST_CHECK(code_for(EPERM, task::lock) == sm::errc::system_error);
    BOOST_CHECK(code_for(EROFS, task::create) == sm::errc::system_error);
}
