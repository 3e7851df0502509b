// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What the command lines of all examples and benches have in common.

#ifndef SHARED_MEMORY_EXAMPLE_COMMAND_LINE_HPP
#define SHARED_MEMORY_EXAMPLE_COMMAND_LINE_HPP

#if defined(SHARED_MEMORY_WITHOUT_PROGRAM_OPTIONS)
#include "command_line_plain.hpp"
#else

#include <boost/program_options.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace example {

//! The user asked for something that cannot be.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

//! Options and positional arguments of a program, and its way from main() to the exit status:
//! 0, 1 if it failed, 2 if it was called wrongly.
class command_line {
public:
    command_line(std::string program, std::string arguments, std::string purpose)
        : program_(std::move(program)), arguments_(std::move(arguments)),
          purpose_(std::move(purpose)) {
        shown_.add_options()("help", "print this and exit");
    }

    //! A number from `low` to `high`; its default is what it has now.
    template <class T>
    command_line& number(const char* name, T& value, T low, T high, const char* text) {
        // Wider than T, so that a number that T cannot hold, or a negative one, is not wrapped.
        using wide = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
        const auto check = [=, &value](wide given) {
            if (!(given >= static_cast<wide>(low) && given <= static_cast<wide>(high))) {
                std::ostringstream message;
                message.precision(15);
                message << "--" << name << " must be from " << low << " to " << high << ", not "
                        << given;
                throw usage_error(message.str());
            }
            value = static_cast<T>(given);
        };
        shown_.add_options()(name,
                             boost::program_options::value<wide>()
                                 ->default_value(static_cast<wide>(value))
                                 ->value_name("N")
                                 ->notifier(check),
                             text);
        return *this;
    }

    command_line& text(const char* name, std::string& value, const char* value_name,
                       const char* text) {
        shown_.add_options()(
            name, boost::program_options::value<std::string>(&value)->value_name(value_name), text);
        return *this;
    }

    //! Given or not, see given().
    command_line& flag(const char* name, const char* text) {
        shown_.add_options()(name, text);
        return *this;
    }

    //! An argument without a name of its own; repeated (`count` times, or any number with -1) if
    //! T is a vector.
    template <class T>
    command_line& argument(const char* name, T& value, int count = 1) {
        hidden_.add_options()(name, boost::program_options::value<T>(&value));
        positions_.add(name, count);
        return *this;
    }

    //! After run() has begun: the user gave this option.
    bool given(const char* name) const {
        return values_.count(name) != 0 && !values_[name].defaulted();
    }

    template <class Program>
    int run(int argc, const char* const* argv, Program&& program) {
        try {
            if (!parse(argc, argv))
                return 0;
            program();
            return 0;
        } catch (const usage_error& e) {
            return tell_usage(e);
        } catch (const boost::program_options::error& e) {
            return tell_usage(e);
        } catch (const std::exception& e) {
            std::cerr << program_ << ": " << e.what() << '\n';
            return 1;
        }
    }

private:
    bool parse(int argc, const char* const* argv) {
        namespace po = boost::program_options;
        namespace style = po::command_line_style;
        po::options_description all;
        all.add(shown_).add(hidden_);
        // No short options: "-5" is a number.
        po::store(
            po::command_line_parser(argc, argv)
                .options(all)
                .positional(positions_)
                .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
                .run(),
            values_);
        if (values_.count("help") != 0) {
            std::cout << "usage: " << program_ << ' ' << arguments_ << "\n\n"
                      << purpose_ << "\n\n"
                      << shown_ << std::flush;
            return false;
        }
        po::notify(values_);
        return true;
    }

    int tell_usage(const std::exception& e) const {
        std::cerr << program_ << ": " << e.what() << "\nusage: " << program_ << ' ' << arguments_
                  << "\n'" << program_ << " --help' tells more\n";
        return 2;
    }

    std::string program_;
    std::string arguments_;
    std::string purpose_;
    boost::program_options::options_description shown_{"Options"};
    boost::program_options::options_description hidden_;
    boost::program_options::positional_options_description positions_;
    boost::program_options::variables_map values_;
};

} // namespace example

#endif

#endif
