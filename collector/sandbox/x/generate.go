package x

import (
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// The days of the generated posts: all of 2024.
var (
	generatedFrom = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	generatedDays = 366
)

// snowflakeEpoch is the millisecond from which the platform counts in its ids.
const snowflakeEpoch = 1288834974657

// The draws of a generated post's hash: see the draws of the model.
const (
	drawWhen = iota
	drawLanguage
	drawPhrase
	drawNumber
	drawCity
	drawLong
	drawLink
	drawRest // of the id
	drawLevel
	drawKind
	drawOriginal
	drawPartner
)

// generate returns the account's posts: on each day none to three. others are
// what it may repost, quote or answer.
func generate(seed uint64, a *account, cities []string, level float64, others []*post) []*post {
	var out []*post
	for day := range generatedDays {
		midnight := generatedFrom.AddDate(0, 0, day)
		n := int(sandbox.HashOf(seed, "x day", a.Handle, midnight.Format(time.DateOnly)).Draw(0) % 4)
		for i := range n {
			h := sandbox.HashOf(seed, "x generated", a.Handle, midnight.Format(time.DateOnly), fmt.Sprint(i))
			var last *post // of the days before
			if at := len(out) - 1 - i; at >= 0 {
				last = out[at]
			}
			out = append(out, generatePost(h, midnight, a, cities, level, others, last))
		}
	}
	return out
}

// generatePost returns one post. last is one of the account's own that it may go
// on from.
func generatePost(h sandbox.Hash, midnight time.Time, a *account, cities []string, level float64, others []*post, last *post) *post {
	at := midnight.Add(9*time.Hour + time.Duration(h.Between(drawWhen, 0, float64(14*time.Hour))))
	p := &post{
		id:        uint64(at.UnixMilli()-snowflakeEpoch)<<22 | h.Draw(drawRest)&(1<<22-1),
		published: at.Unix(),
	}
	p.text, p.lang = generateText(h, cities)
	switch kind := h.Unit(drawKind); {
	case kind < 0.04:
		if o := before(others, p.published, h.Draw(drawOriginal)); o != nil {
			p.kind, p.of = repost, o
			p.text, p.lang = "RT @"+o.account.Handle+": "+o.text, o.lang
			return p
		}
	case kind < 0.08:
		if o := before(others, p.published, h.Draw(drawOriginal)); o != nil {
			p.kind, p.of = reply, o
			p.text = "@" + o.account.Handle + " " + p.text
		}
	case kind < 0.11:
		if o := before(others, p.published, h.Draw(drawOriginal)); o != nil {
			p.kind, p.of = quote, o
		}
	case kind < 0.13:
		// A thread: an answer to a post of its own, which names nobody.
		if last != nil && last.kind == original {
			p.kind, p.of = reply, last
		}
	}
	p.partner = h.Unit(drawPartner) < 0.02
	// Most posts are below the level, a few far above it.
	u := h.Unit(drawLevel)
	likes := level * (0.3 + 0.7*u + 6*u*u*u*u*u*u*u*u)
	p.final.likes = int64(likes)
	p.final.retweets = sandbox.Part(p.final.likes, h.Between(drawLevel+100, 0.08, 0.45))
	p.final.replies = sandbox.Part(p.final.likes, h.Between(drawLevel+101, 0.03, 0.30))
	return p
}

// generateText returns a text that says that it is generated, and its
// language.
func generateText(h sandbox.Hash, cities []string) (text, lang string) {
	s := phrases[h.Draw(drawPhrase)%uint64(len(phrases))]
	language, format, tag := 0, s.pt, s.tagPt
	switch u := h.Unit(drawLanguage); {
	case u < 0.15:
		language, format, tag = 1, s.en, s.tagEn
	case u < 0.30:
		language, format, tag = 2, s.ur, s.tagUr
	}
	text = fmt.Sprintf(format, 2+h.Draw(drawNumber)%58, cities[h.Draw(drawCity)%uint64(len(cities))])
	if h.Unit(drawLong) < 0.04 {
		text += continuations[language]
	}
	text += " #" + tag
	if h.Unit(drawLink) < 0.35 {
		text += " https://example.org/" + h.Digits(drawLink, "", 6)
	}
	return text + " [generated]", []string{"pt", "en", "ur"}[language]
}

// before returns one of the posts that were out a day before the second, or
// nil.
func before(posts []*post, at int64, draw uint64) *post {
	n := publishedBy(posts, at-sandbox.DaySeconds)
	if n == 0 {
		return nil
	}
	return posts[n-1-int(draw%uint64(min(n, 20)))]
}
