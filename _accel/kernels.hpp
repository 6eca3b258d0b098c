// The five loops of nearest.pyx that touch sixteen neighbours at once, the order of the tree, and packed id maps.
//
// Every loop has a fixed length of sixteen and no branch, so that the compiler turns it into vector instructions; where
// it can (GCC on x86-64 Linux) it makes an AVX2 variant beside the plain one and chooses when the module is loaded.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <cstdlib>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

namespace placelibre {

constexpr std::uint32_t NONE = 0xFFFFFFFFu;
constexpr double UNIT = 1.4629180792671596e-9;  // a grid unit in radians: 2 pi / 2^32
constexpr float HALF_UNIT = (float)(UNIT / 2);

// A lower bound of sin^2(x), x in 0..pi/2: sin x >= x - x^3/6.
static inline float below_sin2(float x) {
  const float s = x * x;
  return s - s * s * (1.0f / 3.0f);
}

// A bound as an integer that sorts as the bound does, its lowest four bits replaced by who it belongs to.
static inline std::uint32_t key_of(float bound, std::uint32_t who) {
  std::uint32_t bits;
  std::memcpy(&bits, &bound, sizeof bits);
  return (bits & ~15u) | who;
}

// Which of sixteen points have something of `need` and a bound that passes the gate, as bits.
WIDE static std::uint32_t points_within(const std::int32_t* x, const std::int32_t* y, const std::uint16_t* free,
                                        const std::uint16_t* unknown, std::uint16_t need, std::uint16_t also,
                                        std::int32_t qx, std::int32_t qy, float cosines, std::uint32_t gate) {
  std::uint32_t shut[16];
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint16_t word = (free[i] | (unknown[i] & also)) & need;
    shut[i] = word ? 0u : NONE;
  }
  std::uint32_t hits = 0;
  for (std::uint32_t i = 0; i < 16; ++i) {
    const float dx = (float)(std::int32_t)((std::uint32_t)x[i] - (std::uint32_t)qx) * HALF_UNIT;
    const float dy = (float)(std::int32_t)((std::uint32_t)y[i] - (std::uint32_t)qy) * HALF_UNIT;
    const std::uint32_t key = key_of(below_sin2(dy) + cosines * below_sin2(dx), 0) | shut[i];
    hits |= key <= gate ? 1u << i : 0u;
  }
  return hits;
}

// The same for sixteen boxes: the bound to the nearest point of each. Wrapping subtraction makes +-180 degrees ordinary.
WIDE static void box_keys(const std::int32_t* __restrict west, const std::int32_t* __restrict south,
                          const std::int32_t* __restrict east, const std::int32_t* __restrict north,
                          const std::uint16_t* __restrict free, const std::uint16_t* __restrict unknown,
                          std::uint16_t need, std::uint16_t also, std::int32_t qx, std::int32_t qy, float cosines,
                          std::uint32_t* __restrict keys) {
  std::uint32_t shut[16];
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint16_t word = (free[i] | (unknown[i] & also)) & need;
    shut[i] = word ? 0u : NONE;
  }
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint32_t q = (std::uint32_t)qx, w = (std::uint32_t)west[i], e = (std::uint32_t)east[i];
    const std::uint32_t to_west = w - q, to_east = q - e;
    const std::uint32_t nearer = to_west < to_east ? to_west : to_east;
    const std::uint32_t outside = 0u - (std::uint32_t)(q - w > e - w);
    const std::uint32_t aside = (nearer >> 1) & outside;  // halved, to fit a signed integer
    const std::int32_t below = (std::int32_t)((std::uint32_t)south[i] - (std::uint32_t)qy);
    const std::int32_t above = (std::int32_t)((std::uint32_t)qy - (std::uint32_t)north[i]);
    std::int32_t off = below > above ? below : above;
    off = off > 0 ? off : 0;
    const float dx = (float)(std::int32_t)aside * (2.0f * HALF_UNIT);
    const float dy = (float)off * HALF_UNIT;
    keys[i] = key_of(below_sin2(dy) + cosines * below_sin2(dx), i) | shut[i];
  }
}

// The least of sixteen keys that is not below `from`, or NONE.
WIDE static std::uint32_t least_key(const std::uint32_t* keys, std::uint32_t from) {
  std::uint32_t least = NONE;
  for (int i = 0; i < 16; ++i) {
    const std::uint32_t key = keys[i] >= from ? keys[i] : NONE;
    least = key < least ? key : least;
  }
  return least;
}

static inline int lowest_bit(std::uint32_t bits) { return __builtin_ctz(bits); }
static inline void fetch(const void* at) { __builtin_prefetch(at); }

// Memory that begins with a cache line, so that sixteen neighbours lie in as few as can be.
static inline void* lines(std::size_t size) { return std::aligned_alloc(64, (size / 64 + 1) * 64); }

WIDE static std::uint16_t union_of(const std::uint16_t* words) {
  std::uint16_t all = 0;
  for (int i = 0; i < 16; ++i) all |= words[i];
  return all;
}

WIDE static std::uint64_t count_matching(const std::uint16_t* free, const std::uint16_t* unknown, std::uint16_t need,
                                         std::uint16_t also, std::uint64_t n) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < n; ++i) count += ((free[i] | (unknown[i] & also)) & need) != 0;
  return count;
}

// One store that a reader in another thread sees whole.
static inline void put_word(std::uint16_t* at, std::uint16_t word) { __atomic_store_n(at, word, __ATOMIC_RELEASE); }

// Writers take turns by a flag, which is cheaper than a lock for a store of some nanoseconds.
static inline bool take_turn(int* flag) { return !__atomic_exchange_n(flag, 1, __ATOMIC_ACQUIRE); }
static inline void end_turn(int* flag) { __atomic_store_n(flag, 0, __ATOMIC_RELEASE); }

// Maps between ids and positions: three bytes an entry below 2^24 entries, four above. One spare byte at the end.
static inline std::uint32_t map_get(const std::uint8_t* map, std::uint64_t i, int width) {
  std::uint32_t value;
  std::memcpy(&value, map + i * width, sizeof value);
  return width == 4 ? value : value & 0xFFFFFFu;
}

static inline void map_put(std::uint8_t* map, std::uint64_t i, int width, std::uint32_t value) {
  std::memcpy(map + i * width, &value, width);
}

struct Row {
  std::int32_t x, y;
  std::uint32_t id;
};

// Recursive median splits along the longer side, at multiples of the largest power of 16 below the length.
static void order_rows(Row* rows, std::uint64_t n) {
  while (n > 16) {
    std::uint64_t block = 16;
    while (block * 16 < n) block *= 16;
    const std::uint64_t middle = (n + block - 1) / block / 2 * block;
    std::int32_t west = rows[0].x, east = west, south = rows[0].y, north = south;
    for (std::uint64_t i = 1; i < n; ++i) {
      west = std::min(west, rows[i].x), east = std::max(east, rows[i].x);
      south = std::min(south, rows[i].y), north = std::max(north, rows[i].y);
    }
    const double cos_lat = std::cos(((double)south + north) / 2 * UNIT);
    if (((double)east - west) * cos_lat > (double)north - south) {
      std::nth_element(rows, rows + middle, rows + n, [](const Row& a, const Row& b) { return a.x < b.x; });
    } else {
      std::nth_element(rows, rows + middle, rows + n, [](const Row& a, const Row& b) { return a.y < b.y; });
    }
    order_rows(rows, middle);
    rows += middle, n -= middle;
  }
}

}  // namespace placelibre
