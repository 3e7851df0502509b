// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The results for people and for programs.

#ifndef SHARED_MEMORY_BENCH_PEERS_REPORT_HPP
#define SHARED_MEMORY_BENCH_PEERS_REPORT_HPP

#include "results.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>

namespace comparison {

//! Words in columns, without spaces at the end.
class table_line {
public:
    table_line& add(const std::string& words, std::size_t width);
    std::string text() const;

private:
    std::string text_;
};

void print_machine(std::ostream& out);
void print_tables(std::ostream& out, const results& found);
//! Throws if it cannot be written.
void write_csv(const std::string& path, const results& found);

} // namespace comparison

#endif
