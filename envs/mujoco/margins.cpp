#include "envs/mujoco/margins.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

namespace seqrl {
namespace {

// Whether two geoms can touch, by their masks and bodies. Pairs that MuJoCo excludes for other
// reasons (a parent and its child, <exclude>) count as able to touch.
bool can_touch(const mjModel& m, int a, int b) {
  const bool wanted = (m.geom_contype[a] & m.geom_conaffinity[b]) != 0 ||
                      (m.geom_contype[b] & m.geom_conaffinity[a]) != 0;
  return wanted && m.body_weldid[m.geom_bodyid[a]] != m.body_weldid[m.geom_bodyid[b]];
}

// The geoms that a geom can touch.
std::vector<std::vector<int>> partners_of(const mjModel& m) {
  std::vector<std::vector<int>> partners(static_cast<std::size_t>(m.ngeom));
  for (int a = 0; a < m.ngeom; ++a) {
    for (int b = 0; b < m.ngeom; ++b) {
      if (can_touch(m, a, b)) partners[static_cast<std::size_t>(a)].push_back(b);
    }
  }
  return partners;
}

// The margins of one part of a model, a set of geoms that touch no others. Each is sign * t +
// offset, with `t` the margin of the part's first geom.
class Part {
 public:
  Part(const mjModel& m, const std::vector<std::vector<int>>& partners, int first,
       std::vector<double>& margins)
      : m_(m), partners_(partners), margins_(margins), terms_(partners.size()) {
    terms_[static_cast<std::size_t>(first)] = {1, 0};
    geoms_.push_back(first);
    for (std::size_t i = 0; i < geoms_.size(); ++i) follow(geoms_[i]);
  }

  const std::vector<int>& geoms() const { return geoms_; }

  // Whether such margins exist, none of them negative; writes them. Keeps the model's own if they
  // fit.
  bool solve() {
    const auto all_fit = [&] {
      return std::ranges::all_of(geoms_, [&](int geom) { return fits(geom); });
    };
    if (all_fit()) return true;
    const double own = m_.geom_margin[geoms_.front()];
    for (const double first : {circle_ ? decided_ : own / 2, own, 0.0}) {
      for (const int geom : geoms_) {
        const Term& term = terms_[static_cast<std::size_t>(geom)];
        margins_[static_cast<std::size_t>(geom)] = term.sign * first + term.offset;
      }
      if (all_fit()) return true;
    }
    return false;
  }

 private:
  struct Term {
    int sign = 0;  // 0: not reached yet
    double offset = 0;
  };

  double larger(int a, int b) const { return std::max(m_.geom_margin[a], m_.geom_margin[b]); }

  // Computes the margins of a geom's partners from its own.
  void follow(int geom) {
    const Term own = terms_[static_cast<std::size_t>(geom)];
    for (const int partner : partners_[static_cast<std::size_t>(geom)]) {
      Term& other = terms_[static_cast<std::size_t>(partner)];
      if (other.sign == 0) {
        other = {-own.sign, larger(geom, partner) - own.offset};
        geoms_.push_back(partner);
      } else if (other.sign == own.sign) {  // a cycle of an odd number of geoms
        circle_ = true;
        decided_ = own.sign * (larger(geom, partner) - own.offset - other.offset) / 2;
      }
    }
  }

  bool fits(int geom) const {
    const double own = margins_[static_cast<std::size_t>(geom)];
    return own >= 0 &&
           std::ranges::all_of(partners_[static_cast<std::size_t>(geom)], [&](int partner) {
             const double wanted = larger(geom, partner);
             const double sum = own + margins_[static_cast<std::size_t>(partner)];
             return std::abs(sum - wanted) <= 1e-15 * wanted;
           });
  }

  const mjModel& m_;
  const std::vector<std::vector<int>>& partners_;
  std::vector<double>& margins_;
  std::vector<Term> terms_;
  std::vector<int> geoms_;
  bool circle_ = false;
  double decided_ = 0;  // the first geom's margin, determined by a cycle
};

}  // namespace

bool margins_meet(const mjModel& model) {
  for (int a = 0; a < model.ngeom; ++a) {
    for (int b = 0; b < a && model.geom_margin[a] > 0; ++b) {
      if (model.geom_margin[b] > 0 && can_touch(model, a, b)) return true;
    }
  }
  return false;
}

std::optional<std::vector<double>> margins_to_add(const mjModel& model) {
  std::vector<double> margins(model.geom_margin, model.geom_margin + model.ngeom);
  const auto partners = partners_of(model);
  std::vector<bool> done(margins.size());
  for (int geom = 0; geom < model.ngeom; ++geom) {
    if (done[static_cast<std::size_t>(geom)]) continue;
    Part part(model, partners, geom, margins);
    if (!part.solve()) return std::nullopt;
    for (const int other : part.geoms()) done[static_cast<std::size_t>(other)] = true;
  }
  return margins;
}

void set_margins(mjModel& model, const std::vector<double>& margins) {
  std::ranges::copy(margins, model.geom_margin);
#if mjVERSION_HEADER >= 350  // margins used to search body trees
  for (int body = 0; body < model.nbody; ++body) {
    const int first = model.body_geomadr[body];
    double largest = 0;
    for (int geom = first; geom < first + model.body_geomnum[body]; ++geom) {
      largest = std::max(largest, model.geom_margin[geom] + model.geom_gap[geom]);
    }
    model.body_margin[body] = largest;
  }
#endif
}

}  // namespace seqrl
