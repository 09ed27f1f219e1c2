package sandbox

import "strconv"

// A Hash is where all that is modelled comes from: the same words always give
// the same numbers, on every machine.
type Hash uint64

// HashOf returns the hash of the words, in their order, under a seed (FNV-1a).
func HashOf(seed uint64, words ...string) Hash {
	h := uint64(14695981039346656037) ^ mix(seed)
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211 // no byte of UTF-8: keeps "ab","c" from "a","bc"
	}
	return Hash(mix(h))
}

// mix spreads every bit of x over the whole word (SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Draw returns the n-th number of the hash.
func (h Hash) Draw(n uint64) uint64 { return mix(uint64(h) + n*0x9e3779b97f4a7c15) }

// Unit returns the n-th number of the hash, in [0, 1).
func (h Hash) Unit(n uint64) float64 { return float64(h.Draw(n)>>11) / (1 << 53) }

// Between returns the n-th number of the hash, in [lo, hi).
func (h Hash) Between(n uint64, lo, hi float64) float64 { return lo + h.Unit(n)*(hi-lo) }

// Digits returns a number of so many digits, at most 19 after the prefix with
// which it begins, as platforms write ids; n tells several ids of one hash
// apart.
func (h Hash) Digits(n uint64, prefix string, length int) string {
	b := make([]byte, 0, length)
	b = append(b, prefix...)
	rest := length - len(prefix)
	size := uint64(1)
	for range rest {
		size *= 10
	}
	digits := strconv.FormatUint(h.Draw(n)%size, 10)
	for range rest - len(digits) {
		b = append(b, '0')
	}
	return string(append(b, digits...))
}
