// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "report.hpp"

#include "crew.hpp"

#include <boost/config.hpp>
#include <boost/version.hpp>

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

std::string heading(const measured& m) {
    std::string result = m.name;
    if (m.payload != 0)
        result += ", " + name_of_size(m.payload);
    if (m.writers != 0)
        result += ", " + std::to_string(m.writers) + " to " + std::to_string(m.readers);
    return result;
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

void print_tables(std::ostream& out, const results& found) {
    const measured* last = nullptr;
    for (const series& s : found.all()) {
        if (last == nullptr || !same_table(*last, s.what)) {
            out << '\n'
                << std::left << std::setw(46) << heading(s.what) << std::right << std::setw(10)
                << "median" << std::setw(10) << "min" << std::setw(10) << "max"
                << "  " << std::left << std::setw(10) << s.unit << "to bare\n";
            last = &s.what;
        }
        if (s.values.empty())
            continue;
        const figure f = figure_of(&s);
        const range r = *f.value;
        const auto to_bare = ratio(&s, found.bare_beside(s)).value;
        out << "  " << std::left << std::setw(34) << s.what.subject << std::setw(10) << s.what.how
            << std::right << std::setw(10) << digits(r.median) << std::setw(10) << digits(r.min)
            << std::setw(10) << digits(r.max) << "  " << std::left << std::setw(10)
            << (f.noisy ? "noisy" : "") << (to_bare ? digits(to_bare->median) : "") << '\n';
    }
}

void write_csv(const std::string& path, const results& found) {
    std::ofstream file(path);
    file << "case,subject,payload_bytes,writers,readers,waiting,median,min,max,unit,"
            "ratio_to_bare\n";
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
        file << '\n';
    }
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path);
}

} // namespace comparison
