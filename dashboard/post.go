package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// postPage is what GET /accounts/:account/posts/:post shows.
type postPage struct {
	page
	Status   template.HTML
	Link     string // on the platform; empty: none that is safe
	LinkName string
	Body     string // the text; empty: it has none
	AltText  string
	Links    []string // that the post points to and a browser may follow
	Deleted  template.HTML
	Whose    string // whose numbers they are; empty: the account's, and nobody else's
	Counted  bool   // for this account
	Type     string // address where its figures can be typed in; empty: not by this person

	Facts []fact
	KPIs  []kpi
	Paid  []paidRow // empty: nothing is told apart

	Picture, Alt string // address of the small picture; empty: Icon stands for it
	Icon         string // the format, as the template draws it

	Say      template.HTML // how the post did against the usual
	Curve    curveCard
	Comments commentsCard
	Calls    []callRow
	Versions []versionRow
}

// A curveCard is the growth curve of one figure.
type curveCard struct {
	Say      template.HTML
	Means    []string
	Metrics  []option
	Kind     string
	Chart    chart // without options: too few readings to draw
	Drawn    bool
	Usual    bool          // the line of what is usual is drawn
	Delay    template.HTML // what the shaded end means; empty: nothing is shaded
	Gaps     template.HTML
	Headings []heading
	Rows     []readingRow
	TooLong  bool
	CSV      string
	AsOf     template.HTML
}

type readingRow struct {
	At      i18n.Words
	Machine string
	Age     template.HTML
	Call    string
	Cells   []template.HTML
}

// A callRow says which of the platform's calls told what.
type callRow struct {
	Call        string
	Readings    template.HTML
	First, Last i18n.Words
	Told        string
}

// A versionRow is one wording, with what changed since the one before it.
type versionRow struct {
	Number      template.HTML
	First, Last i18n.Words
	Parts       []diffPart
	Whole       bool // Parts is the text as it was; nothing to compare it with
}

// readingRowsUpTo is how many readings a page lists.
const readingRowsUpTo = 300

// readPost returns the post that the address names, if the person may see it.
func (s *Server) readPost(c *fiber.Ctx) (analytics.Post, error) {
	account, err := url.PathUnescape(c.Params("account"))
	post, err2 := url.PathUnescape(c.Params("post"))
	if err != nil || err2 != nil {
		return analytics.Post{}, fmt.Errorf("post: %w", schema.ErrNotFound)
	}
	p, err := s.Stats.Post(c.UserContext(), schema.AccountID(account), post)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return p, err
	case err != nil:
		return p, fmt.Errorf("post %q of %q: %w: %w", post, account, errUnavailable, err)
	}
	for i, r := range p.Readings {
		if by := s.typedBy(c, s.printer(c), r.RunID); by != "" {
			p.Readings[i].Call = by
		}
	}
	return p, s.within(c, p.Department)
}

// typed reports whether a person typed in the reading that told the figure at
// the moment.
func typed(post analytics.Post, key string, told time.Time) bool {
	return slices.ContainsFunc(post.Readings, func(r analytics.Reading) bool {
		_, _, ok := schema.WhoTyped(r.RunID)
		return ok && r.At.Equal(told) && r.Figure(key) != nil
	})
}

