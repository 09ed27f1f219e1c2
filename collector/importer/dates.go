package importer

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A dateFormat is a compiled format of dates.
type dateFormat struct {
	layouts []string // of package time, tried in their order
	excel   bool     // day numbers
	unix    bool     // seconds since 1970
}

// isoLayouts are the ways in which ISO 8601 is met.
var isoLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04", "2006-01-02T15:04",
}

// dateTokens are the letters of a format, longest first, as in Unicode's
// dates, and what package time writes for them. One or two digits are read for
// each part, however it is written.
var dateTokens = []struct{ token, layout string }{
	{"yyyy", "2006"}, {"yy", "06"}, {"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "1"}, {"M", "1"}, {"dd", "2"}, {"d", "2"},
	{"EEEE", "Monday"}, {"EEE", "Mon"}, {"HH", "15"}, {"H", "15"}, {"hh", "3"}, {"h", "3"}, {"mm", "4"}, {"m", "4"},
	{"ss", "5"}, {"s", "5"}, {"a", "PM"}, {"XXX", "Z07:00"}, {"XX", "Z0700"},
}

// compileDate reads a format: iso, excel, unix, or a pattern such as
// dd/MM/yyyy HH:mm. Words stand between apostrophes.
func compileDate(format string) (dateFormat, error) {
	switch format {
	case "iso":
		return dateFormat{layouts: isoLayouts}, nil
	case "excel":
		return dateFormat{excel: true}, nil
	case "unix":
		return dateFormat{unix: true}, nil
	}
	var layout strings.Builder
	used := map[byte]bool{}
	for s := format; s != ""; {
		if s[0] == '\'' {
			end := strings.IndexByte(s[1:], '\'')
			if end < 0 {
				return dateFormat{}, fmt.Errorf("date format %q: an apostrophe is never closed", format)
			}
			layout.WriteString(s[1 : 1+end])
			s = s[end+2:]
			continue
		}
		token, written := "", ""
		for _, t := range dateTokens {
			if strings.HasPrefix(s, t.token) {
				token, written = t.token, t.layout
				break
			}
		}
		switch {
		case token != "":
			if used[token[0]] {
				return dateFormat{}, fmt.Errorf("date format %q: %c stands twice (MM is the month, mm the minute)", format, token[0])
			}
			used[token[0]] = true
			layout.WriteString(written)
			s = s[len(token):]
		case s[0] >= 'A' && s[0] <= 'Z' && s[0] != 'T' || s[0] >= 'a' && s[0] <= 'z':
			return dateFormat{}, fmt.Errorf("date format %q: %q is not known: want iso, excel, unix, or a pattern of yyyy MM dd HH mm ss", format, s[:1])
		default:
			layout.WriteByte(s[0])
			s = s[1:]
		}
	}
	if !used['y'] || !used['M'] || !used['d'] {
		return dateFormat{}, fmt.Errorf("date format %q: a date needs yyyy, MM and dd (MM is the month, mm the minute)", format)
	}
	return dateFormat{layouts: []string{layout.String()}}, nil
}

// A calendar reads the dates of one file.
type calendar struct {
	formats []dateFormat
	zone    *time.Location
	mac     bool // day numbers count from 1904
}

var errDate = errors.New("no such date")

// parse returns the moment in UTC. wholeDay says that the cell names a day and
// no time; the moment is then its first.
func (c *calendar) parse(cell string, sheet bool) (at time.Time, wholeDay bool, err error) {
	cell = asciiDigits(strings.TrimSpace(cell))
	if sheet {
		// A workbook's dates are numbers, whatever its cells look like.
		if at, err := c.dayNumber(cell); err == nil {
			return at, false, nil
		}
	}
	for _, f := range c.formats {
		switch {
		case f.excel:
			if at, err := c.dayNumber(cell); err == nil {
				return at, false, nil
			}
		case f.unix:
			if n, err := strconv.ParseInt(cell, 10, 64); err == nil && n > 0 && n < 1<<33 {
				return time.Unix(n, 0).UTC(), false, nil
			}
		}
		for _, layout := range f.layouts {
			if at, err := time.ParseInLocation(layout, cell, c.zone); err == nil && at.Year() >= 1 {
				return at.UTC(), !strings.Contains(layout, "15") && !strings.Contains(layout, "3"), nil
			}
		}
	}
	return time.Time{}, false, errDate
}

// dayNumber reads a spreadsheet's day number: 45292.5 is noon of 1 January
// 2024 in the zone of the file. Numbers of other centuries are none.
func (c *calendar) dayNumber(cell string) (time.Time, error) {
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return time.Time{}, err
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if c.mac {
		n += 1462
	}
	if !(n >= 32874 && n < 73051) { // 1990 to 2099
		return time.Time{}, errDate
	}
	days := math.Floor(n)
	seconds := math.Round((n - days) * 86400)
	at := first.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, c.zone).UTC(), nil
}

// calendar returns the reader of the map's dates.
func (m *Map) calendar(office *time.Location) (calendar, error) {
	zone, err := m.location(office)
	if err != nil {
		return calendar{}, err
	}
	c := calendar{zone: zone}
	names := m.Dates
	if len(names) == 0 {
		names = []string{"iso", "excel"}
	}
	for _, name := range names {
		f, err := compileDate(name)
		if err != nil {
			return calendar{}, err
		}
		c.formats = append(c.formats, f)
	}
	return c, nil
}

// ParseAsOf reads when an export was made: a day, which stands for its last
// second in the zone, or a moment such as 2025-04-30T14:00.
func ParseAsOf(text string, zone *time.Location) (time.Time, error) {
	c := calendar{formats: []dateFormat{{layouts: isoLayouts}}, zone: zone}
	at, wholeDay, err := c.parse(text, false)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no moment: want one such as 2025-04-30 or 2025-04-30T14:00", text)
	}
	if wholeDay {
		at = endOfDay(at, zone)
	}
	return at, nil
}

// endOfDay returns the last second of the day that begins at the moment.
func endOfDay(at time.Time, zone *time.Location) time.Time {
	return at.In(zone).AddDate(0, 0, 1).Add(-time.Second).UTC()
}

// titleDay returns the day of export that one of the titles names, and its
// last second.
func (m *Map) titleDay(titles []string, office *time.Location) (time.Time, bool) {
	for _, name := range m.AsOfTitle {
		f, err := compileDate(name)
		if err != nil {
			continue
		}
		c := calendar{formats: []dateFormat{f}, zone: office}
		for _, title := range titles {
			if at, _, err := c.parse(title, false); err == nil {
				return endOfDay(at, office), true
			}
		}
	}
	return time.Time{}, false
}
