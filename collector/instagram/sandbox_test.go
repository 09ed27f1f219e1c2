package instagram

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 9, 1, 9, 30, 0, 0, time.UTC)

// sandboxAccount returns the first account that may be read in the given way
// and has posts enough.
func sandboxAccount(t *testing.T, w *instagram.World, access schema.Access) schema.Account {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Access == access && len(w.Posts(a.Handle, sandboxNow)) > 150 {
			return schema.Account{ID: schema.AccountID("acc-" + a.Handle), Platform: schema.Instagram, Handle: a.Handle, PlatformID: a.PlatformID, Access: access}
		}
	}
	t.Fatalf("the world has no account with %s access and enough posts", access)
	return schema.Account{}
}

// startSandbox returns a sandbox whose clock moves on with each request.
func startSandbox(t *testing.T) (*sandboxtest.Instagram, *Connector) {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartInstagram(t, instagram.Options{Now: func() time.Time {
		clock.Advance(time.Second)
		return clock.Now()
	}})
	return s, &Connector{
		BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Skew: time.Hour, OfficeUserID: s.OfficeUserID(), Log: quiet,
		Token: func(context.Context, schema.Account) (string, error) { return s.Token(), nil },
	}
}

func TestSandboxTruth(t *testing.T) {
	for _, access := range []schema.Access{schema.AccessOwner, schema.AccessPublic} {
		t.Run(string(access), func(t *testing.T) {
			s, c := startSandbox(t)
			a := sandboxAccount(t, s.World, access)
			all := s.World.Posts(a.Handle, sandboxNow)
			depth := all[120].PublishedAt
			m, cur, err := collect(t, c, collector.Job{Account: a, Depth: depth})
			if err != nil || cur != "" {
				t.Fatalf("Collect: cursor %q, error %v", cur, err)
			}
			got := m.all()
			if got.Skipped != 0 || len(got.Posts) <= 120 {
				t.Errorf("%d posts, %d skipped", len(got.Posts), got.Skipped)
			}
			for i, p := range got.Posts {
				want := all[i]
				if p.PostID != want.PostID || p.NativeID != want.NativeID || p.Text != want.Text || p.Permalink != want.Permalink || !p.PublishedAt.Equal(want.PublishedAt) {
					t.Fatalf("post %d: got %+v, want %+v", i, p, want)
				}
			}
			insights := 0
			for _, o := range got.Observations {
				truth, ok := s.World.Truth(a.Handle, o.PostID, o.ObservedAt)
				if !ok {
					t.Fatalf("reading of an unknown post: %+v", o)
				}
				var want schema.Counters
				switch {
				case o.Call == callInsights:
					insights++
					want = schema.Counters{Reach: truth.Reach, Views: truth.Views, Shares: truth.Shares, Saves: truth.Saves,
						Impressions: truth.Impressions, WatchSeconds: truth.WatchSeconds}
				case access == schema.AccessPublic:
					want = schema.Counters{Reactions: truth.Reactions, Comments: truth.Comments, Views: o.Views}
					if o.Views != nil && *o.Views != *truth.Views {
						t.Errorf("views of %s: got %d, want %d", o.PostID, *o.Views, *truth.Views)
					}
				default:
					want = schema.Counters{Reactions: truth.Reactions, Comments: truth.Comments}
				}
				if d := cmp.Diff(want, o.Counters); d != "" {
					t.Fatalf("%s of %s at %v (-truth +got):\n%s", o.Call, o.PostID, o.ObservedAt, d)
				}
				for name, n := range o.Extra {
					if want, ok := truth.Platform[name]; ok && n != want {
						t.Fatalf("%s of %s: got %d, want %d", name, o.PostID, n, want)
					}
				}
			}
			if access == schema.AccessOwner && insights < 100 {
				t.Errorf("insights of %d posts only", insights)
			}
			p := got.Profiles[0]
			truth := s.World.Profile(a.Handle, p.ObservedAt)
			if d := cmp.Diff(truth.Followers, p.Followers); d != "" || *p.Posts != *truth.Posts || p.Handle != a.Handle {
				t.Errorf("profile %+v, want %+v", p, truth)
			}
		})
	}
}

