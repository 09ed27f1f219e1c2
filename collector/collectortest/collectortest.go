// Package collectortest holds the checks that every connector must pass: what
// the collector's contract promises, tried over real HTTP against a platform
// that fails at every request in turn.
package collectortest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// A Setup is a connector and a platform for it to read.
type Setup struct {
	// Platform answers as the platform does when all is well: the same every
	// time, and whole. It should show a few posts on two pages or more, since
	// the checks repeat a pass for each byte of an answer. It must not depend
	// on anything outside itself.
	Platform http.Handler

	// New returns the connector under test, set up for the options.
	New func(t *testing.T, o Options) collector.Connector

	Account schema.Account
	Depth   time.Time // of the job; zero: everything
	Now     time.Time // what Options.Now shows; required

	// Secrets are what may not show up anywhere: the token that New hands to
	// the connector, and what Platform writes into its answers.
	Secrets []string

	// Hidden is a counter that Platform does not tell of one post.
	Hidden Hidden

	// Unauthorized and RateLimited answer as the platform does when the token
	// is dead and when the quota is used up. Default: the bare status 401, and
	// 429 with Retry-After.
	Unauthorized, RateLimited http.HandlerFunc

	// List says which requests ask for a page of the list of posts. Default:
	// all of them.
	List func(*http.Request) bool

	// Resend is how many posts of stored pages a run may send again when it
	// goes on after an error; below zero: any number, for platforms whose list
	// can only be read from the top.
	Resend int
}

// Options are what a connector is to be set up with.
type Options struct {
	BaseURL string
	HTTP    *http.Client
	Now     func() time.Time
	Log     *slog.Logger
	MaxBody int64 // the largest answer to be read, in bytes
}

// Hidden names a counter of a post.
type Hidden struct {
	PostID  string
	Call    string
	Counter func(schema.Counters) *int64
}

// maxBody is far more than an answer of a Setup needs.
const maxBody = 1 << 20

// Run holds a connector to the contract.
func Run(t *testing.T, s Setup) {
	t.Helper()
	if s.Unauthorized == nil {
		s.Unauthorized = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	}
	if s.RateLimited == nil {
		s.RateLimited = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	if s.List == nil {
		s.List = func(*http.Request) bool { return true }
	}
	want := newBench(t, s).complete("")
	if len(want.posts) < 2 || want.pages < 2 {
		t.Fatalf("platform shows %d posts on %d pages, the checks need 2 of each", len(want.posts), want.pages)
	}

	t.Run("same again", func(t *testing.T) { sameAgain(t, s, want) })
	t.Run("missing counter", func(t *testing.T) { missingCounter(t, s, want) })
	t.Run("store fails", func(t *testing.T) { storeFails(t, s, want) })
	t.Run("request fails", func(t *testing.T) { requestFails(t, s, want) })
	t.Run("cut bodies", func(t *testing.T) { cutBodies(t, s, want) })
	t.Run("wrong types", func(t *testing.T) { wrongTypes(t, s, want) })
	t.Run("stops with the context", func(t *testing.T) { stops(t, s, want) })
}

// sameAgain checks that a second pass brings the same rows under the same keys.
func sameAgain(t *testing.T, s Setup, want *kept) {
	got := newBench(t, s).complete("")
	if d := gocmp.Diff(want.rows(s.Depth), got.rows(s.Depth)); d != "" {
		t.Errorf("a second pass brings other rows (-first +second):\n%s", d)
	}
	for id, n := range want.times {
		if n != 1 {
			t.Errorf("post %s was sent %d times in one pass", id, n)
		}
	}
}

// missingCounter checks that a counter that was not told is unknown.
func missingCounter(t *testing.T, s Setup, want *kept) {
	for k, o := range want.observations {
		if k.post == s.Hidden.PostID && k.call == s.Hidden.Call {
			if v := s.Hidden.Counter(o.Counters); v != nil {
				t.Errorf("hidden counter of post %s is %d, want nil", k.post, *v)
			}
			return
		}
	}
	t.Errorf("no observation of post %s by call %q", s.Hidden.PostID, s.Hidden.Call)
}

// storeFails refuses each page in turn.
func storeFails(t *testing.T, s Setup, want *kept) {
	broken := errors.New("disk full")
	for n := range want.pages {
		b := newBench(t, s)
		b.refuse, b.refusal = n, broken
		cur, err := b.collect(t.Context(), "")
		if !errors.Is(err, broken) {
			t.Errorf("page %d is refused: Collect returns %v, want the store's error", n, err)
		}
		b.resume(want, cur, fmt.Sprintf("page %d was refused", n))
	}
}

// requestFails lets each request fail in turn, in each way.
func requestFails(t *testing.T, s Setup, want *kept) {
	html := "<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>"
	tests := []struct {
		name string
		how  http.HandlerFunc
		want collector.Outcome
	}{
		{"unauthorized", s.Unauthorized, collector.OutcomeReconnect},
		{"rate limited", s.RateLimited, collector.OutcomeWait},
		{"status 503 with HTML", write(http.StatusServiceUnavailable, "text/html", html), collector.OutcomeRetry},
		{"status 200 with HTML", write(http.StatusOK, "application/json", html), collector.OutcomeRetry},
		{"nothing", write(http.StatusOK, "application/json", ""), collector.OutcomeRetry},
		{"no object", write(http.StatusOK, "application/json", `"hello"`), collector.OutcomeRetry},
		{"huge", write(http.StatusOK, "application/json", `{"a":"`+strings.Repeat("x", 2*maxBody)+`"}`), collector.OutcomeRetry},
		{"deep", write(http.StatusOK, "application/json", strings.Repeat(`{"data":`, 50_000)), collector.OutcomeRetry},
		{"gzip bomb", bomb, collector.OutcomeRetry},
		{"reset", reset, collector.OutcomeRetry},
		{"redirect elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.invalid/"+r.URL.Path, http.StatusFound)
		}, collector.OutcomeRetry},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for n := range want.requests {
				b := newBench(t, s)
				b.front.fail(n, tt.how)
				cur, err := b.collect(t.Context(), "")
				if got := collector.OutcomeOf(err); got != tt.want {
					t.Errorf("request %d fails: outcome %q of error %v, want %q", n, got, err, tt.want)
				}
				if limit, ok := errors.AsType[*collector.RateLimitError](err); ok && limit.RetryAfter <= 0 {
					t.Errorf("request %d fails: wait of %s", n, limit.RetryAfter)
				}
				b.resume(want, cur, fmt.Sprintf("request %d failed", n))
			}
		})
	}
}

