package feed

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dates reads the dates of feeds.
type dates struct {
	zones map[string]time.Duration
	local *time.Location
}

// namedZones are those of RFC 822, and Pakistan's. The parser's own reading of
// a name that the machine does not know is UTC, hours wrong.
var namedZones = map[string]time.Duration{
	"UT": 0, "UTC": 0, "GMT": 0, "Z": 0,
	"EST": -5 * time.Hour, "EDT": -4 * time.Hour,
	"CST": -6 * time.Hour, "CDT": -5 * time.Hour,
	"MST": -7 * time.Hour, "MDT": -6 * time.Hour,
	"PDT": -7 * time.Hour,
	"PKT": 5 * time.Hour, "PST": 5 * time.Hour, "PKST": 6 * time.Hour,
}

func newDates(zones map[string]time.Duration, local *time.Location) dates {
	d := dates{zones: maps.Clone(namedZones), local: time.UTC}
	for name, offset := range zones {
		d.zones[strings.ToUpper(name)] = offset
	}
	if local != nil {
		d.local = local
	}
	return d
}

const (
	clock   = `(?:(?:,?\s+|T)(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*([AaPp])\.?[Mm]\b\.?)?)?`
	weekday = `(?:[\pL\pM.]+,?\s+)?`
	month   = `([\pL\pM]+)\.?`
)

// The ways in which dates are written: day before month (RFC 822), month before
// day, and year before both (RFC 3339).
var (
	dayFirst   = regexp.MustCompile(`^` + weekday + `(\d{1,2})[\s-]+` + month + `[\s,-]+(\d{4}|\d{2})` + clock + `\s*(.*)$`)
	monthFirst = regexp.MustCompile(`^` + weekday + month + `\s+(\d{1,2}),?\s+(\d{4})` + clock + `\s*(.*)$`)
	yearFirst  = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})` + clock + `\s*(.*)$`)

	offset = regexp.MustCompile(`^(?:GMT|UTC|UT)?\s*([+-])(\d{2}):?(\d{2})?\b`)
	zone   = regexp.MustCompile(`^\(?([A-Za-z]{1,5})\)?$`)
)

// months are the names of the months in the languages of Pakistan's
// departments: English by its first three letters, Urdu, Sindhi and Arabic.
var months = func() map[string]time.Month {
	m := map[string]time.Month{}
	for _, year := range []string{
		"jan feb mar apr may jun jul aug sep oct nov dec",
		"جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
		"جنوري فيبروري مارچ اپريل مئي جون جولاءِ آگسٽ سيپٽمبر آڪٽوبر نومبر ڊسمبر",
		"يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
	} {
		for i, name := range strings.Fields(year) {
			m[letters.Replace(name)] = time.Month(i + 1)
		}
	}
	return m
}()

// letters makes alike what is written with different letters of one sound.
var letters = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک", "أ", "ا", "إ", "ا", "ئ", "ی", "ِ", "")

// plainDate makes digits, spaces and commas those of ASCII and drops marks of
// direction.
var plainDate = func() *strings.Replacer {
	pairs := []string{"\u00a0", " ", "\u202f", " ", "،", ",", "\u200e", "", "\u200f", "", "\u061c", "", "\u200c", ""}
	for i := range 10 {
		pairs = append(pairs, string(rune('٠'+i)), strconv.Itoa(i), string(rune('۰'+i)), strconv.Itoa(i))
	}
	return strings.NewReplacer(pairs...)
}()

// maxDate is more than any date takes, in bytes.
const maxDate = 100

// parse returns the moment, and false for what is no date.
//
// Weekdays are not read: feeds that translate theirs, or keep that of another
// day, mean the date. Where we cannot read a date that the parser can, its
// reading is taken.
func (d dates) parse(x date) (time.Time, bool) {
	s := strings.TrimSpace(x.text)
	if s == "" || len(s) > maxDate {
		return time.Time{}, false
	}
	s = strings.Join(strings.Fields(plainDate.Replace(s)), " ")
	var year, monthName, day string
	var rest []string
	if m := dayFirst.FindStringSubmatch(s); m != nil && monthOf(m[2]) != 0 {
		day, monthName, year, rest = m[1], m[2], m[3], m[4:]
	} else if m := yearFirst.FindStringSubmatch(s); m != nil {
		year, monthName, day, rest = m[1], m[2], m[3], m[4:]
	} else if m := monthFirst.FindStringSubmatch(s); m != nil && monthOf(m[1]) != 0 {
		monthName, day, year, rest = m[1], m[2], m[3], m[4:]
	} else if x.parsed != nil {
		return x.parsed.UTC(), true
	} else {
		return time.Time{}, false
	}
	return d.build(year, monthName, day, rest)
}

// build makes a moment of its parts: hour, minute, second, a or p, and zone are
// in rest.
func (d dates) build(year, monthName, day string, rest []string) (time.Time, bool) {
	y, m, dd := atoi(year), monthOf(monthName), atoi(day)
	hh, mm, ss := atoi(rest[0]), atoi(rest[1]), atoi(rest[2])
	if len(year) == 2 {
		// RFC 2822, section 4.3.
		if y += 1900; y < 1950 {
			y += 100
		}
	}
	switch strings.ToLower(rest[3]) {
	case "a":
		hh %= 12
	case "p":
		hh = hh%12 + 12
	}
	if ss == 60 {
		ss = 59 // a leap second
	}
	if m == 0 || hh > 23 || mm > 59 || ss > 59 {
		return time.Time{}, false
	}
	t := time.Date(y, m, dd, hh, mm, ss, 0, d.zone(rest[4]))
	if t.Day() != dd || t.Month() != m {
		return time.Time{}, false // the 31st of February
	}
	return t.UTC(), true
}

// zone returns what the end of a date says of its zone. A number is believed
// before a name; an unknown name is the local zone.
func (d dates) zone(s string) *time.Location {
	s = strings.TrimSpace(s)
	if m := offset.FindStringSubmatch(s); m != nil {
		seconds := atoi(m[2])*3600 + atoi(m[3])*60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone("", seconds)
	}
	if m := zone.FindStringSubmatch(s); m != nil {
		if d, ok := d.zones[strings.ToUpper(m[1])]; ok {
			return time.FixedZone(m[1], int(d/time.Second))
		}
	}
	return d.local
}

// monthOf returns the month of a name or number, or 0.
func monthOf(s string) time.Month {
	if n := atoi(s); n > 0 {
		if n > 12 {
			return 0
		}
		return time.Month(n)
	}
	s = letters.Replace(strings.ToLower(s))
	if m, ok := months[s]; ok {
		return m
	}
	if len(s) > 3 && s[0] < 0x80 {
		return months[s[:3]]
	}
	return 0
}

// atoi reads digits, 0 for none.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
