package importer

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// A Row is a row of a file as it is stored.
type Row struct {
	File        string             `json:"file"`
	Line        uint64             `json:"line"`
	Post        schema.Post        `json:"post"`
	Observation schema.Observation `json:"observation"`

	bytes     int
	profileID string // the account as the file names it
	total     count
	raw       [9]count // what the cells of the counters say, before zero is taken as unknown
}

// A sheetMap is a map laid over the headings of one file.
type sheetMap struct {
	*plan
	file     string
	enc      string
	calendar calendar
	call     string     // of the readings
	asOf     *time.Time // of rows that do not say
	accounts accounts

	link, postID, published, observed, text, format []int
	accountID, handle, platformCell, total          []int
	counts                                          [9]cells
	extra                                           []extraCells
	exclude                                         []excludeCells
}

// cells are where one counter stands.
type cells struct {
	at   []int
	zero bool // 0 is unknown
	Column
}

type extraCells struct {
	name string
	cells
}

type excludeCells struct {
	at []int
	Exclude
}

// callImport is the call of imported readings. A file with a single counter
// gives readings of their own: two such files of one day must not replace each
// other.
const callImport = "import"

// lay lays the map over the table's headings.
func (p *plan) lay(t *table) (*sheetMap, error) {
	s := &sheetMap{plan: p, file: t.info.Name, enc: t.encoding(), calendar: p.calendar, accounts: p.accounts}
	s.calendar.mac = t.mac
	known := map[int]bool{}
	find := func(field string, c Column) []int {
		at := t.heading.match(c.Headings)
		if len(at) > 0 && t.info.Kind != string(kindJSONL) && t.info.Kind != string(kindArray) {
			names := make([]string, len(at))
			for i, x := range at {
				names[i], known[x] = strings.Join(strings.Fields(t.heading.cells[x]), " "), true
			}
			t.info.Fields[field] = strings.Join(names, " | ")
		}
		return at
	}
	for field, at := range map[string]*[]int{
		fieldLink: &s.link, fieldPostID: &s.postID, fieldPublished: &s.published, fieldObserved: &s.observed, fieldText: &s.text,
		fieldFormat: &s.format, fieldAccountID: &s.accountID, fieldHandle: &s.handle, fieldPlatform: &s.platformCell, fieldTotal: &s.total,
	} {
		*at = find(field, p.m.Columns[field])
	}
	s.call = callImport
	single, n := "", 0
	for i, c := range counters {
		column := p.m.Columns[c.name]
		s.counts[i] = cells{find(c.name, column), column.Zero == "unknown", column}
		if len(s.counts[i].at) > 0 || column.Value != "" {
			single = c.name
			n++
		}
	}
	for _, name := range sortedKeys(p.m.Extra) {
		c := p.m.Extra[name]
		if at := find("extra "+name, c); len(at) > 0 {
			s.extra = append(s.extra, extraCells{name, cells{at, c.Zero == "unknown", c}})
		}
	}
	switch {
	case n == 1:
		s.call += ":" + single
	case n == 0 && len(s.total) > 0: // an export of nothing but the sum
		s.call += ":" + fieldTotal
		s.extra = append(s.extra, extraCells{"interactions", cells{at: s.total}})
	}
	for _, x := range p.m.Exclude {
		s.exclude = append(s.exclude, excludeCells{t.heading.match(p.m.Columns[x.Field].Headings), x})
	}
	if t.info.Kind == string(kindCSV) || t.info.Kind == string(kindXLSX) {
		for i, c := range t.heading.cells {
			if c = strings.TrimSpace(c); c != "" && !known[i] {
				t.info.Ignored = append(t.info.Ignored, excerpt(c))
			}
		}
	}
	s.asOf = p.asOf
	if day, ok := p.m.titleDay(t.info.titles, p.zone); ok && s.asOf == nil {
		s.asOf = &day
	}
	if s.asOf == nil {
		s.asOf = p.mapAsOf
	}
	t.info.AsOf = s.asOf
	if p.byFile {
		if err := s.accounts.chooseByFile(s.file); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// cell returns the first of the cells that is not blank.
func cell(rec *record, at []int) string {
	for _, i := range at {
		if i < len(rec.cells) {
			if c := rec.cells[i]; strings.TrimSpace(c) != "" {
				return c
			}
		}
	}
	return ""
}

// longest returns the longest of the cells.
func longest(rec *record, at []int) string {
	text := ""
	for _, i := range at {
		if i < len(rec.cells) && len(rec.cells[i]) > len(text) {
			text = rec.cells[i]
		}
	}
	return text
}

// value returns the cell of a field, or the map's value for it.
func (s *sheetMap) value(rec *record, field string, at []int) string {
	if c := strings.TrimSpace(cell(rec, at)); c != "" {
		return c
	}
	return s.m.Columns[field].Value
}

// row reads a record into r. It returns what was refused of its values, or why
// the whole row is refused.
func (s *sheetMap) row(rec *record, r *Row) (values []Refusal, whole *Refusal) {
	*r = Row{}
	if rec.bad != nil {
		return nil, rec.bad
	}
	if what := badText(rec.cells, s.enc); what != "" {
		return nil, refuse(ReasonBadText, "", "", "the row holds %s", what)
	}
	for _, x := range s.exclude {
		c := cell(rec, x.at)
		if slices.ContainsFunc(x.Prefixes, func(p string) bool { return strings.HasPrefix(c, p) }) {
			return nil, refuse(ReasonExcluded, x.Field, c, "%s", x.Reason)
		}
	}
	if c := s.value(rec, fieldPlatform, s.platformCell); c != "" && platformOf(c) != s.platform {
		return nil, refuse(ReasonPlatform, fieldPlatform, c, "the row is of %q, the import of %s", excerpt(c), s.platform)
	}

	link := parseLink(s.platform, cell(rec, s.link))
	account, whole := s.readAccount(rec, link, r)
	if whole != nil {
		return nil, whole
	}
	page := ""
	if s.platform == schema.Facebook {
		if page = r.profileID; !isNumber(page) || damagedID(page) != "" {
			page = account.PlatformID
		}
	}
	id, whole := findID(s.platform, s.ways, link, s.value(rec, fieldPostID, s.postID), page)
	if whole != nil {
		if whole.Reason == ReasonNoID && link.url == "" {
			whole.Value = excerpt(cell(rec, s.link) + " " + cell(rec, s.postID))
		}
		return nil, whole
	}
	published, observed, whole := s.readMoments(rec)
	if whole != nil {
		return nil, whole
	}

	r.File, r.Line, r.bytes = s.file, rec.line, rec.bytes()
	text := cleanText(longest(rec, s.text), s.m.HTML)
	r.Post = schema.Post{
		AccountID: account.ID, PostID: id, Platform: s.platform, NativeID: s.nativeID(rec, id), Text: text,
		Format: s.readFormat(rec, link), Permalink: link.url, PublishedAt: published, CollectedAt: observed,
	}
	r.Post.Links, r.Post.Hashtags = posttext.Parse(text)
	if r.Post.Permalink == "" {
		r.Post.Permalink = permalink(s.platform, account.Handle, id)
	}
	r.Observation = schema.Observation{AccountID: account.ID, PostID: id, Platform: s.platform, ObservedAt: observed, Call: s.call}
	return s.readCounts(rec, r), nil
}

func (s *sheetMap) readAccount(rec *record, l link, r *Row) (*schema.Account, *Refusal) {
	r.profileID = strings.TrimSpace(asciiDigits(s.value(rec, fieldAccountID, s.accountID)))
	return s.accounts.find(r.profileID, s.value(rec, fieldHandle, s.handle), l.handle)
}

// readMoments returns when the post was published and when the row was read.
func (s *sheetMap) readMoments(rec *record) (published, observed time.Time, whole *Refusal) {
	if c := s.value(rec, fieldObserved, s.observed); c != "" {
		at, wholeDay, err := s.calendar.parse(c, rec.sheet)
		if err != nil {
			return at, at, refuse(ReasonBadDate, fieldObserved, c, "%q is no moment of a reading", excerpt(c))
		}
		if wholeDay {
			at = endOfDay(at, s.calendar.zone)
		}
		observed = at
	} else if s.asOf != nil {
		observed = *s.asOf
	} else {
		return published, observed, refuse(ReasonNoAsOf, fieldObserved, "", "nothing says when the row was read")
	}
	if observed.After(s.now) {
		return published, observed, refuse(ReasonBadDate, fieldObserved, observed.Format(time.RFC3339), "the reading lies in the future")
	}
	c := s.value(rec, fieldPublished, s.published)
	if c == "" {
		return published, observed, refuse(ReasonNoDate, fieldPublished, "", "the moment of publication is missing")
	}
	published, _, err := s.calendar.parse(c, rec.sheet)
	switch {
	case err != nil:
		return published, observed, refuse(ReasonBadDate, fieldPublished, c, "%q is no date in the formats of the map", excerpt(c))
	case published.Before(began[s.platform]):
		return published, observed, refuse(ReasonBadDate, fieldPublished, c, "%s is before %s began", published.Format(time.DateOnly), s.platform)
	case published.After(observed.Add(24 * time.Hour)): // a day for zones that the file does not tell
		return published, observed, refuse(ReasonLaterDate, fieldPublished, c, "published on %s, after it was read on %s",
			published.Format(time.DateOnly), observed.Format(time.DateOnly))
	}
	return published, observed, nil
}

// began is when each platform's first post was published.
var began = map[schema.Platform]time.Time{
	schema.Facebook: time.Date(2004, 2, 4, 0, 0, 0, 0, time.UTC), schema.YouTube: time.Date(2005, 4, 23, 0, 0, 0, 0, time.UTC),
	schema.X: time.Date(2006, 3, 21, 0, 0, 0, 0, time.UTC), schema.Instagram: time.Date(2010, 10, 6, 0, 0, 0, 0, time.UTC),
	schema.TikTok: time.Date(2016, 9, 1, 0, 0, 0, 0, time.UTC),
}

// nativeID returns the id that the platform's API wants, if the row has it whole.
func (s *sheetMap) nativeID(rec *record, id string) string {
	switch s.platform {
	case schema.Instagram:
		if c := strings.TrimSpace(cell(rec, s.postID)); isNumber(c) && damagedID(c) == "" {
			return c
		}
		return ""
	}
	return id
}

func (s *sheetMap) readFormat(rec *record, l link) schema.Format {
	word := s.value(rec, fieldFormat, s.format)
	if word != "" {
		if f, ok := s.formats[normalHeading(word)]; ok {
			return f
		}
		if f := schema.Format(strings.ToLower(word)); slices.Contains(formats, f) {
			return f
		}
	}
	if l.format == "" && s.platform == schema.TikTok {
		return schema.FormatVideo
	}
	return l.format
}

// readCounts fills the counters and returns the values that are refused.
func (s *sheetMap) readCounts(rec *record, r *Row) (values []Refusal) {
	read := func(field string, c *cells) count {
		text := cell(rec, c.at)
		if text == "" {
			text = c.Value
		}
		n := s.numbers.parse(text, rec.sheet, c.Round)
		if n.reason != "" {
			values = append(values, Refusal{File: s.file, Line: rec.line, Field: field, Reason: n.reason, Detail: n.detail, Value: excerpt(text)})
		}
		return n
	}
	for i := range s.counts {
		c := &s.counts[i]
		if len(c.at) == 0 && c.Value == "" {
			continue
		}
		n := read(counters[i].name, c)
		r.raw[i] = n
		if n.known && !(c.zero && n.value == 0) {
			counters[i].set(&r.Observation.Counters, new(n.value))
		}
	}
	for i := range s.extra {
		x := &s.extra[i]
		if n := read(x.name, &x.cells); n.known && !(x.zero && n.value == 0) {
			if r.Observation.Extra == nil {
				r.Observation.Extra = map[string]int64{}
			}
			r.Observation.Extra[x.name] = n.value
		}
	}
	if len(s.total) > 0 {
		r.total = s.numbers.parse(cell(rec, s.total), rec.sheet, false)
	}
	return values
}

// platformOf returns the platform that a file's word means, or "".
func platformOf(word string) schema.Platform {
	switch w := strings.ToLower(strings.TrimSpace(word)); w {
	case "twitter", "x (twitter)", "x/twitter":
		return schema.X
	case "youtube channel":
		return schema.YouTube
	case "fb", "facebook page":
		return schema.Facebook
	case "ig", "insta":
		return schema.Instagram
	case "feed", "website", "rss", "atom":
		return schema.Feed // an account's only: no file of its posts is known
	default:
		for _, p := range platforms {
			if string(p) == w {
				return p
			}
		}
	}
	return ""
}

// permalink returns the address of a post of which the file tells none.
func permalink(p schema.Platform, handle, id string) string {
	switch p {
	case schema.X:
		return "https://x.com/" + handle + "/status/" + id
	case schema.YouTube:
		return "https://www.youtube.com/watch?v=" + id
	case schema.TikTok:
		return "https://www.tiktok.com/@" + handle + "/video/" + id
	case schema.Instagram:
		return "https://www.instagram.com/p/" + id + "/"
	}
	return ""
}

// key returns a number for the reading's natural key.
func (r *Row) key(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(string(r.Post.AccountID))
	h.WriteByte(0)
	h.WriteString(r.Post.PostID)
	h.WriteByte(0)
	h.WriteString(r.Observation.Call)
	maphash.WriteComparable(&h, r.Observation.ObservedAt.UnixMilli())
	return h.Sum64()
}

// content returns a number for all that the row tells.
func (r *Row) content(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(r.Post.Text)
	maphash.WriteComparable(&h, r.Post.PublishedAt.UnixMilli())
	for i, c := range counters {
		if v := c.get(&r.Observation.Counters); v != nil {
			maphash.WriteComparable(&h, i)
			maphash.WriteComparable(&h, *v)
		}
	}
	for _, name := range sortedKeys(r.Observation.Extra) {
		h.WriteString(name)
		maphash.WriteComparable(&h, r.Observation.Extra[name])
	}
	return h.Sum64()
}
