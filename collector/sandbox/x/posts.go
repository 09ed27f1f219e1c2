package x

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// version is a post as one call sees it: in its newest version, or in the one
// that was asked for.
type version struct {
	*post
	id      string
	text    string
	at      int64 // when this version was published
	counted int64 // the second whose counters it has
	history []string
}

// version returns the version of the post that has the id; "" means the
// newest.
func (c *call) version(p *post, id string) version {
	first := p.idText()
	e, edited := c.faults.edited[first]
	edited = edited && e.at <= c.at
	v := version{post: p, id: first, text: p.text, at: p.published, counted: c.at, history: []string{first}}
	if edited {
		v.history = append(v.history, e.id)
		if id == first {
			v.counted = e.at
		} else {
			v.id, v.text, v.at = e.id, e.text, e.at
		}
	}
	return v
}

// find returns the version of an id, or why it is not shown.
func (c *call) find(id, parameter string) (version, *partial) {
	first := id
	if e, ok := c.faults.versions[id]; ok && e.at <= c.at {
		first = e.first
	}
	n, _ := strconv.ParseUint(first, 10, 64)
	p := c.world.byPost[n]
	if p == nil || p.published > c.at || c.faults.gone[first] || c.faults.closed[p.account.Handle] || c.faults.suspended[p.account.Handle] {
		e := notFound("tweet", parameter, id)
		return version{}, &e
	}
	if c.hidden(p.account) {
		e := notAllowed("tweet", parameter, id)
		return version{}, &e
	}
	return c.version(p, id), nil
}

// hidden says whether the account's posts are kept from us.
func (c *call) hidden(a *account) bool { return c.faults.protected[a.Handle] && c.owner != a }

// postsByID answers a lookup of several posts.
func (c *call) postsByID() ([]byte, error) {
	ids, err := c.list("ids", idPattern, isID)
	if err != nil {
		return nil, err
	}
	pg := c.newPage("ids")
	for _, id := range ids {
		if v, e := c.find(id, "ids"); e != nil {
			pg.errs = append(pg.errs, *e)
		} else {
			pg.add(v)
		}
	}
	return sandbox.CloseList(pg.append([]byte{'{'}), '}'), nil
}

// postByID answers a lookup of one post.
func (c *call) postByID() ([]byte, error) {
	if err := c.pathName("id", idPattern, isID); err != nil {
		return nil, err
	}
	pg := c.newPage("id")
	pg.single = true
	if v, e := c.find(c.name, "id"); e != nil {
		pg.errs = append(pg.errs, *e)
	} else {
		pg.add(v)
	}
	return sandbox.CloseList(pg.append([]byte{'{'}), '}'), nil
}

// page collects the posts of an answer, and what comes beside them.
type page struct {
	c         *call
	parameter string // what errors about a post's fields name
	single    bool
	fields    []string
	n         int
	data      []byte
	errs      []partial
	users     []*account
	posts     []version
}

func (c *call) newPage(parameter string) *page {
	return &page{c: c, parameter: parameter, fields: split(c.query.Get(c.v.fieldsParameter()))}
}

// add adds a post and what the expansions bring with it.
func (pg *page) add(v version) {
	c := pg.c
	pg.n++
	pg.data = append(pg.appendPost(pg.data, v, "data"), ',')
	if c.asks("expansions", c.v.expandAuthor) {
		pg.addUser(v.account)
	}
	if c.asks("expansions", "in_reply_to_user_id") && v.kind == reply {
		pg.addUser(v.of.account)
	}
	if c.asks("expansions", c.v.expandOriginal) && v.of != nil {
		if o, e := c.find(v.of.idText(), "referenced_tweets.id"); e != nil {
			pg.errs = append(pg.errs, *e)
		} else if !slices.ContainsFunc(pg.posts, func(have version) bool { return have.id == o.id }) {
			pg.posts = append(pg.posts, o)
		}
	}
	if c.asks("expansions", c.v.expandEdits) {
		for _, id := range v.history {
			if id != v.id {
				pg.posts = append(pg.posts, c.version(v.post, id))
			}
		}
	}
}

