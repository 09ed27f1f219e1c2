package facebook

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 9, 1, 9, 30, 0, 0, time.UTC)

// sandboxAccount returns the first Page that may be read in the given way.
func sandboxAccount(t *testing.T, w *facebook.World, access schema.Access) schema.Account {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Access == access {
			return schema.Account{ID: schema.AccountID("acc-" + a.Handle), Platform: schema.Facebook, Handle: a.Handle, PlatformID: a.PlatformID, Access: access}
		}
	}
	t.Fatalf("the world has no Page with %s access", access)
	return schema.Account{}
}

// startSandbox returns a sandbox whose clock moves on with each request.
func startSandbox(t *testing.T) (*sandboxtest.Facebook, *Connector) {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartFacebook(t, facebook.Options{Now: func() time.Time {
		clock.Advance(time.Second)
		return clock.Now()
	}})
	return s, &Connector{
		BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Skew: time.Hour, Log: quiet, AppSecret: s.AppSecret(),
		Token: func(_ context.Context, a schema.Account) (string, error) {
			if a.Access == schema.AccessOwner {
				return s.PageToken(a.Handle), nil
			}
			return s.AppToken(), nil
		},
	}
}

func TestSandboxTruth(t *testing.T) {
	for _, access := range []schema.Access{schema.AccessOwner, schema.AccessPublic} {
		t.Run(string(access), func(t *testing.T) {
			s, c := startSandbox(t)
			a := sandboxAccount(t, s.World, access)
			all := s.World.Posts(a.Handle, sandboxNow)
			depth := all[220].PublishedAt
			m, cur, err := collect(t, c, collector.Job{Account: a, Depth: depth})
			if err != nil || cur != "" {
				t.Fatalf("Collect: cursor %q, error %v", cur, err)
			}
			got := m.all()
			if got.Skipped != 0 || len(got.Posts) <= 220 {
				t.Errorf("%d posts, %d skipped", len(got.Posts), got.Skipped)
			}
			for i, p := range got.Posts {
				if want := all[i]; p.PostID != want.PostID || p.NativeID != want.NativeID || p.Text != want.Text || p.Permalink != want.Permalink ||
					p.Format != want.Format || !p.PublishedAt.Equal(want.PublishedAt) || p.Relation != want.Relation || p.RelatedID != want.RelatedID ||
					(p.ThumbnailURL == "") != (p.Format == schema.FormatText) {
					t.Fatalf("post %d: got %+v, want %+v", i, p, want)
				}
			}
			insights, films, noShares := 0, 0, 0
			for _, o := range got.Observations {
				truth, ok := s.World.Truth(a.Handle, o.PostID, o.ObservedAt)
				if !ok {
					t.Fatalf("reading of an unknown post: %+v", o)
				}
				want := schema.Counters{Reactions: truth.Reactions, Comments: truth.Comments, Shares: truth.Shares}
				if o.Call == callInsights {
					insights++
					want = schema.Counters{Views: truth.Views, Reach: truth.Reach, Clicks: truth.Clicks, WatchSeconds: truth.WatchSeconds}
					if o.WatchSeconds != nil {
						films++
					}
				} else if *o.Shares == 0 {
					noShares++
				}
				if d := cmp.Diff(want, o.Counters); d != "" {
					t.Fatalf("%s of %s at %v (-truth +got):\n%s", o.Call, o.PostID, o.ObservedAt, d)
				}
				for name, n := range o.Extra {
					if want, ok := truth.Platform[name]; !ok || n != want {
						t.Fatalf("%s of %s: got %d, want %d, known %v", name, o.PostID, n, want, ok)
					}
				}
			}
			if access == schema.AccessOwner && (insights < 200 || films < 20) || access == schema.AccessPublic && insights > 0 || noShares == 0 {
				t.Errorf("insights of %d posts, %d of them films; %d posts without shares", insights, films, noShares)
			}
			p := got.Profiles[0]
			truth := s.World.Profile(a.Handle, p.ObservedAt)
			if d := cmp.Diff(truth.Followers, p.Followers); d != "" || p.Extra["fan_count"] >= *p.Followers || p.Handle != a.Handle || p.Verified == nil {
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
	list, insights := facebook.OnEdge("published_posts"), facebook.OnEdge("insights")
	run := func(name string, want collector.Outcome) (*memory, error) {
		t.Helper()
		m, _, err := collect(t, c, job)
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), s.PageToken(a.Handle)) {
			t.Errorf("%s: token in error %v", name, err)
		}
		return m, err
	}

	for _, subcode := range []int{458, 459, 460, 463, 464, 467, 492} {
		s.Faults.KillToken(subcode, time.Time{})
		run("dead token", collector.OutcomeReconnect)
	}
	s.Faults.Clear()
	s.Faults.Disconnect(a.Handle)
	run("lost role", collector.OutcomeReconnect)
	s.Faults.Clear()

	s.Faults.Spoil(facebook.LimitReached(a.PlatformID, 17, http.StatusForbidden).At(insights))
	if _, err := run("quota", collector.OutcomeWait); !strings.Contains(err.Error(), "retry after 17m0s") {
		t.Errorf("quota: error %v, want a wait of 17 minutes", err)
	}
	s.Faults.Spoil(facebook.Refused(facebook.PageLimit()).At(list))
	run("older quota", collector.OutcomeWait)
	s.Faults.Spoil(facebook.Refused(facebook.Trouble()).At(list))
	run("trouble", collector.OutcomeRetry)
	s.Faults.Spoil(sandbox.HTMLPage(http.StatusBadGateway).At(list))
	run("HTML", collector.OutcomeRetry)
	s.Faults.Spoil(facebook.WrongTypes().At(list))
	if m, _ := run("wrong types", collector.OutcomeOK); m.all().Skipped == 0 {
		t.Error("wrong types: nothing was counted")
	}

	s.Faults.DeleteAfterListing(posts[3].PostID)
	if m, _ := run("deleted between", collector.OutcomeOK); m.all().Skipped != 1 {
		t.Errorf("deleted between: %d skipped, want 1", m.all().Skipped)
	}
	s.Faults.Spoil(facebook.Refused(facebook.Missing()).At(insights))
	if m, _ := run("deleted between, without a subcode", collector.OutcomeOK); m.all().Skipped != 2 {
		t.Errorf("deleted between, without a subcode: %d skipped, want 2", m.all().Skipped)
	}
	s.Faults.Clear()

	s.Faults.NoValue("post_media_view")
	s.Faults.NoValue("post_reactions_by_type_total")
	m, _ := run("no value", collector.OutcomeOK)
	for id, o := range m.calls(callInsights) {
		if _, ok := o.Extra["post_reactions_by_type_total.like"]; ok || o.Views != nil || o.Reach == nil {
			t.Errorf("no value: %s has %+v", id, o)
		}
	}
	s.Faults.Followers(a.Handle, 90)
	if m, _ := run("less than 100 likes", collector.OutcomeOK); len(m.calls(callInsights)) != 0 || m.all().Skipped != 0 || *m.all().Profiles[0].Followers != 90 {
		t.Errorf("less than 100 likes: insights of %d, %d skipped", len(m.calls(callInsights)), m.all().Skipped)
	}
	s.Faults.Clear()

	s.Faults.RefuseMetric("post_total_media_view_unique")
	s.Faults.RefuseMetric("post_video_views_15s")
	if m, _ := run("refused metrics", collector.OutcomeOK); m.all().Skipped != 0 || len(m.calls(callInsights)) < 26 {
		t.Errorf("refused metrics: %d skipped, insights of %d", m.all().Skipped, len(m.calls(callInsights)))
	}
	s.Faults.Clear()

	// A whole page that we may not see, and one that is shorter for it.
	for _, p := range posts[10:23] {
		s.Faults.Withhold(p.PostID)
	}
	if m, _ := run("empty page", collector.OutcomeOK); len(m.pages) != 3 || len(m.pages[1].Posts) != 0 || len(m.pages[2].Posts) != 7 {
		t.Errorf("empty page: %d pages", len(m.pages))
	}
	s.Faults.Clear()
	s.Faults.HidePost(posts[1].PostID)
	s.Faults.ExpirePost(posts[2].PostID)
	m, _ = run("hidden and expired", collector.OutcomeOK)
	for _, p := range m.all().Posts {
		if want := map[string]schema.Absence{posts[1].PostID: schema.AbsencePrivate, posts[2].PostID: schema.AbsenceExpired}[p.PostID]; p.Absence != want || (p.DeletedAt != nil) != (want != "") {
			t.Errorf("hidden and expired: post %s is absent as %q since %v", p.PostID, p.Absence, p.DeletedAt)
		}
	}
	if rows := m.calls(callPosts); rows[posts[1].PostID].Extra["is_hidden"] != 1 || rows[posts[2].PostID].Extra["is_expired"] != 1 {
		t.Error("hidden and expired: not marked")
	}
	s.Faults.Clear()

	s.Faults.ForbidInsights(a.Handle)
	if m, err := run("insights forbidden", collector.OutcomeReconnect); !errors.Is(err, collector.ErrNoInsights) || len(m.all().Posts) < 26 {
		t.Errorf("insights forbidden: %d posts, error %v", len(m.all().Posts), err)
	}
	s.Faults.Clear()
	s.Faults.RefuseSummaries()
	if m, err := run("counts forbidden", collector.OutcomeReconnect); !errors.Is(err, collector.ErrNoInsights) || len(m.calls(callInsights)) < 26 || m.calls(callPosts)[posts[0].PostID].Reactions != nil {
		t.Errorf("counts forbidden: insights of %d posts, error %v", len(m.calls(callInsights)), err)
	}
	s.Faults.Clear()
	s.Faults.HideSummaries()
	if m, _ := run("counts hidden", collector.OutcomeOK); m.calls(callPosts)[posts[0].PostID].Comments != nil || m.calls(callPosts)[posts[0].PostID].Shares == nil {
		t.Error("counts hidden: they are known")
	}
	s.Faults.Clear()
	s.Faults.ClosePage(a.Handle)
	run("closed", collector.OutcomeGone)
	s.Faults.Clear()

	job.Account = sandboxAccount(t, s.World, schema.AccessPublic)
	job.Account.PlatformID = ""
	job.Depth = s.World.Posts(job.Account.Handle, sandboxNow)[25].PublishedAt
	run("public, by name", collector.OutcomeOK)
	c2 := &Connector{BaseURL: s.URL, HTTP: s.Client(), Now: c.Now, Skew: time.Hour, Log: quiet,
		Token: func(context.Context, schema.Account) (string, error) { return s.Token(), nil }}
	if _, _, err := collect(t, c2, job); collector.OutcomeOf(err) != collector.OutcomeFixRequest || !strings.Contains(err.Error(), "Pages Public Content Access") {
		t.Errorf("public, by a user's token without a proof: error %v", err)
	}
}

// TestSandboxQuota climbs to the end of a Page's calls and comes back when the
// header says so.
func TestSandboxQuota(t *testing.T) {
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartFacebook(t, facebook.Options{PageCalls: 30, Now: clock.Now})
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	c := &Connector{BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Log: quiet, PageSize: 10, Concurrency: 1,
		Token: func(context.Context, schema.Account) (string, error) { return s.PageToken(a.Handle), nil }}
	var percents []float64
	job := collector.Job{Account: a, Depth: s.World.Posts(a.Handle, sandboxNow)[35].PublishedAt, OnUsage: func(p float64) { percents = append(percents, p) }}
	seen := map[string]bool{}
	var wait time.Duration
	for runs := 0; ; runs++ {
		m, cur, err := collect(t, c, job)
		for id := range m.calls(callInsights) {
			seen[id] = true
		}
		job.Cursor = cur
		limit, limited := errors.AsType[*collector.RateLimitError](err)
		if !limited {
			if err != nil || runs == 0 {
				t.Fatalf("run %d: error %v", runs, err)
			}
			break
		}
		if runs > 4 || limit.RetryAfter < 20*time.Hour || limit.RetryAfter > 24*time.Hour {
			t.Fatalf("run %d: told to wait %s", runs, limit.RetryAfter)
		}
		wait += limit.RetryAfter
		clock.Advance(limit.RetryAfter)
	}
	if len(seen) < 36 || wait == 0 {
		t.Errorf("insights of %d posts after %s", len(seen), wait)
	}
	climbed := false
	for i, p := range percents {
		climbed = climbed || p == 100 && i > 0 && percents[i-1] < 100 && percents[i-1] > 75
	}
	if !climbed {
		t.Errorf("usage was told as %v", percents)
	}
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
				s.Faults.DeletePost(posts[9].PostID)
			}
			return m.store(ctx, p)
		})
	if err != nil || cur != "" || len(m.calls(callPosts)) < 36 {
		t.Errorf("Collect: %d posts, cursor %q, error %v, want 36 or more", len(m.calls(callPosts)), cur, err)
	}
}

