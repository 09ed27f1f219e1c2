package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// ownMapName is the map of our own format: the headings are the names of the
// fields. Who maps headings by hand begins with it.
const ownMapName = "hamawaz"

func ownMap() importer.Map {
	m := importer.Map{Name: ownMapName, About: "Our own format: the headings are the names of the fields.", Columns: map[string]importer.Column{}}
	for _, f := range importer.Fields() {
		m.Columns[f] = importer.Column{Headings: []string{f}}
	}
	return m
}

// mapTexts names the keys of the name and the description of the maps that we
// know.
var mapTexts = map[string][2]string{
	ownMapName:            {"imports.map_own", "imports.map_own_about"},
	"meta-business-suite": {"imports.map_meta", "imports.map_meta_about"},
	"fanpage-karma":       {"imports.map_karma", "imports.map_karma_about"},
	"x-archive":           {"imports.map_x", "imports.map_x_about"},
}

func mapName(p *i18n.Printer, name string) string {
	if key, ok := mapTexts[name]; ok {
		return p.Text(key[0])
	}
	return name
}

// fieldName returns what a field of a map, or a further counter, is called.
func fieldName(p *i18n.Printer, field string) string {
	switch {
	case isCount(field) && field != "watch_seconds": // which is typed in seconds, and shown in hours
		return postFigureName(p, field)
	case slices.Contains(importer.Fields(), field):
		return p.Text("imports.field_" + field)
	}
	return field
}

// isCount reports whether the field is a counter.
func isCount(field string) bool { return slices.Contains(countFields, field) }

var countFields = []string{"reactions", "comments", "shares", "views", "impressions", "reach", "saves", "clicks", "watch_seconds"}

// A mapForm is the map of an upload, to be changed by hand.
type mapForm struct {
	Name      string
	Fields    []mapField
	Headings  []string // of the file, to choose from
	Dates     string   // one format a line
	Zone      string
	Thousands []option
	Problem   string
	Says      string // what the reader of maps says, in English; empty: nothing
	Open      bool
}

type mapField struct {
	Field, Name string
	Found       string // the heading that the file has for it; empty: none
	Typed       string
	Count       bool
	Zero        bool // 0 means that the owner hides the count
	Needed      bool
}

// newMapForm lays the map beside what the file has.
func newMapForm(p *i18n.Printer, m importer.Map, files []importer.FileInfo, headings []string) mapForm {
	f := mapForm{Name: m.Name, Dates: strings.Join(m.Dates, "\n"), Zone: m.Zone, Headings: headings}
	if _, known := mapTexts[m.Name]; known {
		f.Name = ""
	}
	found := map[string][]string{}
	for _, info := range files {
		for field, heading := range info.Fields {
			if !slices.Contains(found[field], heading) {
				found[field] = append(found[field], heading)
			}
		}
	}
	for _, field := range importer.Fields() {
		f.Fields = append(f.Fields, mapField{Field: field, Name: fieldName(p, field), Found: strings.Join(found[field], ", "), Count: isCount(field),
			Zero: m.Columns[field].Zero != "", Needed: field == "published" || field == "link"})
	}
	for _, sep := range []struct{ value, key string }{{"", "none"}, {",", "comma"}, {".", "dot"}, {" ", "space"}, {"'", "apostrophe"}} {
		f.Thousands = append(f.Thousands, option{Name: p.Text("imports.thousands_" + sep.key), Value: sep.value, Current: sep.value == m.Thousands})
	}
	return f
}

// headingsOf returns the headings of the files, those that are not used first.
func headingsOf(files []importer.FileInfo) []string {
	var unused, used []string
	for _, f := range files {
		unused = append(unused, f.Ignored...)
		used = append(used, slices.Sorted(maps.Values(f.Fields))...)
	}
	var all []string
	for _, h := range append(unused, used...) {
		if h != "" && !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return all
}

// headingsOfError returns the headings of a file that has none of the map's, as
// far as the error knows them.
func headingsOfError(err error) []string {
	var h interface{ Headings() []string }
	if errors.As(err, &h) {
		return h.Headings()
	}
	return nil
}

const (
	maxMapName = 60 // letters
	maxHeading = 200
	maxDates   = 20
)

// readMap reads the form into a map, beginning with the map as it was. The
// heading that is typed for a field comes before those that it had, and is
// taken from the field that had it. It returns an inputError, or what the
// reader of maps says.
func readMap(c *fiber.Ctx, before importer.Map) (importer.Map, error) {
	m := before
	m.Columns, m.Extra = maps.Clone(before.Columns), maps.Clone(before.Extra)
	if m.Columns == nil {
		m.Columns = map[string]importer.Column{}
	}
	name := strings.TrimSpace(c.FormValue("name"))
	if _, known := mapTexts[name]; known || name == "" || utf8.RuneCountInString(name) > maxMapName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return m, inputError{"imports.problem_map_name"}
	}
	m.Name, m.About = name, ""
	for _, field := range importer.Fields() {
		heading := strings.TrimSpace(c.FormValue("heading." + field))
		if utf8.RuneCountInString(heading) > maxHeading {
			return m, inputError{"imports.problem_heading"}
		}
		if heading != "" {
			takeHeading(m.Columns, heading)
			takeHeading(m.Extra, heading)
			col := m.Columns[field]
			col.Headings = append([]string{heading}, col.Headings...)
			m.Columns[field] = col
		}
		if col, ok := m.Columns[field]; ok && isCount(field) {
			col.Zero = ""
			if c.FormValue("zero."+field) != "" {
				col.Zero = "unknown"
			}
			m.Columns[field] = col
		}
	}
	m.Zone, m.Thousands, m.Decimal = strings.TrimSpace(c.FormValue("zone")), c.FormValue("thousands"), ""
	m.Dates = nil
	for line := range strings.Lines(c.FormValue("dates")) {
		if line = strings.TrimSpace(line); line != "" {
			m.Dates = append(m.Dates, line)
		}
	}
	if len(m.Dates) > maxDates {
		return m, inputError{"imports.problem_dates"}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return m, fmt.Errorf("map: %w", err)
	}
	return importer.ParseMap(b)
}

// takeHeading takes the heading away from every field. Headings differ by more than
// the case of their letters and white space.
func takeHeading(columns map[string]importer.Column, heading string) {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	for field, col := range columns {
		col.Headings = slices.DeleteFunc(slices.Clone(col.Headings), func(h string) bool { return plain(h) == plain(heading) })
		if len(col.Headings) == 0 && col.Value == "" {
			delete(columns, field)
			continue
		}
		columns[field] = col
	}
}