// cutBodies ends each list at every byte, in ways that HTTP notices and in
// ways that it does not.
func cutBodies(t *testing.T, s Setup, want *kept) {
	b := newBench(t, s)
	for n, body := range want.lists {
		// Every byte of a short answer, 250 places of a long one.
		for at := 0; at < len(body); at += max(1, len(body)/250) {
			if len(bytes.TrimSpace(body[at:])) == 0 {
				continue // only white space is missing
			}
			cut := write(http.StatusOK, "application/json", string(body[:at]))
			if at%7 == 0 {
				cut = func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Length", strconv.Itoa(len(body)))
					w.Write(body[:at])
				}
			}
			b.renew()
			b.front.fail(n, cut)
			cur, err := b.collect(t.Context(), "")
			if got := collector.OutcomeOf(err); got != collector.OutcomeRetry {
				t.Fatalf("request %d cut at byte %d of %d: outcome %q of error %v, want %q", n, at, len(body), got, err, collector.OutcomeRetry)
			}
			for id := range b.kept.posts {
				if want.listOf[id] == n {
					t.Fatalf("request %d cut at byte %d of %d: post %s of the cut page was stored", n, at, len(body), id)
				}
			}
			b.resume(want, cur, fmt.Sprintf("request %d was cut at byte %d", n, at))
			if t.Failed() {
				return
			}
		}
	}
}

// wrongTypes gives every value of every answer every other type. Whatever the
// connector makes of that, it does not panic, and it goes on afterwards.
func wrongTypes(t *testing.T, s Setup, want *kept) {
	others := []any{nil, true, -1, 1e300, "x\x00\xff", []any{[]any{nil}}, map[string]any{"data": 1}}
	b := newBench(t, s)
	for n, body := range want.bodies {
		var v any
		if json.Unmarshal(body, &v) != nil {
			continue
		}
		holes(v, func(whole any) {
			for _, other := range others {
				text, err := json.Marshal(put(whole, other))
				if err != nil {
					t.Fatal(err)
				}
				b.renew()
				b.front.fail(n, write(http.StatusOK, "application/json", string(text)))
				b.collect(t.Context(), "")
				for id, p := range b.kept.posts {
					if id.post == "" || p.PublishedAt.IsZero() || strings.ContainsRune(p.Text, 0) {
						t.Errorf("request %d answers %.300s: stored post without id or time, or with NUL: %+v", n, text, p)
					}
				}
				for k, o := range b.kept.observations {
					for name, c := range counters(o.Counters) {
						if c != nil && *c < 0 {
							t.Errorf("request %d answers %.300s: %s of post %s is %d", n, text, name, k.post, *c)
						}
					}
				}
			}
		})
	}
}