func TestSandboxFaults(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	posts := s.World.Posts(a.Handle, sandboxNow)
	c.PageSize = 10
	job := collector.Job{Account: a, Depth: posts[25].PublishedAt}
	run := func(name string, want collector.Outcome) (*memory, error) {
		t.Helper()
		m, _, err := collect(t, c, job)
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), s.Token()) {
			t.Errorf("%s: token in error %v", name, err)
		}
		return m, err
	}

	for _, subcode := range []int{458, 459, 460, 463, 464, 467, 492} {
		s.Faults.KillToken(subcode, time.Time{})
		run("dead token", collector.OutcomeReconnect)
	}
	s.Faults.Clear()

	s.Faults.Spoil(instagram.LimitReached(a.PlatformID, 17, http.StatusForbidden).At(instagram.OnEdge("insights")))
	_, err := run("quota", collector.OutcomeWait)
	if limit, ok := err.(interface{ Unwrap() error }); !ok || !strings.Contains(err.Error(), "retry after 17m0s") {
		t.Errorf("quota: error %v of %T, want a wait of 17 minutes", err, limit)
	}
	s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(instagram.OnEdge("media")))
	run("trouble", collector.OutcomeRetry)
	s.Faults.Spoil(sandbox.HTMLPage(http.StatusOK).At(instagram.OnEdge("media")))
	run("HTML", collector.OutcomeRetry)
	s.Faults.Spoil(instagram.Refused(instagram.NotEnoughViewers()).At(instagram.OnEdge("insights")))
	if m, _ := run("few viewers", collector.OutcomeOK); m.all().Skipped != 1 {
		t.Errorf("few viewers: %d skipped, want 1", m.all().Skipped)
	}
	s.Faults.DeleteAfterListing(posts[3].PostID)
	if m, _ := run("deleted between", collector.OutcomeOK); m.all().Skipped != 1 {
		t.Errorf("deleted between: %d skipped, want 1", m.all().Skipped)
	}
	s.Faults.RefuseMetric("reposts")
	s.Faults.RefuseMetric("follows")
	if m, _ := run("refused metrics", collector.OutcomeOK); m.all().Skipped != 1 || len(m.calls(callInsights)) < 25 {
		t.Errorf("refused metrics: %d skipped, insights of %d", m.all().Skipped, len(m.calls(callInsights)))
	}
	s.Faults.ProfessionalSince(a.Handle, posts[4].PublishedAt)
	if m, _ := run("professional since", collector.OutcomeOK); len(m.calls(callInsights)) == 0 || len(m.calls(callInsights)) > 5 {
		t.Errorf("professional since: insights of %d", len(m.calls(callInsights)))
	}
	s.Faults.Clear()
	s.Faults.CloseAccount(a.Handle)
	run("closed", collector.OutcomeGone)
	s.Faults.Clear()

	public := sandboxAccount(t, s.World, schema.AccessPublic)
	job = collector.Job{Account: public, Depth: s.World.Posts(public.Handle, sandboxNow)[25].PublishedAt}
	run("discovery", collector.OutcomeOK)
	s.Faults.CloseAccount(public.Handle)
	run("discovery of a closed account", collector.OutcomeGone)
}

// TestSandboxCursorDies deletes a post between two pages: the one that the
// platform's cursor points to.
func TestSandboxCursorDies(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	posts := s.World.Posts(a.Handle, sandboxNow)
	c.PageSize = 10
	m := new(memory)
	cur, err := c.Collect(t.Context(), collector.Job{Account: a, Depth: posts[35].PublishedAt, InsightsDue: none},
		func(ctx context.Context, p collector.Page) error {
			if len(m.pages) == 0 {
				s.Faults.DeleteMedia(posts[9].PostID)
			}
			return m.store(ctx, p)
		})
	if err != nil || cur != "" || len(m.calls(callMedia)) < 36 {
		t.Errorf("Collect: %d posts, cursor %q, error %v, want 36 or more", len(m.calls(callMedia)), cur, err)
	}
}

func TestContractSandbox(t *testing.T) {
	w := sandboxtest.InstagramWorld()
	a := sandboxAccount(t, w, schema.AccessOwner)
	posts := w.Posts(a.Handle, sandboxNow)
	s := instagram.New(instagram.Options{World: w, Now: func() time.Time { return sandboxNow }, AccountCalls: 1 << 30})
	set := setup(a, 2)
	set.Platform, set.Now, set.Depth = s, sandboxNow, posts[2].PublishedAt.Add(time.Second)
	set.Secrets = []string{s.Token()}
	set.New = func(_ *testing.T, o collectortest.Options) collector.Connector {
		return &Connector{BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: 2,
			Token: func(context.Context, schema.Account) (string, error) { return s.Token(), nil }}
	}
	set.Hidden = collectortest.Hidden{PostID: posts[0].PostID, Call: callMedia, Counter: func(c schema.Counters) *int64 { return c.Views }}
	collectortest.Run(t, set)
}

// TestSandboxRandomFaults spoils six of a page's hundred insights, and then the
// first six in a row: one run reads them all, and asks for none that it has.
func TestSandboxRandomFaults(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	posts := s.World.Posts(a.Handle, sandboxNow)
	due := map[string]bool{}
	for _, p := range posts[:100] {
		due[p.PostID] = true
	}
	read := func(name string, most int) {
		t.Helper()
		m, cur, err := collect(t, c, collector.Job{Account: a, Depth: posts[99].PublishedAt.Add(time.Second), InsightsDue: func(p schema.Post) bool { return due[p.PostID] }})
		calls := m.all().Calls - 2
		if err != nil || cur != "" || len(m.calls(callInsights)) != 100 || calls < 106 || calls > most || s.Faults.Pending() != 0 {
			t.Errorf("%s: insights of %d posts after %d calls, %d faults left, cursor %q, error %v; want 100 and no more than %d calls",
				name, len(m.calls(callInsights)), calls, s.Faults.Pending(), cur, err, most)
		}
	}
	for _, i := range []int{3, 20, 21, 50, 77, 99} {
		id := posts[i].NativeID
		s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+id+"/insights") }))
	}
	read("here and there", 106)
	for range 6 {
		s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(instagram.OnEdge("insights")))
	}
	read("in a row", 106)

	s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(instagram.OnEdge("insights")).For(-1))
	m, cur, err := collect(t, c, collector.Job{Account: a, Depth: posts[99].PublishedAt})
	if n := m.all().Calls - 2; collector.OutcomeOf(err) != collector.OutcomeRetry || cur == "" || n > 3*(3+4) {
		t.Errorf("without end: %d calls, cursor %q, error %v; want few and a try later", n, cur, err)
	}
}