// post shows GET /accounts/:account/posts/:post?metric=&comments=: one post, its growth,
// its wordings and where its figures come from.
func (s *Server) post(c *fiber.Ctx) error {
	post, err := s.readPost(c)
	if err != nil {
		return err
	}
	metric := c.Query("metric", "interactions")
	status := fiber.StatusOK
	if !slices.Contains(analytics.ReadingFigures, metric) {
		metric, status = "interactions", fiber.StatusBadRequest
	}
	now := s.Now()
	p := postPage{page: s.newPage(c, "post.title"), Link: safeLink(post.Permalink), Body: strings.TrimSpace(post.Text)}
	p.Title = p.Text("post.title_of", "Name", cmp.Or(post.AccountName, handleName(post.Platform, post.Handle)))
	platform := platformName(p.Printer, post.Platform)
	p.LinkName = p.Text("posts.on_platform", "Platform", i18n.Words(platform))
	p.Status = p.HTML("post.status", "Platform", i18n.Words(platform), "Format", i18n.Words(formatName(p.Printer, post.Format)),
		"Published", p.Moment(post.PublishedAt, now), "Zone", p.zoneName())
	if post.AltText != nil {
		p.AltText = strings.TrimSpace(*post.AltText)
	}
	for _, l := range post.Links {
		if l = safeLink(l); l != "" {
			p.Links = append(p.Links, l)
		}
	}
	p.Deleted = absentAlert(p.Printer, post.PostRow, now)
	p.Paid = paidRows(p.Printer, post, now)
	p.Picture, p.Alt = picture(post.PostRow)
	p.Icon = formatIcon(post.Format)
	p.Counted = post.Relation.Counted()
	if post.Relation != schema.RelationOwn {
		p.Whose = p.Text("whose." + string(post.Relation))
	}
	p.Facts = postFacts(p.Printer, post, now)
	if analysts.allows(p.Person) {
		p.Type = postPath(post.Account, post.PostID) + "/figures"
	}
	if p.Counted {
		p.KPIs = s.postKPIs(p.Printer, post, now)
		p.Say = sayScore(p.Printer, post)
		if p.Curve, err = s.curve(p.Printer, post, metric, now); err != nil {
			return err
		}
		p.Charts = p.Curve.Drawn
	}
	p.Comments = s.comments(c, p.Printer, post)
	p.Calls = callRows(p.Printer, post, now)
	p.Versions = versionRows(p.Printer, post, now)
	return s.render(c, status, "post", p)
}

// postFacts lists what is known of the post besides its figures.
func postFacts(p *i18n.Printer, post analytics.Post, now time.Time) []fact {
	seen := func(t time.Time) template.HTML {
		if t.IsZero() {
			return i18n.Dash.HTML()
		}
		return template.HTML(template.HTMLEscapeString(string(p.Moment(t, now))))
	}
	handle := template.HTML("")
	if post.Handle != "" {
		handle = template.HTML(` <bdi dir="ltr">` + template.HTMLEscapeString(handleName(post.Platform, post.Handle)) + `</bdi>`)
	}
	facts := []fact{
		{p.Text("sort.account"), linkTo("/accounts/"+url.PathEscape(string(post.Account)), post.AccountName) + handle},
		{p.Text("sort.department"), linkTo("/departments/"+url.PathEscape(string(post.Department)), departmentOf(p, post.PostRow))},
		{p.Text("sort.published"), seen(post.PublishedAt)},
		{p.Text("post.first_seen"), seen(post.FirstSeen)},
		{p.Text("post.last_seen"), seen(post.LastSeen)},
		{p.Text("post.audience"), p.Count(post.Audience).HTML()},
		{p.Text("post.readings"), p.Int(len(post.Readings)).HTML()},
		{p.Text("post.answers"), p.Int(post.RawAnswers).HTML()},
	}
	facts = append(facts, detailFacts(p, post.PostRow)...)
	if post.RelatedID != "" {
		facts = append(facts, fact{p.Text("post.related"), template.HTML(`<bdi dir="ltr">` + template.HTMLEscapeString(post.RelatedID) + `</bdi>`)})
	}
	return facts
}

// postKPIs returns the latest figures, each with when it was told.
func (s *Server) postKPIs(p *i18n.Printer, post analytics.Post, now time.Time) []kpi {
	var list []kpi
	for _, key := range []string{"interactions", "engagement_rate", "performance_score", "reactions", "comments", "shares",
		"views", "impressions", "reach", "saves", "clicks", "watch_seconds"} {
		v := post.Figure(key)
		if v == nil && (key == "impressions" || key == "watch_seconds") {
			continue // of few posts only
		}
		m := postMeaning(p, key)
		k := kpi{Key: key, Name: m.Name, Means: []string{m.Means, m.Unknown}, WhatIs: p.Text("metric.what_is", "Name", i18n.Words(m.Name)), Kind: s.kind(p),
			Value: p.Count(v).HTML()}
		told := post.ToldAt(key)
		switch key {
		case "engagement_rate":
			k.Value, told = p.Percent(v, 2).HTML(), post.InteractionsAt
			k.Notes = append(k.Notes, p.HTML("post.of_audience", "Count", p.Count(post.Audience)))
		case "performance_score":
			k.Value, told = scoreNum(p, v).HTML(), post.InteractionsAt
			if post.Expected != nil {
				k.Notes = append(k.Notes, p.HTML("post.usually", "Expected", p.Decimal(*post.Expected, 0), "Count", post.Compared))
			} else {
				k.Notes = append(k.Notes, p.HTML("post.not_enough"))
			}
		case "watch_seconds":
			k.Notes = append(k.Notes, p.HTML("post.seconds"))
		}
		if told != nil {
			k.Change = p.HTML("foot.as_of", "AsOf", p.Moment(*told, now))
			if typed(post, key, *told) {
				k.Kind = p.Text("kind.typed")
			}
		} else {
			k.Change = p.HTML("post.never_told")
		}
		list = append(list, k)
	}
	return list
}

