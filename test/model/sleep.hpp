// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// wait_point.hpp's notify() in model steps, and with pieces left out.

#ifndef SHARED_MEMORY_TEST_MODEL_SLEEP_HPP
#define SHARED_MEMORY_TEST_MODEL_SLEEP_HPP

#include "words.hpp"

#include <shared_memory/detail/core/wait_room.hpp>

namespace model {

enum class sleep_fault {
    none,
    clear_first,  // the bit is cleared before the sleepers are woken
    clear_always, // it is cleared though somebody announced itself meanwhile
    same_ticket   // where the bit is set, it is not announced anew, though they are being woken
};

class sleep_model {
public:
    explicit sleep_model(sleep_fault fault) : fault_(fault) {}

    std::uint32_t announce(model_system::word32& word) const {
        using namespace shared_memory::detail;
        if (fault_ == sleep_fault::same_ticket) {
            const std::uint32_t w = word.load(boost::memory_order_relaxed);
            model_system::full_fence();
            if ((w & somebody_sleeps) != 0)
                return w;
        }
        return announce_sleep<model_system>(word);
    }
    void notify(model_system::word32& word) const {
        using namespace shared_memory::detail;
        const std::uint32_t claimed = claim_wake<model_system>(word);
        if (claimed == 0)
            return;
        if (fault_ == sleep_fault::clear_first)
            finish_wake<model_system>(word, claimed);
        kernel(op::wake, word.location());
        if (fault_ == sleep_fault::clear_always)
            word.exchange(next_sleep_word(claimed, 0), boost::memory_order_seq_cst);
        else if (fault_ != sleep_fault::clear_first)
            finish_wake<model_system>(word, claimed);
    }

private:
    sleep_fault fault_;
};

} // namespace model

#endif
