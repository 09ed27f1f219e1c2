package feed

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A kind is what a website is made with.
type kind int

const (
	wordpress kind = iota // RSS 2.0, counts comments
	newsroom              // Atom, edits what it wrote, counts comments
	podcast               // RSS 2.0, counts nothing
)

func (k kind) format() schema.Format {
	if k == podcast {
		return schema.FormatAudio
	}
	return schema.FormatText
}

// counter returns the name under which the kind tells its comments.
func (k kind) counter() string {
	return [...]string{wordpress: "slash:comments", newsroom: "thr:total", podcast: ""}[k]
}

// A plan is what the world is generated from, one website each.
type plan struct {
	state string // whose government answers for it
	name  string // in addresses
	title string
	about string
	kind  kind
	items int // in 2024
}

// plans are the websites of the world. A new one is a line here.
var plans = []plan{
	{"São Paulo", "khabar", "خبرنامہ (سینڈ باکس)", "یہ ویب سائٹ سینڈ باکس کے لیے بنائی گئی ہے۔", wordpress, 240},
	{"Paraná", "newsroom", "Newsroom (sandbox)", "It stands in for the website of a public office.", newsroom, 160},
	{"Santa Catarina", "radio", "ریڈیو (سینڈ باکس)", "یہ پوڈکاسٹ سینڈ باکس کے لیے بنایا گیا ہے۔", podcast, 52},
}

func (p plan) host() string { return p.name + ".sandbox.example" }

// path returns that of the feed.
func (p plan) path() string {
	return "/feeds/" + p.name + [...]string{wordpress: "/feed/", newsroom: "/atom.xml", podcast: "/podcast.xml"}[p.kind]
}

// A site is a website with its items.
type site struct {
	sandbox.Account
	plan  plan
	items []*item // in the order in which they come out
	byID  map[string]*item
}

// An item is an entry of a blog, or an episode.
type item struct {
	site      *site
	number    int // from 1
	published int64
	edited    int64 // Unix seconds; 0: never
	title     string
	text      []string // paragraphs
	note      string   // a paragraph that the edit adds
	seconds   int64    // of an episode
	comments  int64    // that it ends with; unknown where they are not counted
	hours     float64  // how slowly they come
}

func (it *item) guid() string {
	switch it.site.plan.kind {
	case wordpress:
		return fmt.Sprintf("https://%s/?p=%d", it.site.plan.host(), 100+it.number)
	case newsroom:
		return fmt.Sprintf("tag:%s,2024:item/%d", it.site.plan.host(), it.number)
	}
	return "radio-episode-" + strconv.Itoa(it.number)
}

func (it *item) link() string {
	return fmt.Sprintf("https://%s/%d/%02d/%d/", it.site.plan.host(), 2024, time.Unix(it.published, 0).UTC().Month(), it.number)
}

func (it *item) recording() string {
	return fmt.Sprintf("https://%s/audio/%d.mp3", it.site.plan.host(), it.number)
}

// bytes is the size of the recording: 64 kbit/s.
func (it *item) bytes() int64 { return it.seconds * 8000 }

// updated returns when the item was last changed, as seen in the second.
func (it *item) updated(at int64) int64 {
	if it.edited > 0 && it.edited <= at {
		return it.edited
	}
	return it.published
}

// paragraphs returns what the item says in the second.
func (it *item) paragraphs(at int64) []string {
	if it.updated(at) == it.published {
		return it.text
	}
	return append(it.text[:len(it.text):len(it.text)], it.note)
}

// commentsAt returns how many there are in the second.
func (it *item) commentsAt(at int64) int64 {
	const settled = 60 * 24 // hours from which on none comes any more
	age := min(float64(at-it.published)/3600, settled)
	return sandbox.Part(it.comments, sandbox.Path(age, it.hours)/sandbox.Path(settled, it.hours))
}

var newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// The draws of an item's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawDay = iota
	drawHour
	drawTopic
	drawPlace
	drawEdit
	drawEditAfter
	drawLength
	drawCounted
	drawComments
	drawHours
)

// generate fills a website with items, spread over 2024.
func (s *site) generate(seed uint64) {
	s.byID = make(map[string]*item, s.plan.items)
	for i := range s.plan.items {
		h := sandbox.HashOf(seed, "feed", s.plan.name, strconv.Itoa(i))
		it := &item{site: s, number: i + 1, hours: h.Between(drawHours, 6, 40), comments: sandbox.Unknown}
		// Within office hours of Karachi, one after the other.
		day := int64((float64(i) + 0.8*h.Unit(drawDay)) * 365 / float64(s.plan.items))
		it.published = newYear + day*sandbox.DaySeconds + int64(h.Between(drawHour, 4*3600, 13*3600))
		if i > 0 {
			it.published = max(it.published, s.items[i-1].published+60)
		}
		if s.plan.kind != podcast && h.Unit(drawCounted) < 0.9 { // else comments are closed
			it.comments = int64(h.Between(drawComments, 0, 9) * h.Between(drawComments+100, 0, 9))
		}
		if s.plan.kind == newsroom && h.Unit(drawEdit) < 0.3 {
			it.edited = it.published + int64(h.Between(drawEditAfter, 600, 4*sandbox.DaySeconds))
		}
		it.seconds = 600 + int64(h.Draw(drawLength)%2400)
		it.write(h)
		s.items = append(s.items, it)
		s.byID[it.postID()] = it
	}
}

// A tongue is a language with what texts are made of. In them {topic}, {place}
// and {n} stand for the item's.
type tongue struct {
	topics, places             []string
	title, first, second, note string
}

var (
	urdu = tongue{
		topics: []string{"ویکسین مہم", "اسکولوں میں داخلہ", "سڑک کی مرمت", "صاف پانی کی فراہمی", "شجرکاری مہم", "کسانوں کے لیے بیج", "کتاب میلہ", "بارش کی وارننگ"},
		places: []string{"دارالحکومت میں", "ساحلی علاقے میں", "دیہی علاقوں میں", "شمالی علاقے میں", "وادی میں", "سرحدی علاقے میں"},
		title:  "{topic} {place}، نمبر {n} [سینڈ باکس]",
		first:  "{topic} کا آغاز ہو گیا ہے۔ یہ تحریر سینڈ باکس کے لیے بنائی گئی ہے اور کسی کا احوال نہیں بتاتی۔ #سینڈ_باکس",
		second: "یہ تحریر نمبر {n} ہے۔",
		note:   "تصحیح: تحریر نمبر {n} میں ترمیم کی گئی۔",
	}
	english = tongue{
		topics: []string{"Flu vaccination", "School enrolment", "Works on the highway", "Clean water", "Planting trees", "Seeds for farmers", "The book fair", "A rain warning"},
		places: []string{"in the capital", "on the coast", "in the countryside", "in the north", "in the valley", "at the border"},
		title:  "{topic} {place}, no. {n} [sandbox]",
		first:  "{topic}: this text was generated for the sandbox & describes nobody. #sandbox",
		second: "This is item number {n}.",
		note:   "Correction: item number {n} was edited.",
	}
)

// write makes the item's texts.
func (it *item) write(h sandbox.Hash) {
	t := &urdu
	if it.site.plan.kind == newsroom {
		t = &english
	}
	words := strings.NewReplacer(
		"{topic}", t.topics[h.Draw(drawTopic)%uint64(len(t.topics))],
		"{place}", t.places[h.Draw(drawPlace)%uint64(len(t.places))],
		"{n}", strconv.Itoa(it.number))
	it.title, it.note = words.Replace(t.title), words.Replace(t.note)
	it.text = []string{words.Replace(t.first), words.Replace(t.second)}
}