// stops ends the context during each request and while each page is stored.
func stops(t *testing.T, s Setup, want *kept) {
	check := func(t *testing.T, b *bench, cur collector.Cursor, err error, when string) {
		t.Helper()
		if !errors.Is(err, context.Canceled) || collector.OutcomeOf(err) != collector.OutcomeInterruption {
			t.Errorf("%s: Collect returns %v, want %v", when, err, context.Canceled)
		}
		b.resume(want, cur, when)
	}
	for n := range want.requests {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(t, s)
		b.front.fail(n, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		cur, err := b.collect(ctx, "")
		check(t, b, cur, err, fmt.Sprintf("context ended during request %d", n))
	}
	for n := range want.pages - 1 {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(t, s)
		b.stored = func(page int) {
			if page == n {
				cancel()
			}
		}
		cur, err := b.collect(ctx, "")
		check(t, b, cur, err, fmt.Sprintf("context ended after page %d", n))
		if b.sentAfterEnd > 0 {
			t.Errorf("context ended after page %d: %d more pages were sent", n, b.sentAfterEnd)
		}
	}
}

// A bench is one connector at work on a platform.
type bench struct {
	t     testing.TB
	s     Setup
	front *front
	conn  collector.Connector
	log   *buffer
	kept  *kept

	refuse       int // the page to refuse; below zero: none
	refusal      error
	stored       func(page int)
	sentAfterEnd int
}

func newBench(t *testing.T, s Setup) *bench {
	b := &bench{t: t, s: s, log: new(buffer), kept: newKept(), refuse: -1}
	b.front = &front{Setup: s, fault: -1, kept: b.kept}
	srv := httptest.NewUnstartedServer(b.front)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.Start()
	t.Cleanup(srv.Close)
	b.conn = s.New(t, Options{
		BaseURL: srv.URL,
		HTTP:    srv.Client(),
		Now:     func() time.Time { return s.Now },
		Log:     slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		MaxBody: maxBody,
	})
	return b
}

// renew empties the store and the log. The connector stays: it keeps nothing.
func (b *bench) renew() {
	b.kept = newKept()
	b.front.renew(b.kept)
	b.log.reset()
}

// collect does one run and looks for secrets in all that it leaves.
func (b *bench) collect(ctx context.Context, cur collector.Cursor) (collector.Cursor, error) {
	b.t.Helper()
	page := 0
	cur, err := b.conn.Collect(ctx, collector.Job{Account: b.s.Account, Cursor: cur, RunID: "run-1", Depth: b.s.Depth},
		func(ctx context.Context, p collector.Page) error {
			if ctx.Err() != nil {
				b.sentAfterEnd++
			}
			b.noSecret("page", fmt.Sprintf("%+v", p))
			n := page
			page++
			if n == b.refuse {
				return b.refusal
			}
			b.kept.add(p, b.front.last())
			if b.stored != nil {
				b.stored(n)
			}
			return nil
		})
	if err != nil {
		b.noSecret("error", fmt.Sprintf("%v %+v", err, err))
	}
	b.noSecret("cursor", string(cur))
	b.noSecret("log", b.log.String())
	return cur, err
}

func (b *bench) noSecret(where, text string) {
	b.t.Helper()
	for _, s := range b.s.Secrets {
		if i := strings.Index(text, s); i >= 0 {
			b.t.Errorf("secret in %s: …%s…", where, text[max(0, i-80):min(len(text), i+len(s))])
		}
	}
}

// complete runs until the pass is complete, which is at once.
func (b *bench) complete(cur collector.Cursor) *kept {
	b.t.Helper()
	cur, err := b.collect(b.t.Context(), cur)
	if err != nil || cur != "" {
		b.t.Fatalf("Collect from a platform that is well: cursor %q, error %v", cur, err)
	}
	return b.kept
}

// resume goes on from cur with a platform that is well again, and compares
// what both runs brought with what one brings.
func (b *bench) resume(want *kept, cur collector.Cursor, when string) {
	b.t.Helper()
	before := maps.Clone(b.kept.times)
	b.front.fail(-1, nil)
	b.refuse, b.stored = -1, nil
	b.complete(cur)
	if d := gocmp.Diff(want.rows(b.s.Depth), b.kept.rows(b.s.Depth)); d != "" {
		b.t.Errorf("%s: going on from cursor %q does not bring what one pass brings (-one pass +both runs):\n%s", when, cur, d)
	}
	again := 0
	for id, n := range before {
		if b.kept.times[id] > n {
			again++
		}
	}
	if b.s.Resend >= 0 && again > b.s.Resend {
		b.t.Errorf("%s: going on from cursor %q sends %d stored posts again, want at most %d", when, cur, again, b.s.Resend)
	}
}

// front stands before the platform, counts its requests and answers one of
// them itself, each time that it comes: a connector may try again.
type front struct {
	Setup
	kept *kept

	mu       sync.Mutex
	n        int // requests seen
	fault    int // the request to answer; below zero: none
	how      http.HandlerFunc
	failed   string // the address of that request, once it has come
	lastList int
}

func (f *front) fail(n int, how http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n, f.fault, f.how, f.failed = 0, n, how, ""
}

func (f *front) renew(k *kept) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = k
}