func (pg *page) addUser(a *account) {
	if !slices.Contains(pg.users, a) && !pg.c.faults.closed[a.Handle] && !pg.c.faults.suspended[a.Handle] {
		pg.users = append(pg.users, a)
	}
}

// append appends the members data, includes and errors, each only if it is
// not empty.
func (pg *page) append(b []byte) []byte {
	if pg.n > 0 {
		b = append(b, `"data":`...)
		if pg.single {
			b = append(b, pg.data...)
		} else {
			b = append(append(b, '['), pg.data...)
			b = append(sandbox.CloseList(b, ']'), ',')
		}
	}
	if len(pg.users)+len(pg.posts) > 0 {
		b = append(b, `"includes":{`...)
		if len(pg.users) > 0 {
			b = append(b, `"users":[`...)
			for _, a := range pg.users {
				b = append(pg.c.appendUser(b, a), ',')
			}
			b = append(sandbox.CloseList(b, ']'), ',')
		}
		if len(pg.posts) > 0 {
			b = append(sandbox.AppendKey(b, pg.c.v.includes), '[')
			for _, v := range pg.posts {
				b = append(pg.appendPost(b, v, "includes"), ',')
			}
			b = append(sandbox.CloseList(b, ']'), ',')
		}
		b = append(sandbox.CloseList(b, '}'), ',')
	}
	return appendErrors(b, pg.errs, pg.c.v)
}

// appendPost appends a post with the fields asked for, besides those that are
// always there.
func (pg *page) appendPost(b []byte, v version, section string) []byte {
	c := pg.c
	b = append(sandbox.AppendString(append(b, `{"id":`...), v.id), ',')
	b = append(sandbox.AppendString(append(b, `"text":`...), escape(shorten(v.text))), ',')
	if c.v == legacy || c.asks("expansions", c.v.expandEdits) {
		b = append(sandbox.AppendKey(b, c.v.editHistory), '[')
		for _, id := range v.history {
			b = append(sandbox.AppendString(b, id), ',')
		}
		b = append(sandbox.CloseList(b, ']'), ',')
	}
	if c.asks("expansions", c.v.expandAuthor) || slices.Contains(pg.fields, "author_id") {
		b = append(sandbox.AppendString(append(b, `"author_id":`...), v.account.PlatformID), ',')
	}
	if v.kind == reply && (c.asks("expansions", "in_reply_to_user_id") || slices.Contains(pg.fields, "in_reply_to_user_id")) {
		b = append(sandbox.AppendString(append(b, `"in_reply_to_user_id":`...), v.of.account.PlatformID), ',')
	}
	if v.of != nil && (c.asks("expansions", c.v.expandOriginal) || slices.Contains(pg.fields, c.v.references)) {
		b = append(sandbox.AppendKey(b, c.v.references), `[{"type":"`+kinds[v.kind].reference+`","id":"`+v.of.idText()+`"}],`...)
	}
	for _, name := range pg.fields {
		b = pg.appendField(b, v, name, section)
	}
	return sandbox.CloseList(b, '}')
}

// appendField appends one field that was asked for, unless the post does not
// have it.
func (pg *page) appendField(b []byte, v version, name, section string) []byte {
	switch name {
	case "created_at":
		return append(appendTime(append(b, `"created_at":`...), v.at), ',')
	case "lang":
		return append(sandbox.AppendString(append(b, `"lang":`...), v.lang), ',')
	case "conversation_id":
		id := v.id
		if v.kind == reply {
			id = v.of.idText()
		}
		return append(sandbox.AppendString(append(b, `"conversation_id":`...), id), ',')
	case "possibly_sensitive":
		return append(b, `"possibly_sensitive":false,`...)
	case "reply_settings":
		return append(b, `"reply_settings":"everyone",`...)
	case "source":
		return append(b, `"source":"Sandbox",`...)
	case "edit_controls":
		return pg.appendEditControls(b, v)
	case "entities":
		return appendEntities(b, findEntities(escape(shorten(v.text))))
	case "note_tweet", "note_post":
		if utf8.RuneCountInString(v.text) <= shortText {
			return b
		}
		text := escape(v.text)
		b = append(sandbox.AppendString(append(sandbox.AppendKey(b, name), `{"text":`...), text), ',')
		return append(sandbox.CloseList(appendEntities(b, findEntities(text)), '}'), ',')
	case "paid_partnership":
		return appendBool(append(b, `"paid_partnership":`...), v.partner)
	case "public_metrics":
		return pg.appendPublic(b, v.post.at(v.counted))
	case "non_public_metrics", "organic_metrics", "promoted_metrics":
		return pg.appendPrivate(b, v, name, section)
	}
	return b
}

