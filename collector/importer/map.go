package importer

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A Map says how one kind of export is read. It is stored as JSON beside each
// import that used it.
type Map struct {
	Name      string            `json:"name"`
	About     string            `json:"about,omitempty"`
	Platforms []schema.Platform `json:"platforms,omitempty"` // that it can be used for; empty: all

	Encoding  string   `json:"encoding,omitempty"`  // empty: found out
	Separator string   `json:"separator,omitempty"` // empty: found out
	Sheet     string   `json:"sheet,omitempty"`     // of a workbook; empty: the first that has the headings
	Zone      string   `json:"zone,omitempty"`      // of times that name none: "UTC", "Asia/Karachi", "-05:00"; empty: the office's
	Dates     []string `json:"dates,omitempty"`     // formats in the order of trying; empty: iso and excel
	Thousands string   `json:"thousands,omitempty"` // what stands between groups of three digits; empty: nothing
	Decimal   string   `json:"decimal,omitempty"`   // empty: a dot
	Unknown   []string `json:"unknown,omitempty"`   // cells that say nothing, besides empty ones and dashes

	AsOf      string   `json:"as_of,omitempty"`       // when such exports were made, if they were all made on one day
	AsOfTitle []string `json:"as_of_title,omitempty"` // formats of the day of export in the lines above the headings

	PostID  []string                 `json:"post_id,omitempty"` // where the id is looked for, in this order: link, column; empty: as the platform is best read
	HTML    bool                     `json:"html,omitempty"`    // texts hold &amp; and the like
	Columns map[string]Column        `json:"columns"`           // field → headings; see Fields
	Extra   map[string]Column        `json:"extra,omitempty"`   // further counters, by a name of one's own
	Formats map[string]schema.Format `json:"formats,omitempty"` // the file's words for the kinds of posts
	Total   []string                 `json:"total,omitempty"`   // what the column total adds up; empty: reactions, comments, shares
	Exclude []Exclude                `json:"exclude,omitempty"` // rows that are no posts of the account
}

// A Column says which cell holds a field. Of several headings that a file has,
// the first cell that is not empty counts (of text: the longest).
type Column struct {
	Headings []string `json:"headings,omitempty"`
	Zero     string   `json:"zero,omitempty"`  // "unknown": the file writes 0 where the owner hides the count
	Value    string   `json:"value,omitempty"` // where no cell says otherwise
	Round    bool     `json:"round,omitempty"` // a fraction is rounded down
}

// An Exclude leaves out the rows whose field begins with one of the prefixes.
type Exclude struct {
	Field    string   `json:"field"`
	Prefixes []string `json:"prefixes"`
	Reason   string   `json:"reason"` // for people
}

// UnmarshalJSON also reads one heading, or a list of them.
func (c *Column) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		c.Headings = make([]string, 1)
		return json.Unmarshal(b, &c.Headings[0])
	case len(b) > 0 && b[0] == '[':
		return json.Unmarshal(b, &c.Headings)
	}
	type plain Column
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(c))
}

// The fields that a map may fill, beside the counters.
const (
	fieldLink      = "link"
	fieldPostID    = "post_id"
	fieldPublished = "published"
	fieldObserved  = "observed" // when the row was read; for exports of several readings
	fieldText      = "text"
	fieldFormat    = "format"
	fieldAccountID = "account_id" // the platform's own id of the account
	fieldHandle    = "account_handle"
	fieldPlatform  = "platform"
	fieldTotal     = "total" // checks the counters, and is not stored beside them
)

var fields = []string{fieldLink, fieldPostID, fieldPublished, fieldObserved, fieldText, fieldFormat, fieldAccountID, fieldHandle,
	fieldPlatform, fieldTotal}

