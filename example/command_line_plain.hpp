// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! As command_line.hpp, where there is no Boost.Program_options to link with.

#ifndef SHARED_MEMORY_EXAMPLE_COMMAND_LINE_PLAIN_HPP
#define SHARED_MEMORY_EXAMPLE_COMMAND_LINE_PLAIN_HPP

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
          purpose_(std::move(purpose)) {}

    //! A number from `low` to `high`; its default is what it has now.
    template <class T>
    command_line& number(const char* name, T& value, T low, T high, const char* text) {
        using wide = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
        const auto take = [=, &value](const std::string& given) {
            const wide found = parse<wide>(name, given);
            if (!(found >= static_cast<wide>(low) && found <= static_cast<wide>(high)))
                throw usage_error("--" + std::string(name) + " must be from " + shown(low) +
                                  " to " + shown(high) + ", not " + shown(found));
            value = static_cast<T>(found);
        };
        options_.push_back({name, " N (=" + shown(value) + ')', text, take, false});
        return *this;
    }

    command_line& text(const char* name, std::string& value, const char* value_name,
                       const char* text) {
        const auto take = [&value](const std::string& given) { value = given; };
        options_.push_back({name, std::string(" ") + value_name, text, take, false});
        return *this;
    }

    //! Given or not, see given().
    command_line& flag(const char* name, const char* text) {
        options_.push_back({name, {}, text, {}, false});
        return *this;
    }

    //! An argument without a name of its own.
    template <class T>
    command_line& argument(const char* name, T& value, int count = 1) {
        const auto take = [=, &value](const std::string& given) { value = parse<T>(name, given); };
        arguments_in_order_.push_back({name, take, count, false});
        return *this;
    }
    //! Repeated: `count` times, or any number with -1.
    template <class T>
    command_line& argument(const char* name, std::vector<T>& values, int count) {
        const auto take = [=, &values](const std::string& given) {
            values.push_back(parse<T>(name, given));
        };
        arguments_in_order_.push_back({name, take, count, false});
        return *this;
    }

    //! After run() has begun: the user gave this option.
    bool given(const std::string& name) const {
        for (const auto& one : options_) {
            if (one.name == name)
                return one.given;
        }
        for (const auto& one : arguments_in_order_) {
            if (one.name == name)
                return one.given;
        }
        return false;
    }

    template <class Program>
    int run(int argc, const char* const* argv, Program&& program) {
        try {
            if (!parse_all(argc, argv))
                return 0;
            program();
            return 0;
        } catch (const usage_error& e) {
            std::cerr << program_ << ": " << e.what() << "\nusage: " << program_ << ' '
                      << arguments_ << "\n'" << program_ << " --help' tells more\n";
            return 2;
        } catch (const std::exception& e) {
            std::cerr << program_ << ": " << e.what() << '\n';
            return 1;
        }
    }

private:
    struct named_option {
        std::string name;
        std::string value; // as shown; empty: it has none
        std::string text;
        std::function<void(const std::string&)> take;
        bool given;
    };
    struct position {
        std::string name;
        std::function<void(const std::string&)> take;
        int left; // negative: any number
        bool given;
    };

    template <class T>
    static std::string shown(T value) {
        std::ostringstream text;
        text.precision(15);
        text << value;
        return text.str();
    }

    template <class T>
    static T parse(const std::string& name, const std::string& text) {
        if constexpr (std::is_same_v<T, std::string>)
            return text;
        std::istringstream stream(text);
        T value{};
        if (!(stream >> value) || stream.peek() != std::istringstream::traits_type::eof())
            throw usage_error("the argument ('" + text + "') for option '--" + name +
                              "' is invalid");
        return value;
    }

    bool parse_all(int argc, const char* const* argv) {
        std::vector<std::string> words(argv + 1, argv + argc);
        for (std::size_t i = 0; i != words.size(); ++i) {
            if (words[i] == "--help") {
                tell();
                return false;
            }
        }
        for (std::size_t i = 0; i != words.size(); ++i) {
            if (words[i].compare(0, 2, "--") != 0) {
                take_position(words[i]);
                continue;
            }
            const std::size_t equals = words[i].find('=');
            named_option& found = find(words[i].substr(2, equals - 2));
            found.given = true;
            if (found.value.empty())
                continue;
            if (equals != std::string::npos)
                found.take(words[i].substr(equals + 1));
            else if (i + 1 != words.size())
                found.take(words[++i]);
            else
                throw usage_error("the required argument for option '--" + found.name +
                                  "' is missing");
        }
        return true;
    }

    named_option& find(const std::string& name) {
        for (named_option& one : options_) {
            if (one.name == name)
                return one;
        }
        throw usage_error("unrecognised option '--" + name + '\'');
    }

    void take_position(const std::string& word) {
        for (position& one : arguments_in_order_) {
            if (one.left == 0)
                continue;
            --one.left;
            one.given = true;
            return one.take(word);
        }
        throw usage_error("too many positional options have been specified on the command line");
    }

    void tell() const {
        std::cout << "usage: " << program_ << ' ' << arguments_ << "\n\n"
                  << purpose_ << "\n\nOptions:\n  --help\n      print this and exit\n";
        for (const named_option& one : options_)
            std::cout << "  --" << one.name << one.value << "\n      " << one.text << '\n';
        std::cout << std::flush;
    }

    std::string program_;
    std::string arguments_;
    std::string purpose_;
    std::vector<named_option> options_;
    std::vector<position> arguments_in_order_;
};

} // namespace example

#endif
