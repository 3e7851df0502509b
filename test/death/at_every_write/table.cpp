// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "points_run.hpp"

#include <cstdio>
#include <set>

namespace every {

void points_run::print_table() const {
    std::set<std::string> reached;
    for (const part& p : parts_) {
        for (const event& e : p.events)
            reached.insert(names_[e.site]);
    }
    for (const std::string& name : reached)
        std::printf("%s\n", name.c_str());
}

} // namespace every