// counters are the fields that count, by the names of observations.
var counters = []struct {
	name string
	set  func(*schema.Counters, *int64)
	get  func(*schema.Counters) *int64
}{
	{"views", func(c *schema.Counters, v *int64) { c.Views = v }, func(c *schema.Counters) *int64 { return c.Views }},
	{"impressions", func(c *schema.Counters, v *int64) { c.Impressions = v }, func(c *schema.Counters) *int64 { return c.Impressions }},
	{"reach", func(c *schema.Counters, v *int64) { c.Reach = v }, func(c *schema.Counters) *int64 { return c.Reach }},
	{"reactions", func(c *schema.Counters, v *int64) { c.Reactions = v }, func(c *schema.Counters) *int64 { return c.Reactions }},
	{"comments", func(c *schema.Counters, v *int64) { c.Comments = v }, func(c *schema.Counters) *int64 { return c.Comments }},
	{"shares", func(c *schema.Counters, v *int64) { c.Shares = v }, func(c *schema.Counters) *int64 { return c.Shares }},
	{"saves", func(c *schema.Counters, v *int64) { c.Saves = v }, func(c *schema.Counters) *int64 { return c.Saves }},
	{"clicks", func(c *schema.Counters, v *int64) { c.Clicks = v }, func(c *schema.Counters) *int64 { return c.Clicks }},
	{"watch_seconds", func(c *schema.Counters, v *int64) { c.WatchSeconds = v }, func(c *schema.Counters) *int64 { return c.WatchSeconds }},
}

func isCounter(field string) bool {
	for _, c := range counters {
		if c.name == field {
			return true
		}
	}
	return false
}

// Fields returns the names of all fields that a map may fill.
func Fields() []string {
	all := slices.Clone(fields)
	for _, c := range counters {
		all = append(all, c.name)
	}
	return all
}

//go:embed maps/*.json
var mapFiles embed.FS

// BuiltIn returns the maps that come with the program, by name.
func BuiltIn() []Map {
	entries, err := mapFiles.ReadDir("maps")
	if err != nil {
		panic(err) // they are part of the program
	}
	all := make([]Map, len(entries))
	for i, e := range entries {
		b, err := mapFiles.ReadFile("maps/" + e.Name())
		if err == nil {
			all[i], err = ParseMap(b)
		}
		if err != nil {
			panic(fmt.Errorf("%s: %w", e.Name(), err))
		}
	}
	return all
}

// LoadMap returns the built-in map of the name or, if there is none, the map in
// the file of that name.
func LoadMap(name string) (Map, error) {
	var names []string
	for _, m := range BuiltIn() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return Map{}, fmt.Errorf("there is no map %q, and no file of that name: the built-in maps are %s", name, strings.Join(names, ", "))
	}
	if err != nil {
		return Map{}, fmt.Errorf("map: %w", err)
	}
	m, err := ParseMap(b)
	if err != nil {
		return Map{}, fmt.Errorf("map %s: %w", name, err)
	}
	if m.Name == "" {
		m.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	return m, nil
}

// maxMapBytes is far above the length of any map.
const maxMapBytes = 1 << 20