// enough is how many posts a performance score needs: see
// rollup.PostFigures.sql of package analytics.
const enough = 20

// sayScore says how the post did against what is usual at its age.
func sayScore(p *i18n.Printer, post analytics.Post) template.HTML {
	switch {
	case post.Interactions == nil || post.InteractionsAt == nil:
		return p.HTML("post.say_unknown")
	case post.Expected == nil:
		return p.HTML("post.say_few", "Count", post.Compared, "Age", ageWords(p, post.InteractionsAt.Sub(post.PublishedAt)), "Enough", p.Int(enough))
	case post.Score == nil:
		return p.HTML("post.say_none_usual", "Count", post.Compared, "Age", ageWords(p, post.InteractionsAt.Sub(post.PublishedAt)), "Value", p.Count(post.Interactions))
	}
	return p.HTML("post.say_score", "Age", ageWords(p, post.InteractionsAt.Sub(post.PublishedAt)), "Value", p.Count(post.Interactions),
		"Expected", p.Decimal(*post.Expected, 0), "Score", scoreNum(p, post.Score), "Count", post.Compared)
}

// hoursUpTo is the age up to which ages are told in hours, then in days.
const hoursUpTo = 72 * time.Hour

// ageWords writes an age: "3.5 h", "12.0 days".
func ageWords(p *i18n.Printer, age time.Duration) i18n.Words {
	if age < hoursUpTo {
		return i18n.Words(p.Text("post.hours", "Value", p.Decimal(age.Hours(), 1)))
	}
	return i18n.Words(p.Text("post.days", "Value", p.Decimal(age.Hours()/24, 1)))
}

// callRows says which calls told what, the first one first.
func callRows(p *i18n.Printer, post analytics.Post, now time.Time) []callRow {
	var order []string
	n := map[string]int{}
	first, last := map[string]time.Time{}, map[string]time.Time{}
	told := map[string]map[string]bool{}
	for _, r := range post.Readings {
		if n[r.Call] == 0 {
			order = append(order, r.Call)
			first[r.Call], told[r.Call] = r.At, map[string]bool{}
		}
		n[r.Call]++
		last[r.Call] = r.At
		for _, key := range analytics.ReadingFigures {
			if r.Figure(key) != nil {
				told[r.Call][key] = true
			}
		}
	}
	rows := make([]callRow, len(order))
	for i, call := range order {
		var names []string
		for _, key := range analytics.ReadingFigures {
			if told[call][key] {
				names = append(names, postFigureName(p, key))
			}
		}
		comma := ", "
		if p.RTL() {
			comma = "، "
		}
		rows[i] = callRow{call, p.Int(n[call]).HTML(), p.Moment(first[call], now), p.Moment(last[call], now), strings.Join(names, comma)}
		if len(names) == 0 {
			rows[i].Told = p.Text("post.told_nothing")
		}
	}
	return rows
}

// versionRows lists the wordings, the newest first, each against the one that
// was seen before it.
func versionRows(p *i18n.Printer, post analytics.Post, now time.Time) []versionRow {
	rows := make([]versionRow, len(post.Versions))
	for i, v := range post.Versions {
		r := versionRow{Number: p.Int(i + 1).HTML(), First: p.Moment(v.FirstSeen, now), Last: p.Moment(v.LastSeen, now)}
		if i == 0 {
			r.Parts, r.Whole = []diffPart{{Text: v.Text}}, true
		} else {
			r.Parts = diffWords(post.Versions[i-1].Text, v.Text)
		}
		rows[len(rows)-1-i] = r
	}
	return rows
}