func (pg *page) appendEditControls(b []byte, v version) []byte {
	const editable = 30 * 60
	mark := ""
	if pg.c.faults.editsText {
		mark = `"`
	}
	left := int64(6 - len(v.history))
	b = append(append(b, `"edit_controls":{"edits_remaining":`...), mark...)
	b = append(sandbox.AppendInt(b, left), mark...)
	b = appendBool(append(b, `,"is_edit_eligible":`...), v.kind == original || v.kind == quote)
	b = appendTime(append(b, `"editable_until":`...), v.post.published+editable)
	return append(b, "},"...)
}

// appendPublic appends what anyone may see. What is unknown is left out.
func (pg *page) appendPublic(b []byte, r reading) []byte {
	b = append(b, `"public_metrics":{`...)
	b = appendCount(b, pg.c.v.repostCount, r.retweets)
	b = appendCount(b, "reply_count", r.replies)
	b = appendCount(b, "like_count", r.likes)
	b = appendCount(b, "quote_count", r.quotes)
	b = appendCount(b, "bookmark_count", r.bookmarks)
	b = appendCount(b, "impression_count", r.impressions)
	return append(sandbox.CloseList(b, '}'), ',')
}

// privateDays is how old a post may be for its owner's numbers.
const privateDays = 30

// appendPrivate appends what the owner alone may see, of younger posts. A post
// that nobody paid for has nothing that is promoted.
func (pg *page) appendPrivate(b []byte, v version, name, section string) []byte {
	r := v.post.at(v.counted)
	if pg.c.owner != v.account || pg.c.at-v.post.published > privateDays*sandbox.DaySeconds {
		pg.errs = append(pg.errs, fieldNotAllowed(pg.parameter, v.id, name, section))
		return b
	}
	if r.impressions == sandbox.Unknown || name == "promoted_metrics" && r.promoted == 0 {
		return b
	}
	part := func(n int64) int64 { return n }
	switch name {
	case "organic_metrics":
		part = r.organic
	case "promoted_metrics":
		part = func(n int64) int64 { return n - r.organic(n) }
	}
	b = append(sandbox.AppendKey(b, name), '{')
	b = appendCount(b, "impression_count", part(r.impressions))
	if name == "non_public_metrics" {
		b = appendCount(b, "engagements", r.engagements)
	} else {
		b = appendCount(b, "like_count", part(r.likes))
		b = appendCount(b, "reply_count", part(r.replies))
		b = appendCount(b, pg.c.v.repostCount, part(r.retweets))
	}
	if name != "promoted_metrics" {
		b = appendCount(b, "url_link_clicks", part(r.clicks))
		b = appendCount(b, "user_profile_clicks", part(r.profileClicks))
	}
	return append(sandbox.CloseList(b, '}'), ',')
}

func appendCount(b []byte, name string, n int64) []byte {
	if n == sandbox.Unknown {
		return b
	}
	return append(sandbox.AppendInt(sandbox.AppendKey(b, name), n), ',')
}

// appendTime appends a Unix second as the platform writes times.
func appendTime(b []byte, second int64) []byte {
	b = append(b, '"')
	b = time.Unix(second, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	return append(b, '"')
}

// shortText is how many letters a text has at most; a longer post has the
// whole of it in a note. Links count as 23 letters, whatever they have, and
// the real posts are all short.
const shortText = 300

// shorten cuts the text of a longer post.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= shortText {
		return text
	}
	return string([]rune(text)[:shortText-25]) + "…"
}