// ParseMap reads a map and checks it. The error names the field that is wrong,
// and what would be right.
func ParseMap(b []byte) (Map, error) {
	var m Map
	if len(b) > maxMapBytes {
		return m, fmt.Errorf("it has %s: a map has a few lines", size(int64(len(b))))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, mapSyntax(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("something follows after the closing brace")
	}
	return m, m.check()
}

// mapSyntax says in people's words why JSON is no map.
func mapSyntax(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("%q may not be a %s", kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut off")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		known := append(jsonNames(Map{}), jsonNames(Column{})...)
		return fmt.Errorf("%s is not known: a map has %s", name, strings.Join(known, ", "))
	}
	return err
}

// jsonNames returns the names that a struct has in JSON.
func jsonNames(v any) []string {
	t := reflect.TypeOf(v)
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// check says what is wrong with the map, in one sentence.
func (m *Map) check() error {
	if m.Encoding != "" {
		m.Encoding = strings.ToLower(m.Encoding)
		if _, ok := encodings[m.Encoding]; !ok {
			return fmt.Errorf("encoding %q is not known: want one of %s", m.Encoding, strings.Join(encodingNames(), ", "))
		}
	}
	if s := []rune(m.Separator); len(s) > 1 || len(s) == 1 && strings.ContainsRune("\"\r\n\ufffd", s[0]) {
		return fmt.Errorf("separator %q: want one character, such as ; or \\t", m.Separator)
	}
	for _, p := range m.Platforms {
		if !slices.Contains(platforms, p) {
			return fmt.Errorf("platform %q is not known: want one of %s", p, platformNames())
		}
	}
	if _, err := m.location(time.UTC); err != nil {
		return err
	}
	if _, err := m.numbers(); err != nil {
		return err
	}
	for _, f := range append(slices.Clone(m.Dates), m.AsOfTitle...) {
		if _, err := compileDate(f); err != nil {
			return err
		}
	}
	if m.AsOf != "" {
		if _, err := ParseAsOf(m.AsOf, time.UTC); err != nil {
			return fmt.Errorf("as_of: %w", err)
		}
	}
	for _, way := range m.PostID {
		if way != wayLink && way != wayColumn {
			return fmt.Errorf("post_id %q is not known: want %s or %s", way, wayLink, wayColumn)
		}
	}
	for word, f := range m.Formats {
		if !slices.Contains(formats, f) {
			return fmt.Errorf("formats: %q is made %q, which is not known: want one of %s", word, f, formatNames())
		}
	}
	for _, f := range m.Total {
		if !isCounter(f) {
			return fmt.Errorf("total: %q is no counter", f)
		}
	}
	for _, x := range m.Exclude {
		if _, ok := m.Columns[x.Field]; !ok || len(x.Prefixes) == 0 || x.Reason == "" {
			return fmt.Errorf("exclude: %q needs a field of the map, prefixes and a reason", x.Field)
		}
	}
	return m.checkColumns()
}

func (m *Map) checkColumns() error {
	known := Fields()
	taken := map[string]string{} // heading → field
	for _, part := range []map[string]Column{m.Columns, m.Extra} {
		for _, field := range sortedKeys(part) {
			c := part[field]
			if _, ok := m.Columns[field]; ok && !slices.Contains(known, field) {
				return fmt.Errorf("columns: the field %q is not known: want some of %s", field, strings.Join(known, ", "))
			}
			if len(c.Headings) == 0 && c.Value == "" {
				return fmt.Errorf("columns: %q needs a heading or a value", field)
			}
			if c.Zero != "" && c.Zero != "unknown" {
				return fmt.Errorf("columns: %q has zero %q: want \"unknown\", or nothing", field, c.Zero)
			}
			for _, h := range c.Headings {
				h = normalHeading(h)
				if other, ok := taken[h]; ok || h == "" {
					return fmt.Errorf("columns: the heading %q stands for %q and for %q", h, other, field)
				}
				taken[h] = field
			}
		}
	}
	if _, ok := m.Columns[fieldPublished]; !ok {
		return fmt.Errorf("columns: %q is missing: without it no post has a date", fieldPublished)
	}
	_, link := m.Columns[fieldLink]
	_, id := m.Columns[fieldPostID]
	if !link && !id {
		return fmt.Errorf("columns: %q or %q is missing: a post is known by one of them", fieldLink, fieldPostID)
	}
	return nil
}

// headings returns every heading that the map knows.
func (m *Map) headings() []string {
	var all []string
	for _, part := range []map[string]Column{m.Columns, m.Extra} {
		for _, field := range sortedKeys(part) {
			all = append(all, part[field].Headings...)
		}
	}
	return all
}

// location returns the zone of times that name none.
func (m *Map) location(office *time.Location) (*time.Location, error) {
	switch {
	case m.Zone == "":
		return office, nil
	case m.Zone[0] == '+' || m.Zone[0] == '-':
		t, err := time.Parse("-07:00", m.Zone)
		if err != nil {
			return nil, fmt.Errorf("zone %q: want one such as +05:00", m.Zone)
		}
		_, offset := t.Zone()
		return time.FixedZone(m.Zone, offset), nil
	}
	zone, err := time.LoadLocation(m.Zone)
	if err != nil || m.Zone == "Local" {
		return nil, fmt.Errorf("zone %q is not known: want a name such as Asia/Karachi, or +05:00", m.Zone)
	}
	return zone, nil
}

var platforms = []schema.Platform{schema.Facebook, schema.Instagram, schema.X, schema.YouTube, schema.TikTok}

func platformNames() string { return joined(platforms) }

var formats = []schema.Format{schema.FormatImage, schema.FormatVideo, schema.FormatAlbum, schema.FormatReel, schema.FormatStory, schema.FormatText}

func formatNames() string { return joined(formats) }

func joined[T ~string](list []T) string {
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = string(x)
	}
	return strings.Join(names, ", ")
}
