#include "lookup/breaker_board.h"

#include <algorithm>

namespace pgattic::lookup {

using State = resilience::CircuitBreaker::State;

namespace {

int BadnessOf(State state) {
  switch (state) {
    case State::kClosed:
      return 0;
    case State::kHalfOpen:
      return 1;
    case State::kOpen:
      return 2;
  }
  return 0;
}

}  // namespace

metrics::BreakerState ProbeState(State state) {
  switch (state) {
    case State::kClosed:
      return metrics::BreakerState::kClosed;
    case State::kOpen:
      return metrics::BreakerState::kOpen;
    case State::kHalfOpen:
      return metrics::BreakerState::kHalfOpen;
  }
  return metrics::BreakerState::kClosed;
}

std::string_view NameOf(State state) { return metrics::Label(ProbeState(state)).value(); }

resilience::CircuitBreaker::Listener BreakerBoard::Watch(metrics::Backend backend) {
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_[backend];
  if (!watched.probe) watched.probe = std::make_unique<metrics::BreakerProbe>(registry_, backend);
  const std::size_t index = watched.states.size();
  watched.states.push_back(State::kClosed);
  return [this, backend, index](State state) { Changed(backend, index, state); };
}

void BreakerBoard::Changed(metrics::Backend backend, std::size_t index, State state) {
  const std::lock_guard lock(mutex_);
  Watched& watched = watched_.at(backend);
  watched.states[index] = state;
  const State worst =
      *std::max_element(watched.states.begin(), watched.states.end(),
                        [](State a, State b) { return BadnessOf(a) < BadnessOf(b); });
  if (worst == watched.worst) return;
  watched.worst = worst;
  watched.probe->Entered(ProbeState(worst));
}

std::vector<BreakerReading> BreakerBoard::Read() const {
  const std::lock_guard lock(mutex_);
  std::vector<BreakerReading> all;
  for (const auto& [backend, watched] : watched_) all.push_back({backend, watched.worst});
  return all;
}

}  // namespace pgattic::lookup
