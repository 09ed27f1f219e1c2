package importer

import (
	"fmt"
	"slices"
	"strings"
)

// A Warning is a sign that the numbers of a file are not what the map takes
// them for. Nothing is refused for it.
type Warning struct {
	Code  string `json:"code"` // columns_shifted, ceiling, thousands, jump, reach, several_accounts, encoding
	File  string `json:"file,omitempty"`
	Field string `json:"field,omitempty"`
	Count uint64 `json:"count"` // rows that show it
	Of    uint64 `json:"of"`    // rows that could
	Line  uint64 `json:"line,omitempty"`
	Text  string `json:"text"` // one English sentence
}

// checks looks at the rows of one file for joins that cannot be trusted.
type checks struct {
	file      string
	total     []int // counters that the total adds up
	sums      mismatch
	reach     mismatch
	fields    [9]peak
	grouped   map[string]*mismatch // field → values like 1.568
	profiles  map[string]uint64    // accounts that the file names → rows
	guess     string               // an encoding that was guessed
	oneOnly   bool                 // all rows are taken for one account's
	wholeRows uint64
}

// A mismatch counts how often something did not fit.
type mismatch struct{ count, of, line uint64 }

func (m *mismatch) add(bad bool, line uint64) {
	m.of++
	if bad {
		if m.count++; m.count == 1 {
			m.line = line
		}
	}
}

// A peak is the largest value of a counter, and how often it was met.
type peak struct {
	value    int64
	count    uint64
	known    uint64
	line     uint64
	distinct map[int64]bool // at most peakValues
}

// peakValues is how many values below a ceiling must be met to call it one.
const peakValues = 8

func newChecks(file string, total []int, oneOnly bool) *checks {
	return &checks{file: file, total: total, oneOnly: oneOnly, grouped: map[string]*mismatch{}, profiles: map[string]uint64{}}
}

// totals returns the places, in counters, of what the map's total adds up.
func (m *Map) totals() []int {
	names := m.Total
	if len(names) == 0 {
		names = []string{"reactions", "comments", "shares"}
	}
	var at []int
	for i, c := range counters {
		if _, ok := m.Columns[c.name]; ok && slices.Contains(names, c.name) {
			at = append(at, i)
		}
	}
	return at
}

func (c *checks) row(r *Row) {
	c.wholeRows++
	if len(c.profiles) < 50 && r.profileID != "" {
		c.profiles[r.profileID]++
	}
	c.sum(r)
	for i := range r.raw {
		c.peak(i, r)
	}
	o := &r.Observation.Counters
	if o.Reach != nil && o.Reactions != nil && *o.Reactions > 0 {
		c.reach.add(*o.Reactions > *o.Reach, r.Line)
	}
}

// sum checks the identity reactions + comments + shares = total. Negative
// numbers count as they stand: the total was made with them.
func (c *checks) sum(r *Row) {
	if !r.total.known || len(c.total) == 0 {
		return
	}
	var sum int64
	for _, i := range c.total {
		n := r.raw[i]
		if !n.known {
			return
		}
		sum += n.value
	}
	c.sums.add(sum != r.total.value, r.Line)
}

func (c *checks) peak(i int, r *Row) {
	n := r.raw[i]
	if !n.known {
		return
	}
	p := &c.fields[i]
	p.known++
	if p.distinct == nil {
		p.distinct = map[int64]bool{}
	}
	if len(p.distinct) < peakValues {
		p.distinct[n.value] = true
	}
	switch {
	case n.value > p.value:
		p.value, p.count, p.line = n.value, 1, r.Line
	case n.value == p.value:
		p.count++
	}
}

// value looks at a value that was refused.
func (c *checks) value(v Refusal) {
	if v.Reason != ReasonNotWhole {
		return
	}
	m := c.grouped[v.Field]
	if m == nil {
		m = &mismatch{}
		c.grouped[v.Field] = m
	}
	m.add(true, v.Line)
}

// warnings returns what looks wrong.
func (c *checks) warnings() []Warning {
	var all []Warning
	warn := func(code, field string, m mismatch, format string, args ...any) {
		all = append(all, Warning{code, c.file, field, m.count, m.of, m.line, fmt.Sprintf(format, args...)})
	}
	if m := c.sums; m.count >= 3 && m.count*20 >= m.of {
		warn("columns_shifted", fieldTotal, m, "in %d of %d rows, first in line %d, the counts do not add up to the file's own total: the columns may be shifted, or of another kind than the map says",
			m.count, m.of, m.line)
	}
	for i, p := range c.fields {
		// Most posts of a small account have 1 comment or none; only a maximum
		// that many share, above many other values, is a ceiling.
		if p.value >= 10 && p.count >= 20 && p.count*20 >= p.known && len(p.distinct) >= peakValues {
			warn("ceiling", counters[i].name, mismatch{p.count, p.known, p.line},
				"%d of %d rows have exactly %d %s, and none has more: whoever collected them stopped counting there", p.count, p.known, p.value, counters[i].name)
		}
	}
	for _, field := range sortedKeys(c.grouped) {
		m := *c.grouped[field]
		m.of = c.wholeRows
		warn("thousands", field, m, "%d values of %s are like 1.568 and were taken as unknown: if a separator stands between thousands, the map must name it", m.count, field)
	}
	if m := c.reach; m.count >= 3 && m.count*4 >= m.of {
		warn("reach", "reach", m, "in %d of %d rows more people reacted than were reached: the platform gave what was left of an old post's reach, rates on it mean nothing",
			m.count, m.of)
	}
	if c.oneOnly && len(c.profiles) > 1 {
		var parts []string
		for _, id := range sortedKeys(c.profiles) {
			parts = append(parts, fmt.Sprintf("%s (%d rows)", excerpt(id), c.profiles[id]))
		}
		warn("several_accounts", fieldAccountID, mismatch{count: uint64(len(parts)), of: c.wholeRows},
			"the file names several accounts, and all its rows are taken as one's: %s", strings.Join(parts[:min(len(parts), 5)], ", "))
	}
	if c.guess != "" {
		warn("encoding", "", mismatch{}, "the text was read as %s, by its looks: the map can name the encoding", c.guess)
	}
	return all
}
