// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "report.hpp"

#include "crew.hpp"

#include <boost/config.hpp>
#include <boost/version.hpp>

#include <array>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/utsname.h>

namespace comparison {
namespace {

//! The model of the processors, as the system tells it.
std::string processor_model() {
    std::ifstream info("/proc/cpuinfo");
    const std::string wanted = "model name";
    for (std::string line; std::getline(info, line);) {
        const std::size_t colon = line.find(": ");
        if (line.compare(0, wanted.size(), wanted) == 0 && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown model";
}

std::string heading_of(const measured& m) {
    std::string result = m.name;
    if (m.payload != 0)
        result += ", " + name_of_size(m.payload);
    if (m.writers != 0)
        result += ", " + std::to_string(m.writers) + " to " + std::to_string(m.readers);
    return result;
}

std::string digits_of(const figure& f) {
    return f.value ? digits(f.value->median) : "";
}

//! "x of two atomics", "slowest/fastest", "longest write".
std::array<figure, 3> columns_beside(const series& s) {
    return {times_two_atomics(s), figure_of_rounds(s, s.shares),
            figure_of_rounds(s, s.longest_writes)};
}

bool same_table(const measured& a, const measured& b) {
    return a.name == b.name && a.payload == b.payload && a.writers == b.writers &&
           a.readers == b.readers;
}

} // namespace

const char* name_of(waiting how) {
    switch (how) {
    case waiting::spinning:
        return "spinning";
    case waiting::yielding:
        return "yielding";
    case waiting::adaptive:
        return "adaptive";
    case waiting::sleeping:
        return "sleeping";
    }
    return "";
}

std::string name_of_size(std::size_t size) {
    constexpr std::size_t unit = 1024;
    if (size >= unit * unit && size % (unit * unit) == 0)
        return std::to_string(size / unit / unit) + " MiB";
    if (size >= unit && size % unit == 0)
        return std::to_string(size / unit) + " KiB";
    return std::to_string(size) + " B";
}

std::string digits(double value) {
    std::ostringstream text;
    if (value >= 100)
        text << std::fixed << std::setprecision(0) << value;
    else
        text << std::setprecision(3) << value;
    return text.str();
}

void print_machine(std::ostream& out) {
    utsname system{};
    ::uname(&system);
    const std::time_t now = std::time(nullptr);
    std::tm day{};
    ::gmtime_r(&now, &day);
    out << std::put_time(&day, "%Y-%m-%d") << "; " << processors().size() << " processors, "
        << processor_model() << "; " << system.sysname << ' ' << system.release << "; Boost "
        << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000 << "; " << BOOST_COMPILER
        << '\n';
}

table_line& table_line::add(const std::string& words, std::size_t width) {
    text_ += words;
    text_.append(width > words.size() ? width - words.size() : 1, ' ');
    return *this;
}

std::string table_line::text() const {
    return text_.substr(0, text_.find_last_not_of(' ') + 1);
}

void print_tables(std::ostream& out, const results& found) {
    constexpr std::size_t narrow = 10;
    constexpr std::size_t wide = 18;
    const measured* last = nullptr;
    for (const series& s : found.all()) {
        if (last == nullptr || !same_table(*last, s.what)) {
            table_line heading;
            heading.add(heading_of(s.what), 48);
            for (const char* column : {"median", "min", "max", s.unit.c_str(), "to bare"})
                heading.add(column, narrow);
            if (!s.two_atomics.empty())
                heading.add("x of two atomics", wide);
            if (!s.longest_writes.empty())
                heading.add("slowest/fastest", wide).add("longest write, us", wide);
            out << '\n' << heading.text() << '\n';
            last = &s.what;
        }
        if (s.values.empty())
            continue;
        const figure f = figure_of(&s);
        table_line line;
        line.add("  " + s.what.subject, 36).add(s.what.how, 12);
        for (const double value : {f.value->median, f.value->min, f.value->max})
            line.add(digits(value), narrow);
        line.add(f.noisy ? "noisy" : "", narrow);
        line.add(digits_of(ratio(&s, found.bare_beside(s))), narrow);
        for (const figure& more : columns_beside(s))
            line.add(digits_of(more), wide);
        out << line.text() << '\n';
    }
}

void write_csv(const std::string& path, const results& found) {
    std::ofstream file(path);
    file << "case,subject,payload_bytes,writers,readers,waiting,median,min,max,unit,"
            "ratio_to_bare,x_of_two_atomics,slowest_to_fastest,longest_write_us\n";
    for (const series& s : found.all()) {
        if (s.values.empty())
            continue;
        const figure f = figure_of(&s);
        const range r = *f.value;
        const auto to_bare = ratio(&s, found.bare_beside(s)).value;
        file << s.what.name << ',' << s.what.subject << ',' << s.what.payload << ','
             << s.what.writers << ',' << s.what.readers << ',' << s.what.how << ',' << r.median
             << ',' << r.min << ',' << r.max << ',' << s.unit << ',';
        if (to_bare)
            file << to_bare->median;
        for (const figure& more : columns_beside(s)) {
            file << ',';
            if (more.value)
                file << more.value->median;
        }
        file << '\n';
    }
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path);
}

} // namespace comparison