func TestContractSandbox(t *testing.T) {
	for _, access := range []schema.Access{schema.AccessOwner, schema.AccessPublic} {
		t.Run(string(access), func(t *testing.T) {
			w := sandboxtest.FacebookWorld()
			a := sandboxAccount(t, w, access)
			posts := w.Posts(a.Handle, sandboxNow)
			s := facebook.New(facebook.Options{World: w, Now: func() time.Time { return sandboxNow }, PageCalls: 1 << 30, AppUsers: 1 << 20})
			token := s.AppToken()
			if access == schema.AccessOwner {
				token = s.PageToken(a.Handle)
			}
			set := setup(a)
			set.Platform, set.Now, set.Depth = s, sandboxNow, posts[2].PublishedAt.Add(time.Second)
			set.Secrets = []string{token, s.AppSecret()}
			set.New = func(_ *testing.T, o collectortest.Options) collector.Connector {
				return &Connector{BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: 2, AppSecret: s.AppSecret(),
					Token: func(context.Context, schema.Account) (string, error) { return token, nil }}
			}
			set.Hidden = collectortest.Hidden{PostID: posts[0].PostID, Call: callPosts, Counter: func(c schema.Counters) *int64 { return c.Views }}
			collectortest.Run(t, set)
		})
	}
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
		s.Faults.Spoil(facebook.Refused(facebook.Trouble()).At(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+id+"/insights") }))
	}
	read("here and there", 106)
	for range 6 {
		s.Faults.Spoil(facebook.Refused(facebook.Trouble()).At(facebook.OnEdge("insights")))
	}
	read("in a row", 106)

	s.Faults.Spoil(facebook.Refused(facebook.Trouble()).At(facebook.OnEdge("insights")).For(-1))
	m, cur, err := collect(t, c, collector.Job{Account: a, Depth: posts[99].PublishedAt})
	if n := m.all().Calls - 2; collector.OutcomeOf(err) != collector.OutcomeRetry || cur == "" || n > 3*(3+4) {
		t.Errorf("without end: %d calls, cursor %q, error %v; want few and a try later", n, cur, err)
	}
}

