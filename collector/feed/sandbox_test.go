package feed

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	sandboxfeed "github.com/hamawaz/hamawaz/collector/sandbox/feed"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 9, 1, 9, 30, 0, 0, time.UTC)

// A reader reads a sandbox.
type reader struct {
	t     *testing.T
	s     *sandboxtest.Feed
	clock *sandboxtest.Clock
	conn  *Connector
	left  map[schema.AccountID]string
}

func startReader(t *testing.T) *reader {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartFeed(t, sandboxfeed.Options{Now: clock.Now})
	return &reader{t, s, clock, &Connector{BaseURL: s.URL, Now: clock.Now, Skew: time.Hour, Log: slog.New(slog.DiscardHandler)}, map[schema.AccountID]string{}}
}

func registered(a sandbox.Account) schema.Account {
	return schema.Account{ID: schema.AccountID("acc-" + a.Handle), Platform: schema.Feed, Handle: a.Handle, Name: a.Name, URL: a.URL, Access: a.Access}
}

// account returns one of the world's websites.
func (r *reader) account(name string) sandbox.Account {
	r.t.Helper()
	for _, a := range r.s.World.Accounts() {
		if strings.HasPrefix(a.Handle, name+".") {
			return a
		}
	}
	r.t.Fatalf("no website %s", name)
	return sandbox.Account{}
}

// read does one pass from the top and returns all that it brought.
func (r *reader) read(a sandbox.Account, depth time.Time) (collector.Page, error) {
	r.t.Helper()
	var all collector.Page
	id := registered(a).ID
	left := r.left[id]
	cur, err := r.conn.Collect(r.t.Context(), collector.Job{Account: registered(a), Depth: depth, Left: r.left[id], Leave: func(s string) { left = s }},
		func(_ context.Context, p collector.Page) error {
			all.Posts = append(all.Posts, p.Posts...)
			all.Observations = append(all.Observations, p.Observations...)
			all.Profiles = append(all.Profiles, p.Profiles...)
			all.Raw = append(all.Raw, p.Raw...)
			all.Calls += p.Calls
			all.Skipped += p.Skipped
			return nil
		})
	if err == nil && cur == "" {
		r.left[id] = left
	}
	return all, err
}

// compare holds what one pass brought against the truth.
func (r *reader) compare(a sandbox.Account, got collector.Page, at time.Time) {
	r.t.Helper()
	truth := r.s.World.Posts(a.Handle, at)
	posts := map[string]sandbox.Post{}
	for _, p := range truth {
		posts[p.PostID] = p
	}
	if len(got.Posts) != len(truth) || len(got.Observations) != len(truth) || got.Skipped != 0 {
		r.t.Errorf("%s: %d posts, %d readings, %d skipped, want %d posts", a.Handle, len(got.Posts), len(got.Observations), got.Skipped, len(truth))
	}
	for _, p := range got.Posts {
		want := posts[p.PostID]
		if d := cmp.Diff(want, sandbox.Post{PostID: p.PostID, NativeID: p.NativeID, Text: p.Text, Permalink: p.Permalink, Format: p.Format, PublishedAt: p.PublishedAt}); d != "" {
			r.t.Fatalf("%s: post (-truth +got):\n%s", a.Handle, d)
		}
		tr, _ := r.s.World.Truth(a.Handle, p.PostID, at)
		length, episode := tr.Platform["itunes:duration"]
		if !strings.HasPrefix(p.ThumbnailURL, r.s.URL+"/pictures/") || (p.Seconds != nil) != episode || episode && *p.Seconds != length {
			r.t.Fatalf("%s: post %s has the picture %q and lasts %v seconds, want one of the sandbox and %d", a.Handle, p.PostID, p.ThumbnailURL, p.Seconds, length)
		}
	}
	for _, o := range got.Observations {
		truth, ok := r.s.World.Truth(a.Handle, o.PostID, o.ObservedAt)
		if !ok {
			r.t.Fatalf("%s: reading of an item that is not out: %+v", a.Handle, o)
		}
		want := schema.Counters{}
		if len(r.s.World.Told(a, posts[o.PostID], o.Call)) > 0 {
			want.Comments = truth.Comments
		}
		if d := cmp.Diff(want, o.Counters); d != "" {
			r.t.Fatalf("%s: %s at %s (-truth +got):\n%s", a.Handle, o.PostID, o.ObservedAt, d)
		}
		for name, n := range o.Extra {
			if truth.Platform[name] != n {
				r.t.Fatalf("%s: %s of %s: got %d, want %d", a.Handle, name, o.PostID, n, truth.Platform[name])
			}
		}
	}
}

// Every website is read in full: all items that are out, with every counter as
// it was in its second.
func TestSandboxTruth(t *testing.T) {
	r := startReader(t)
	for _, a := range r.s.World.Accounts() {
		got, err := r.read(a, time.Time{})
		if err != nil {
			t.Fatalf("%s: %v", a.Handle, err)
		}
		r.compare(a, got, sandboxNow)
		p := got.Profiles[0]
		if p.Name != a.Name || p.Bio != a.Bio || p.Handle != a.Handle || p.Followers != nil || p.Posts != nil || !strings.HasPrefix(p.Link, "https://"+a.Handle) {
			t.Errorf("profile of %s: %+v", a.Handle, p)
		}
	}
}

