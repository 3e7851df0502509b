// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! This library's ring, by each way to write and read that it offers.

#include "subject_of.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <boost/core/span.hpp>

#include <cstddef>
#include <optional>

namespace comparison {
namespace {

namespace sm = shared_memory;

enum class way { copying, in_place, by_claims };

//! Single: a ring for a single writer and a single reader.
template <way How, bool Single = false>
class our_ring {
public:
    explicit our_ring(const channel_spec& spec)
        : spec_(spec),
          ring_(sm::create_only, spec.name, spec.nodes, static_cast<std::uint32_t>(spec.payload),
                sm::options()
                    .max_participants(spec.writers + spec.readers + 1)
                    .single_writer(Single)
                    .single_reader(Single)) {}
    our_ring(const our_ring&) = delete;
    our_ring& operator=(const our_ring&) = delete;
    ~our_ring() { // what is unread would stay
        ring_ = sm::circular_buffer();
        std::error_code ec;
        (void)sm::circular_buffer::remove(spec_.name, ec);
    }

    class writer {
    public:
        explicit writer(our_ring& channel)
            : size_(channel.spec_.payload), message_(size_),
              ring_(sm::open_only, channel.spec_.name, sm::options().role(sm::role::writer)) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            if constexpr (How == way::copying) {
                return message_.send(fill, [this](const std::byte* from, std::size_t size) {
                    return ring_.try_write(boost::span<const std::byte>(from, size));
                });
            } else if constexpr (How == way::in_place) {
                return ring_.try_write(filler(fill));
            } else {
                auto claim = ring_.try_claim_write();
                return claim && commit(*claim, fill);
            }
        }
        template <class Fill>
        void write(Fill& fill) {
            if constexpr (How == way::copying) {
                message_.send(fill, [this](const std::byte* from, std::size_t size) {
                    ring_.write(boost::span<const std::byte>(from, size));
                    return true;
                });
            } else if constexpr (How == way::in_place) {
                ring_.write(filler(fill));
            } else {
                sm::write_claim claim = ring_.claim_write();
                commit(claim, fill);
            }
        }
        void flush() {}

    private:
        template <class Fill>
        auto filler(Fill& fill) {
            return [&fill, size = size_](boost::span<std::byte> node) {
                fill(node.data());
                return size;
            };
        }
        template <class Fill>
        bool commit(sm::write_claim& claim, Fill& fill) {
            fill(claim.data());
            claim.commit(size_);
            return true;
        }

        std::size_t size_;
        staged_message message_;
        sm::circular_buffer ring_;
    };

    class reader {
    public:
        explicit reader(our_ring& channel)
            : message_(channel.spec_.payload),
              ring_(sm::open_only, channel.spec_.name, sm::options().role(sm::role::reader)) {}
        template <class Use>
        bool try_read(Use& use) {
            if constexpr (How == way::copying) {
                if (!ring_.try_read(target()))
                    return false;
                use(message_.data());
                return true;
            } else if constexpr (How == way::in_place) {
                return ring_.try_read(user(use));
            } else {
                auto claim = ring_.try_claim_read();
                return claim && release(*claim, use);
            }
        }
        template <class Use>
        void read(Use& use) {
            if constexpr (How == way::copying) {
                ring_.read(target());
                use(message_.data());
            } else if constexpr (How == way::in_place) {
                ring_.read(user(use));
            } else {
                sm::read_claim claim = ring_.claim_read();
                release(claim, use);
            }
        }

    private:
        boost::span<std::byte> target() { return {message_.data(), message_.size()}; }
        template <class Use>
        static auto user(Use& use) {
            return [&use](boost::span<const std::byte> node) { use(node.data()); };
        }
        template <class Use>
        static bool release(sm::read_claim& claim, Use& use) {
            use(claim.data());
            claim.release();
            return true;
        }

        bytes message_;
        sm::circular_buffer ring_;
    };

    const channel_spec& spec() const { return spec_; }

private:
    channel_spec spec_;
    sm::circular_buffer ring_; // the owner's, so that the name goes with this object
};

//! Claims of up to 64 nodes at a time, filled and read in place.
template <bool Single>
class our_batches : public our_ring<way::in_place, Single> {
    using base = our_ring<way::in_place, Single>;
    static constexpr std::size_t most = 64;

public:
    using base::base;

    class writer : public patient_writer<writer> {
    public:
        explicit writer(our_batches& channel)
            : size_(channel.spec().payload),
              ring_(sm::open_only, channel.spec().name, sm::options().role(sm::role::writer)) {}
        template <class Fill>
        bool try_write(Fill& fill) {
            if (!batch_) {
                batch_ = ring_.try_claim_write(most);
                if (!batch_)
                    return false;
                claimed_ = batch_->size();
            }
            fill((*batch_)[filled_].data());
            batch_->resize(filled_, size_);
            if (++filled_ == claimed_)
                flush();
            return true;
        }
        void flush() {
            if (batch_)
                batch_->commit(filled_);
            batch_.reset();
            filled_ = 0;
        }

    private:
        std::size_t size_;
        sm::circular_buffer ring_;
        std::optional<sm::write_batch> batch_;
        std::size_t claimed_ = 0;
        std::size_t filled_ = 0;
    };

    class reader : public patient_reader<reader> {
    public:
        explicit reader(our_batches& channel)
            : ring_(sm::open_only, channel.spec().name, sm::options().role(sm::role::reader)) {}
        template <class Use>
        bool try_read(Use& use) {
            if (!batch_) {
                batch_ = ring_.try_claim_read(most);
                if (!batch_)
                    return false;
                claimed_ = batch_->size();
            }
            use((*batch_)[used_].data());
            if (++used_ == claimed_) {
                batch_->release();
                batch_.reset();
                used_ = 0;
            }
            return true;
        }

    private:
        sm::circular_buffer ring_;
        std::optional<sm::read_batch> batch_;
        std::size_t claimed_ = 0;
        std::size_t used_ = 0;
    };
};

} // namespace

// A ring of another kind is a class beside our_ring, and a line here; targets.cpp names it.
void add_ours(subjects& all) {
    all.add(counted_subject_of<our_ring<way::copying>>("circular_buffer copying", anything));
    all.add(counted_subject_of<our_ring<way::in_place>>("circular_buffer in place", anything));
    all.add(counted_subject_of<our_ring<way::by_claims>>("circular_buffer claims", anything));
    all.add(counted_subject_of<our_ring<way::copying, true>>("single ring copying", one_to_one));
    all.add(counted_subject_of<our_ring<way::in_place, true>>("single ring in place", one_to_one));
    all.add(throughput_of<our_ring<way::by_claims, true>>("single ring claims", one_to_one));
    // A reader that waits in its own way may hold what tells others that no more will come.
    all.add(throughput_of<our_batches<false>>(
        "circular_buffer batches of 64", [](const channel_spec& spec, waiting how) {
            return one_to_one(spec, how) || ends_by_count(spec, how);
        }));
    all.add(throughput_of<our_batches<true>>("single ring batches of 64", one_to_one));
}

} // namespace comparison
