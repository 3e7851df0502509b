// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_SPREAD_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_SPREAD_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace every {

//! The same numbers, in an order of which each beginning is spread evenly over all.
inline std::vector<std::uint32_t> spread(const std::vector<std::uint32_t>& numbers) {
    std::vector<std::uint32_t> result;
    std::size_t step = 1;
    while (step < numbers.size())
        step *= 2;
    std::vector<bool> taken(numbers.size());
    for (; step != 0; step /= 2) {
        for (std::size_t i = 0; i < numbers.size(); i += step) {
            if (!taken[i])
                result.push_back(numbers[i]);
            taken[i] = true;
        }
    }
    return result;
}

} // namespace every

#endif