// A month of hourly passes: what is not modified brings nothing, and in the end
// every item that came out, and its last wording, was seen.
func TestSandboxMonth(t *testing.T) {
	r := startReader(t)
	for _, a := range r.s.World.Accounts() {
		r.clock.Set(sandboxNow)
		seen := map[string]string{}
		quiet, edits := 0, 0
		for hour := range 30 * 24 {
			at := sandboxNow.Add(time.Duration(hour) * time.Hour)
			r.clock.Set(at)
			got, err := r.read(a, at.Add(-7*24*time.Hour))
			if err != nil {
				t.Fatalf("%s, hour %d: %v", a.Handle, hour, err)
			}
			if len(got.Posts) == 0 {
				quiet++
				if len(got.Profiles)+len(got.Observations) > 0 || got.Calls != 1 {
					t.Fatalf("%s, hour %d: not modified, but rows: %+v", a.Handle, hour, got)
				}
			}
			for _, p := range got.Posts {
				if old, ok := seen[p.PostID]; ok && old != p.Text {
					edits++
				}
				seen[p.PostID] = p.Text
			}
		}
		end := sandboxNow.Add(30*24*time.Hour - time.Hour)
		for _, p := range r.s.World.Posts(a.Handle, end) {
			if p.PublishedAt.After(sandboxNow) && seen[p.PostID] != p.Text {
				t.Errorf("%s: item %s of %s: have %q, want %q", a.Handle, p.PostID, p.PublishedAt, seen[p.PostID], p.Text)
			}
		}
		if quiet == 0 || (edits > 0) != strings.HasPrefix(a.Handle, "newsroom") {
			t.Errorf("%s: %d quiet hours, %d edits", a.Handle, quiet, edits)
		}
	}
}

// The blog's validators say nothing of its comments, as WordPress's do not.
// They are read all the same, every FullEvery.
func TestSandboxComments(t *testing.T) {
	r := startReader(t)
	a := r.account("khabar")
	readings := map[time.Time]bool{}
	for hour := range 24 {
		r.clock.Set(sandboxNow.Add(time.Duration(hour) * time.Hour))
		got, err := r.read(a, sandboxNow.Add(-24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got.Observations {
			readings[o.ObservedAt] = true
		}
	}
	if len(readings) < 4 || len(readings) > 8 {
		t.Errorf("in a day the comments are read at %d moments, want one in each 6 hours and one after each new item", len(readings))
	}
}

func TestSandboxFaults(t *testing.T) {
	r := startReader(t)
	a := r.account("khabar")
	faults := r.s.Faults
	arabic := strings.NewReplacer("ی", "ي")
	fine := func(name string, normal func(string) string) {
		t.Helper()
		r.left = map[schema.AccountID]string{}
		got, err := r.read(a, sandboxNow.Add(-time.Hour))
		if err != nil || len(got.Posts) != sandboxfeed.DefaultPageSize {
			t.Fatalf("%s: %d posts, error %v", name, len(got.Posts), err)
		}
		for i, want := range r.s.World.Posts(a.Handle, sandboxNow)[:len(got.Posts)] {
			if normal(got.Posts[i].Text) != normal(want.Text) || got.Posts[i].PostID != want.PostID {
				t.Errorf("%s: got %q, want %q", name, got.Posts[i].Text, want.Text)
			}
		}
	}
	same := func(s string) string { return s }
	for name, f := range map[string]sandbox.Fault{"Windows-1256": sandboxfeed.Windows1256(), "Windows-1256 under a wrong label": sandboxfeed.Unlabelled()} {
		faults.Spoil(f)
		fine(name, arabic.Replace)
	}
	faults.Spoil(sandboxfeed.WrongCharset())
	fine("UTF-8 under wrong labels", same)
	faults.Move("khabar")
	fine("moved for good", same)
	faults.Clear()

	for name, f := range map[string]sandbox.Fault{
		"HTML page": sandbox.HTMLPage(http.StatusOK), "slow drip": sandbox.Drip(20 * time.Millisecond), "huge": sandbox.HugeBody(DefaultMaxBody),
		"reset": sandbox.Reset(1000), "cut": sandbox.CutBody(2000), "slow": sandbox.Slow(time.Second),
	} {
		// On a connection that was used before, HTTP asks again by itself.
		r.conn = &Connector{BaseURL: r.s.URL, Now: r.clock.Now, Skew: time.Hour, Timeout: 300 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
		r.left = map[schema.AccountID]string{}
		faults.Spoil(f)
		got, err := r.read(a, sandboxNow.Add(-time.Hour))
		if collector.OutcomeOf(err) != collector.OutcomeRetry || len(got.Posts) != 0 {
			t.Errorf("%s: %d posts, error %v, want none and a retry", name, len(got.Posts), err)
		}
		if faults.Pending() != 0 {
			t.Errorf("%s was not used", name)
		}
		faults.Drop()
	}
	r.conn = &Connector{BaseURL: r.s.URL, Now: r.clock.Now, Skew: time.Hour, Log: slog.New(slog.DiscardHandler)}
	faults.Kill("khabar")
	if _, err := r.read(a, time.Time{}); collector.OutcomeOf(err) != collector.OutcomeGone {
		t.Errorf("dead feed: %v, want gone", err)
	}
	faults.Clear()
	fine("well again", same)
}

// A website that is an address of people leads nowhere by itself: the account
// needs the feed's.
func TestSandboxHomePage(t *testing.T) {
	r := startReader(t)
	a := r.account("radio")
	a.URL = "https://" + a.Handle + "/feeds/radio/"
	if _, err := r.read(a, time.Time{}); collector.OutcomeOf(err) != collector.OutcomeRetry || !strings.Contains(err.Error(), "no feed") {
		t.Errorf("home page: %v, want a retry, and the words that it is no feed", err)
	}
}