func (f *front) last() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastList
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	n := f.n
	f.n++
	if n == f.fault {
		f.failed = r.URL.String()
	}
	// A redirect back to us brings a Referer, and its fault stays.
	fails := f.fault >= 0 && n >= f.fault && (r.URL.String() == f.failed || r.Referer() != "")
	how, kept := f.how, f.kept
	list := f.List(r)
	if list {
		f.lastList = n
	}
	f.mu.Unlock()
	w.Header().Set("Date", f.Now.UTC().Format(http.TimeFormat))
	for _, s := range f.Secrets {
		if strings.Contains(r.URL.String(), s) {
			http.Error(w, "a secret came in the address", http.StatusTeapot)
			return
		}
	}
	// A server notices that a client has gone only once it has read the body.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if fails {
		how(w, r)
		return
	}
	rec := httptest.NewRecorder()
	f.Platform.ServeHTTP(rec, r)
	body = rec.Body.Bytes()
	kept.answered(n, list, body)
	for k, v := range rec.Header() {
		if k != "Date" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(rec.Code)
	w.Write(body)
}

// kept is a store.
type kept struct {
	mu           sync.Mutex
	posts        map[postKey]schema.Post
	observations map[observationKey]schema.Observation
	profiles     map[profileKey]schema.AccountObservation
	times        map[postKey]int
	listOf       map[postKey]int // the request that listed the post
	pages        int

	requests int
	lists    map[int][]byte
	bodies   map[int][]byte
}

type (
	postKey struct {
		account schema.AccountID
		post    string
	}
	observationKey struct {
		account schema.AccountID
		post    string
		at      time.Time
		call    string
	}
	profileKey struct {
		account schema.AccountID
		at      time.Time
	}
)

func newKept() *kept {
	return &kept{
		posts:        make(map[postKey]schema.Post),
		observations: make(map[observationKey]schema.Observation),
		profiles:     make(map[profileKey]schema.AccountObservation),
		times:        make(map[postKey]int),
		listOf:       make(map[postKey]int),
		lists:        make(map[int][]byte),
		bodies:       make(map[int][]byte),
	}
}

func (k *kept) answered(n int, list bool, body []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests = max(k.requests, n+1)
	k.bodies[n] = body
	if list {
		k.lists[n] = body
	}
}

func (k *kept) add(p collector.Page, list int) {
	k.pages++
	for _, v := range p.Posts {
		id := postKey{v.AccountID, v.PostID}
		k.posts[id] = v
		k.times[id]++
		k.listOf[id] = list
	}
	for _, v := range p.Observations {
		k.observations[observationKey{v.AccountID, v.PostID, v.ObservedAt, v.Call}] = v
	}
	for _, v := range p.Profiles {
		k.profiles[profileKey{v.AccountID, v.ObservedAt}] = v
	}
}

// rows is what a database would hold. What lies beyond the depth comes along
// with the last page, wherever that ends, and is no promise.
func (k *kept) rows(depth time.Time) any {
	posts := slices.SortedFunc(maps.Values(k.posts), func(a, b schema.Post) int { return cmp.Compare(a.PostID, b.PostID) })
	observations := slices.SortedFunc(maps.Values(k.observations), func(a, b schema.Observation) int {
		return cmp.Or(cmp.Compare(a.PostID, b.PostID), cmp.Compare(a.Call, b.Call), a.ObservedAt.Compare(b.ObservedAt))
	})
	posts = slices.DeleteFunc(posts, func(p schema.Post) bool { return p.PublishedAt.Before(depth) })
	for i := range posts {
		posts[i].ThumbnailURL = "" // platforms sign it anew each time
	}
	observations = slices.DeleteFunc(observations, func(o schema.Observation) bool {
		return k.posts[postKey{o.AccountID, o.PostID}].PublishedAt.Before(depth)
	})
	profiles := slices.SortedFunc(maps.Values(k.profiles), func(a, b schema.AccountObservation) int {
		return a.ObservedAt.Compare(b.ObservedAt)
	})
	return []any{posts, observations, profiles}
}

func counters(c schema.Counters) map[string]*int64 {
	return map[string]*int64{
		"views": c.Views, "impressions": c.Impressions, "reach": c.Reach, "reactions": c.Reactions, "comments": c.Comments,
		"shares": c.Shares, "saves": c.Saves, "clicks": c.Clicks, "watch_seconds": c.WatchSeconds,
	}
}
