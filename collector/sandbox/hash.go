package sandbox

import "strconv"

// A hash is where all that is modelled comes from: the same words always give
// the same numbers, on every machine.
type hash uint64

// hashOf returns the hash of the words, in their order, under a seed (FNV-1a).
func hashOf(seed uint64, words ...string) hash {
	h := uint64(14695981039346656037) ^ mix(seed)
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211 // no byte of UTF-8: keeps "ab","c" from "a","bc"
	}
	return hash(mix(h))
}

// mix spreads every bit of x over the whole word (SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw returns the n-th number of the hash.
func (h hash) draw(n uint64) uint64 { return mix(uint64(h) + n*0x9e3779b97f4a7c15) }

// unit returns the n-th number of the hash, in [0, 1).
func (h hash) unit(n uint64) float64 { return float64(h.draw(n)>>11) / (1 << 53) }

// between returns the n-th number of the hash, in [lo, hi).
func (h hash) between(n uint64, lo, hi float64) float64 { return lo + h.unit(n)*(hi-lo) }

// id17 returns a number of 17 digits that begins with prefix, as the platform
// writes ids; n tells several ids of one hash apart.
func (h hash) id17(prefix string, n uint64) string {
	b := make([]byte, 0, 17)
	b = append(b, prefix...)
	rest := 17 - len(prefix)
	size := uint64(1)
	for range rest {
		size *= 10
	}
	digits := strconv.FormatUint(h.draw(n)%size, 10)
	for range rest - len(digits) {
		b = append(b, '0')
	}
	return string(append(b, digits...))
}
