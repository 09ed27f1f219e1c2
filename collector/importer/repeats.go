package importer

import "hash/maphash"

// repeats knows the readings that an import has met: some 35 bytes for each.
// Of several rows of one post and moment the last counts, as in downloads that
// were joined one after the other; a row that says the same again is counted
// and not listed.
type repeats struct {
	seed maphash.Seed
	met  map[uint64]uint64 // key → file, line and the content's last bits
}

const (
	contentBits = 24
	lineBits    = 28
	maxLine     = 1<<lineBits - 1
)

// A repeat is what a row is to the rows before it.
type repeat int

const (
	first repeat = iota
	same         // as an earlier one
	other        // replaces an earlier one
)

func newRepeats() *repeats {
	return &repeats{seed: maphash.MakeSeed(), met: map[uint64]uint64{}}
}

// add notes the row, of the file with the number. Of one that replaces another
// it returns where that stood.
func (m *repeats) add(r *Row, file int) (what repeat, earlierFile int, earlierLine uint64) {
	key := r.key(m.seed)
	content := r.content(m.seed) & (1<<contentBits - 1)
	packed := uint64(file)<<(lineBits+contentBits) | min(r.Line, maxLine)<<contentBits | content
	before, ok := m.met[key]
	switch {
	case !ok:
		m.met[key] = packed
		return first, 0, 0
	case before&(1<<contentBits-1) == content:
		return same, 0, 0
	}
	m.met[key] = packed
	return other, int(before >> (lineBits + contentBits)), before >> contentBits & maxLine
}