// TestSandboxComments compares comments with the world, and counts no call more
// for them.
func TestSandboxComments(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	job := collector.Job{Account: a, Depth: s.World.Posts(a.Handle, sandboxNow)[120].PublishedAt, InsightsDue: none, RunID: "run-1"}
	without, _, err := collect(t, c, job)
	if err != nil || len(without.all().Comments) != 0 {
		t.Fatalf("without: %d comments, error %v", len(without.all().Comments), err)
	}
	job.Comments = true
	m, _, err := collect(t, c, job)
	if err != nil || m.all().Calls != without.all().Calls || m.all().Skipped != 0 {
		t.Fatalf("%d calls with comments, %d without; %d skipped, error %v", m.all().Calls, without.all().Calls, m.all().Skipped, err)
	}
	var w sandbox.Commented = s.World
	account := sandbox.Account{Handle: a.Handle, Access: a.Access}
	got := map[string]map[string]sandbox.Comment{}
	official, authors := 0, map[uint64]bool{}
	for _, c := range m.all().Comments {
		if got[c.PostID] == nil {
			got[c.PostID] = map[string]sandbox.Comment{}
		}
		got[c.PostID][c.CommentID] = sandbox.Comment{CommentID: c.CommentID, ParentID: c.ParentID, Text: c.Text, Official: c.Official, PublishedAt: c.PublishedAt}
		if c.Official {
			official++
		}
		authors[c.Author] = true
		if c.AccountID != a.ID || c.RunID != "run-1" || c.Likes == nil || c.Hidden == nil || c.Replies == nil || c.CollectedAt.IsZero() {
			t.Errorf("comment %+v", c)
		}
	}
	for _, p := range m.all().Posts {
		want := map[string]sandbox.Comment{}
		for _, c := range w.Comments(account, p.PostID, p.CollectedAt) {
			want[c.CommentID] = c
		}
		if d := cmp.Diff(want, got[p.PostID]); d != "" && len(want)+len(got[p.PostID]) > 0 {
			t.Errorf("comments under %s (-world +got):\n%s", p.PostID, d)
		}
	}
	if official < 10 || len(authors) < 20 || !authors[0] {
		t.Errorf("%d official comments, %d authors", official, len(authors))
	}

	// Comments that are too many for one answer do not cost the posts.
	s.Faults.Spoil(facebook.Refused(&graph.Error{Code: 1, Message: "Please reduce the amount of data you're asking for, then retry your request"}).At(
		func(r *http.Request) bool { return strings.Contains(r.URL.Query().Get("fields"), "(cc)") }).For(-1))
	m, cur, err := collect(t, c, job)
	if err != nil || cur != "" || len(m.all().Posts) != len(without.all().Posts) || len(m.all().Comments) != 0 {
		t.Errorf("too many comments: %d posts, %d comments, cursor %q, error %v", len(m.all().Posts), len(m.all().Comments), cur, err)
	}
}

