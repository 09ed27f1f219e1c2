package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// A run is one call of Collect.
type run struct {
	*Connector
	job     collector.Job
	store   collector.Store
	address *url.URL         // of the account
	last    memo             // what the last complete pass left
	pos     position         // what comes after the pages stored so far
	cursor  collector.Cursor // what Collect returns

	posts map[string]bool // that were sent
	pages map[string]bool // that were asked for
	page  collector.Page  // the page at hand
	age   time.Duration   // for how long the first page says that it is good
}

// read reads page after page until the pass is complete.
func (r *run) read(ctx context.Context) error {
	for {
		done, err := r.readPage(ctx)
		if err != nil {
			if r.pos.Page > 1 {
				return fmt.Errorf("read page %d: %w", r.pos.Page, err)
			}
			return fmt.Errorf("read feed: %w", err)
		}
		if done {
			r.leave()
			r.cursor = ""
			return nil
		}
		r.cursor = r.pos.cursor()
	}
}

// readPage reads the page that comes next, stores it and moves on. It says
// whether it was the last.
func (r *run) readPage(ctx context.Context) (done bool, err error) {
	u, err := parseAddress(r.pos.Next)
	if err != nil {
		return false, err
	}
	r.pages[u.String()] = true
	known := r.known()
	a, way, err := r.fetch(ctx, u, known)
	if err != nil {
		return false, err
	}
	first := r.pos.Page == 1
	switch {
	case a.Status == http.StatusNotModified && known != (validators{}):
		return true, r.unchanged(ctx, a)
	case first && r.pos.Next == r.last.Address && (a.Status == http.StatusNotFound || a.Status == http.StatusGone):
		// It has not moved for good after all.
		r.pos.Next, r.last.Address, r.last.validators = r.job.Account.URL, "", validators{}
		return r.readPage(ctx)
	case !first && (a.Status == http.StatusNotFound || a.Status == http.StatusGone):
		// WordPress says by this that there are no more pages.
		if !r.pos.Guessed {
			r.warn("list of items ends before its end: the next page is not there", "page", r.pos.Page)
		}
		return true, r.flush(ctx, a, "")
	case a.Status != http.StatusOK && a.Status != http.StatusNonAuthoritativeInfo:
		return false, r.refusal(a)
	}
	doc, err := parse(a.Body, a.Header.Get("Content-Type"))
	switch {
	case err != nil && r.pos.Guessed && way.strayed && errors.Is(err, errNoFeed):
		// We asked for a page that nobody promised, and were led to another.
		return true, r.flush(ctx, a, "")
	case err != nil:
		return false, fmt.Errorf("%w: %s", collector.ErrTransient, a.Excerpt(err.Error()))
	}
	if first {
		r.begin(a, way, doc)
	}
	base := a.URL
	if home := resolve(doc.home, base); home != "" {
		base, _ = url.Parse(home)
	}
	before := len(r.posts)
	published := r.add(doc, base, a.At)
	next, guessed := r.next(doc, a)
	if len(r.posts) == before && guessed || r.deepEnough(published) {
		next = "" // the site shows one page under any number; or we are deep enough
	}
	r.pos.Next, r.pos.Guessed = next, guessed
	r.pos.Page++
	if next == "" {
		return true, r.flush(ctx, a, "")
	}
	return false, r.flush(ctx, a, r.pos.cursor())
}

// known returns what to ask with whether the feed has changed: nothing where
// the last answer covers less than is due now, or is too old.
func (r *run) known() validators {
	if r.pos.Page > 1 || r.job.Depth.Before(r.last.Depth) || r.last.Full.IsZero() ||
		r.now().Sub(r.last.Full) >= orDefault(r.FullEvery, DefaultFullEvery) {
		return validators{}
	}
	return r.last.validators
}

// unchanged completes the pass after "not modified".
func (r *run) unchanged(ctx context.Context, a *api.Answer) error {
	r.pos.Memo = r.last
	r.pos.Memo.Read = a.At
	r.age = cacheAge(a.Header)
	return r.flush(ctx, a, "")
}

// begin takes what the first page says of the whole feed.
func (r *run) begin(a *api.Answer, way *trail, doc *document) {
	m := memo{
		Account: r.job.Account.URL,
		Address: r.last.Address,
		Read:    a.At,
		Full:    a.At,
		Depth:   r.pos.Depth,
		Manners: doc.manners,
		Undated: r.last.Undated,
	}
	m.validators = validatorsOf(a.Header)
	handle := r.job.Account.Handle
	if way.moved != nil {
		handle = schema.FeedHandle(way.moved.String())
		if site(way.moved) == site(r.address) {
			m.Address = way.moved.String()
		} else {
			r.warn("feed has moved for good: change the account's address, if that is right", "host", way.moved.Hostname())
		}
	}
	r.pos.Memo = m
	r.age = cacheAge(a.Header)
	r.page.Profiles = append(r.page.Profiles, schema.AccountObservation{
		AccountID:  r.job.Account.ID,
		Platform:   schema.Feed,
		ObservedAt: a.At,
		Name:       posttext.Valid(clip(readHTML(doc.title, nil).text, 1<<10)),
		Handle:     handle,
		Bio:        posttext.Valid(clip(readHTML(doc.about, nil).text, 8<<10)),
		Link:       resolve(doc.home, a.URL),
		AvatarURL:  resolve(doc.image, a.URL),
		RunID:      r.job.RunID,
	})
}

// next returns the address of the page after this one, and whether that is a
// guess: WordPress does not tell it.
func (r *run) next(doc *document, a *api.Answer) (address string, guessed bool) {
	if r.pos.Page >= maxPages || len(doc.entries) == 0 {
		return "", false
	}
	if told := resolve(doc.next, a.URL); told != "" {
		u, err := url.Parse(told)
		switch {
		case err != nil || check(u) != nil:
			return "", false
		case site(u) != site(a.URL) && site(u) != site(r.address):
			r.warn("list of items ends: the next page is on another site", "host", u.Hostname())
			return "", false
		case r.pages[u.String()]:
			return "", false // it leads in a circle
		}
		return told, false
	}
	if !strings.Contains(strings.ToLower(doc.generator), "wordpress.org") {
		return "", false
	}
	u := *a.URL
	q := u.Query()
	q.Set("paged", strconv.Itoa(r.pos.Page+1))
	u.RawQuery = q.Encode()
	return u.String(), true
}

// deepEnough says whether the list has come below the depth of the pass: when
// every item of a page that has a date is older. The order of items is not
// promised, so a single one says nothing.
func (r *run) deepEnough(published []time.Time) bool {
	for _, t := range published {
		if !t.Before(r.pos.Depth) {
			return false
		}
	}
	return len(published) > 0
}

// flush stores the page at hand, with the answer it came from, and begins the
// next.
func (r *run) flush(ctx context.Context, a *api.Answer, next collector.Cursor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	r.page.Next = next
	if err := r.store(ctx, r.page); err != nil {
		return fmt.Errorf("store page of %d items: %w", len(r.page.Posts), err)
	}
	r.page = collector.Page{}
	return nil
}

// leave hands over what the next pass should know, and when the feed wants it.
func (r *run) leave() {
	m := &r.pos.Memo
	m.forget()
	if r.job.Leave != nil {
		r.job.Leave(m.String())
	}
	if t := m.Manners.next(m.Read, r.age); !t.IsZero() {
		r.rest(t)
	}
}

func (r *run) rest(until time.Time) {
	if r.job.OnRest != nil {
		r.job.OnRest(until)
	}
}

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.warn(msg, args...)
}
