package dashboard

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// absent says in a few words why the post is no longer on the platform, and
// since when; empty: it is.
func absent(p *i18n.Printer, r analytics.PostRow, now time.Time) template.HTML {
	if r.DeletedAt == nil {
		return ""
	}
	what := p.Text("absence." + cmp.Or(string(r.Absence), string(schema.AbsenceDeleted)))
	return p.HTML("posts.absent", "What", i18n.Words(what), "At", p.Moment(*r.DeletedAt, now))
}

// absentAlert says the same in a sentence.
func absentAlert(p *i18n.Printer, r analytics.PostRow, now time.Time) template.HTML {
	switch {
	case r.DeletedAt == nil:
		return ""
	case r.Absence == schema.AbsenceNone: // imported from a file that gives no reason
		return p.HTML("post.deleted", "At", p.Moment(*r.DeletedAt, now))
	}
	return p.HTML("post.absent_"+string(r.Absence), "At", p.Moment(*r.DeletedAt, now))
}

// length writes the length of a video: "3:07", "1:02:05"; empty: not told.
func length(p *i18n.Printer, seconds *int64) i18n.Num {
	if seconds == nil {
		return ""
	}
	n := *seconds
	s := fmt.Sprintf("%d:%02d", n/60, n%60)
	if n >= 3600 {
		s = fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return i18n.Num(p.Numerals(s))
}

// described reports whether the picture has a description; nil: not told.
func described(d analytics.PostDetails) *bool {
	if d.AltText == nil {
		return nil
	}
	yes := strings.TrimSpace(*d.AltText) != ""
	return &yes
}

// The formats that may have what a post of another format has not: there, what
// is not told needs no word.
var (
	moving = []schema.Format{schema.FormatVideo, schema.FormatReel, schema.FormatStory, schema.FormatLive}
	looked = append([]schema.Format{schema.FormatImage, schema.FormatAlbum}, moving...)
)

// detailFacts says what the platform tells of the post besides its figures.
func detailFacts(p *i18n.Printer, r analytics.PostRow) []fact {
	words := func(key string) template.HTML { return template.HTML(template.HTMLEscapeString(p.Text(key))) }
	told := func(yes *bool, whenYes, whenNo string) template.HTML {
		switch {
		case yes == nil:
			return words("post.untold")
		case *yes:
			return words(whenYes)
		}
		return words(whenNo)
	}
	var facts []fact
	if r.Seconds != nil {
		facts = append(facts, fact{p.Text("post.length"), length(p, r.Seconds).HTML()})
	} else if slices.Contains(moving, r.Format) {
		facts = append(facts, fact{p.Text("post.length"), words("post.untold")})
	}
	if r.Captions != nil || slices.Contains(moving, r.Format) {
		facts = append(facts, fact{p.Text("post.captions"), told(r.Captions, "csv.yes", "csv.no")})
	}
	if r.AltText != nil || slices.Contains(looked, r.Format) {
		facts = append(facts, fact{p.Text("post.described"), told(described(r.PostDetails), "csv.yes", "csv.no")})
	}
	return append(facts, fact{p.Text("post.advertising"), told(r.Paid, "post.paid_yes", "post.paid_no")})
}

// A paidRow is a number that the platform tells apart for what was paid for.
type paidRow struct {
	Name          string
	Paid, Organic template.HTML
	At            i18n.Words
}

func paidRows(p *i18n.Printer, post analytics.Post, now time.Time) []paidRow {
	rows := make([]paidRow, len(post.PaidFor))
	for i, n := range post.PaidFor {
		rows[i] = paidRow{n.Name, p.Count(n.Paid).HTML(), p.Count(n.Organic).HTML(), p.Moment(n.At, now)}
	}
	return rows
}
