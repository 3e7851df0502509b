// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! iceoryx: a publisher that waits for its subscriber. Its daemon, iox-roudi, must run.

#include "subject_of.hpp"

#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace comparison {
namespace {

constexpr std::size_t largest = std::size_t{1} << 20U; // that the daemon has pools for

void be_known_to_the_daemon() {
    static const bool done = [] {
        iox::log::LogManager::GetLogManager().SetDefaultLogLevel(
            iox::log::LogLevel::kError, iox::log::LogLevelOutput::kHideLogLevel);
        const std::string name = "compare_peers-" + std::to_string(::getpid());
        iox::runtime::PoshRuntime::initRuntime(
            iox::RuntimeName_t(iox::cxx::TruncateToCapacity, name));
        return true;
    }();
    static_cast<void>(done);
}

class iceoryx {
public:
    explicit iceoryx(const channel_spec& spec) : spec_(spec) {}

    class writer : public patient_writer<writer> {
    public:
        explicit writer(iceoryx& channel)
            : size_(static_cast<std::uint32_t>(channel.spec_.payload)),
              publisher_(service(channel), options()) {
            // What is published before a subscriber is known is lost.
            yield_until([this] { return publisher_.hasSubscribers(); });
        }
        template <class Fill>
        bool try_write(Fill& fill) {
            void* chunk = nullptr;
            publisher_.loan(size_, alignof(std::max_align_t)).and_then([&](void* loaned) {
                chunk = loaned;
            });
            if (chunk == nullptr)
                return false;
            fill(static_cast<std::byte*>(chunk));
            publisher_.publish(chunk);
            return true;
        }

    private:
        static iox::popo::PublisherOptions options() {
            be_known_to_the_daemon();
            iox::popo::PublisherOptions result;
            result.subscriberTooSlowPolicy = iox::popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
            return result;
        }

        std::uint32_t size_;
        iox::popo::UntypedPublisher publisher_;
    };

    class reader {
    public:
        explicit reader(iceoryx& channel) : subscriber_(service(channel), options(channel)) {
            attached_ =
                !waiter_.attachState(subscriber_, iox::popo::SubscriberState::HAS_DATA).has_error();
            if (!attached_)
                throw std::runtime_error("iceoryx: no wait set");
        }
        template <class Use>
        bool try_read(Use& use) {
            const void* chunk = nullptr;
            subscriber_.take().and_then([&](const void* taken) { chunk = taken; });
            if (chunk == nullptr)
                return false;
            use(static_cast<const std::byte*>(chunk));
            subscriber_.release(chunk);
            return true;
        }
        template <class Use>
        void read(Use& use) {
            while (!try_read(use))
                waiter_.wait();
        }

    private:
        static iox::popo::SubscriberOptions options(const iceoryx& channel) {
            be_known_to_the_daemon();
            iox::popo::SubscriberOptions result;
            result.queueCapacity = std::min<std::uint64_t>(channel.spec_.nodes, 256);
            result.queueFullPolicy = iox::popo::QueueFullPolicy::BLOCK_PRODUCER;
            return result;
        }

        bool attached_ = false;
        iox::popo::UntypedSubscriber subscriber_;
        iox::popo::WaitSet<1> waiter_;
    };

private:
    static iox::capro::ServiceDescription service(const iceoryx& channel) {
        be_known_to_the_daemon();
        using text = iox::capro::IdString_t;
        return {text("compare_peers"), text("bench"),
                text(iox::cxx::TruncateToCapacity, channel.spec_.name)};
    }

    channel_spec spec_;
};

} // namespace

void add_iceoryx(subjects& all) {
    all.add(subject_of<iceoryx>("iceoryx", [](const channel_spec& spec, waiting how) {
        return one_to_one(spec, how) && spec.payload <= largest;
    }));
}

} // namespace comparison