// TestSandboxDays reads a Page's own figures once a day, and each day until it
// is final.
func TestSandboxDays(t *testing.T) {
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartFacebook(t, facebook.Options{Now: clock.Now})
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	c := &Connector{BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Log: quiet,
		Token: func(context.Context, schema.Account) (string, error) { return s.PageToken(a.Handle), nil }}
	left := ""
	read := func() (map[string]map[string]*int64, []schema.MetricStatus) {
		t.Helper()
		leave := ""
		m, _, err := collect(t, c, collector.Job{Account: a, Depth: clock.Now(), InsightsDue: none, Left: left, Leave: func(s string) { leave = s }})
		if err != nil || m.all().Skipped != 0 {
			t.Fatalf("Collect: %d skipped, error %v", m.all().Skipped, err)
		}
		left = leave
		days := map[string]map[string]*int64{}
		for _, i := range m.all().Insights {
			day := i.Day.Format(time.DateOnly)
			if days[day] == nil {
				days[day] = map[string]*int64{}
			}
			days[day][i.Metric] = i.Value
		}
		return days, m.all().Metrics
	}
	first, _ := read()
	last := first["2024-08-31"]
	if len(first) != mostDays || last["page_media_view"] == nil || *last["page_media_view"] == 0 || last["page_actions_post_reactions_total.like"] == nil || left != "days=2024-09-01" {
		t.Errorf("first: %d days, last %v, left %q", len(first), last, left)
	}
	// The followers at the end of the day in California.
	if truth := s.World.Profile(a.Handle, time.Date(2024, 9, 1, 7, 0, 0, 0, time.UTC)); *last["page_follows"] != *truth.Followers {
		t.Errorf("followers of 31 August: got %d, want %d", *last["page_follows"], *truth.Followers)
	}
	if again, _ := read(); len(again) != 0 || left != "days=2024-09-01" {
		t.Errorf("the same day: %d days, left %q", len(again), left)
	}

	// A day without a number is unknown, and a refused metric loses nothing else.
	s.Faults.NoValue("page_media_view")
	s.Faults.RefuseMetric("page_views_total")
	clock.Advance(24 * time.Hour)
	next, status := read()
	day, ok := next["2024-09-01"]
	if v, told := day["page_media_view"]; len(next) != 3 || !ok || !told || v != nil || day["page_follows"] == nil {
		t.Errorf("the next day: %d days, %v", len(next), day)
	}
	refused := map[string]string{}
	for _, m := range status {
		if m.Kind == kindPage && m.Status == schema.MetricRefused {
			refused[m.Metric] = m.Detail
		}
	}
	if d := cmp.Diff(map[string]string{"page_views_total": "(#100) The value must be a valid insights metric"}, refused); d != "" {
		t.Errorf("refused metrics (-want +got):\n%s", d)
	}
}

func TestSandboxMissing(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	m, _, err := collect(t, c, collector.Job{Account: a, Depth: s.World.Posts(a.Handle, sandboxNow)[9].PublishedAt, InsightsDue: none})
	if err != nil {
		t.Fatal(err)
	}
	posts := m.all().Posts[len(m.all().Posts)-8:]
	s.Faults.DeletePost(posts[3].PostID)
	gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, posts)
	if d := cmp.Diff(map[string]schema.Absence{posts[3].PostID: schema.AbsenceGone}, gone); d != "" || calls != 8 || err != nil {
		t.Errorf("Missing: %d calls, error %v (-want +got):\n%s", calls, err, d)
	}
	s.Faults.Spoil(facebook.LimitReached(a.PlatformID, 17, http.StatusForbidden))
	if gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, posts); collector.OutcomeOf(err) != collector.OutcomeWait || len(gone) != 0 || calls != 1 {
		t.Errorf("Missing with the quota used up: %v, %d calls, error %v", gone, calls, err)
	}
	var _ collector.Finder = c
}
