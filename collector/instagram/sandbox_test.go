package instagram

import (
	"context"
	"net/http"
	"slices"
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
		if a.Access == access && len(listed(w, a.Handle, sandboxNow)) > 150 {
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
			all := listed(s.World, a.Handle, sandboxNow)
			depth := all[120].PublishedAt
			m, cur, err := collect(t, c, collector.Job{Account: a, Depth: depth})
			if err != nil || cur != "" {
				t.Fatalf("Collect: cursor %q, error %v", cur, err)
			}
			got := m.all()
			if got.Skipped != 0 || len(got.Posts) <= 120 {
				t.Errorf("%d posts, %d skipped", len(got.Posts), got.Skipped)
			}
			stories := 0
			for i, p := range got.Posts {
				if p.Format == schema.FormatStory {
					stories++
					continue // see TestSandboxStories
				}
				want := all[i-stories]
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
				case o.Call == callInsights && o.Extra["navigation"] > 0:
					want = schema.Counters{Reach: truth.Reach, Views: truth.Views, Shares: truth.Shares, Impressions: truth.Impressions}
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
	posts := listed(s.World, a.Handle, sandboxNow)
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
	if m, _ := run("few viewers", collector.OutcomeOK); m.all().Skipped != 0 {
		t.Errorf("few viewers: %d skipped, want 0", m.all().Skipped)
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
	job = collector.Job{Account: public, Depth: listed(s.World, public.Handle, sandboxNow)[25].PublishedAt}
	run("discovery", collector.OutcomeOK)
	s.Faults.CloseAccount(public.Handle)
	run("discovery of a closed account", collector.OutcomeGone)
}

// TestSandboxCursorDies deletes a post between two pages: the one that the
// platform's cursor points to.
func TestSandboxCursorDies(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	posts := listed(s.World, a.Handle, sandboxNow)
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
	posts := listed(w, a.Handle, sandboxNow)
	stories := len(w.Posts(a.Handle, sandboxNow)) - len(posts) // they come with every run
	s := instagram.New(instagram.Options{World: w, Now: func() time.Time { return sandboxNow }, AccountCalls: 1 << 30})
	set := setup(a, 2+stories)
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
	posts := listed(s.World, a.Handle, sandboxNow)
	due := map[string]bool{}
	for _, p := range posts[:100] {
		due[p.PostID], due[p.NativeID] = true, true
	}
	insights := func(r *http.Request) bool { // not of stories
		id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v25.0/"), "/insights")
		return ok && due[id]
	}
	others := 3 // the profile, the stories and the list
	for _, p := range s.World.Posts(a.Handle, sandboxNow) {
		if p.Format == schema.FormatStory {
			others++
		}
	}
	read := func(name string, most int) {
		t.Helper()
		m, cur, err := collect(t, c, collector.Job{Account: a, Depth: posts[99].PublishedAt.Add(time.Second), InsightsDue: func(p schema.Post) bool { return due[p.PostID] }})
		calls := m.all().Calls - others
		if err != nil || cur != "" || len(m.calls(callInsights)) != 100+others-3 || calls < 106 || calls > most || s.Faults.Pending() != 0 {
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
		s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(insights))
	}
	read("in a row", 106)

	s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(insights).For(-1))
	m, cur, err := collect(t, c, collector.Job{Account: a, Depth: posts[99].PublishedAt})
	if n := m.all().Calls - others; collector.OutcomeOf(err) != collector.OutcomeRetry || cur == "" || n > 3*(3+4) {
		t.Errorf("without end: %d calls, cursor %q, error %v; want few and a try later", n, cur, err)
	}
}

// listed returns what the list of media shows: no stories.
func listed(w *instagram.World, handle string, at time.Time) []sandbox.Post {
	posts := w.Posts(handle, at)
	if posts == nil {
		return nil
	}
	return slices.DeleteFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatStory })
}

// A story is read while it can be seen, whether or not insights are due, and is
// known to be gone after its day.
func TestSandboxStories(t *testing.T) {
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartInstagram(t, instagram.Options{Now: clock.Now})
	c := &Connector{BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Log: quiet,
		Token: func(context.Context, schema.Account) (string, error) { return s.Token(), nil }}
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	depth := listed(s.World, a.Handle, sandboxNow)[0].PublishedAt
	seen := map[string]schema.Post{}
	read, few := 0, 0
	for range 3 * 24 {
		m, cur, err := collect(t, c, collector.Job{Account: a, Depth: depth, InsightsDue: none})
		if err != nil || cur != "" || m.all().Skipped != 0 {
			t.Fatalf("Collect: cursor %q, %d skipped, error %v", cur, m.all().Skipped, err)
		}
		var want, got []string
		for _, p := range s.World.Posts(a.Handle, clock.Now()) {
			if p.Format == schema.FormatStory {
				want = append(want, p.PostID)
			}
		}
		rows := m.calls(callInsights)
		for _, p := range m.all().Posts {
			if p.Format != schema.FormatStory {
				continue
			}
			got = append(got, p.PostID)
			seen[p.PostID] = p
			truth, _ := s.World.Truth(a.Handle, p.PostID, clock.Now())
			switch o, ok := rows[p.PostID]; {
			case !ok && *truth.Reach < 5:
				few++
			case !ok || *o.Reach != *truth.Reach || *o.Views != *truth.Views || o.Extra["replies"] != truth.Platform["replies"] || p.ThumbnailURL == "":
				t.Errorf("story %+v: reading %+v, want %+v", p, o, truth)
			default:
				read++
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("stories at %s (-world +got):\n%s", clock.Now(), d)
		}
		clock.Advance(time.Hour)
	}
	if len(seen) < 3 || read < 30 || few == 0 {
		t.Fatalf("%d stories, read %d times, %d times by too few people", len(seen), read, few)
	}

	var posts []schema.Post
	for _, p := range seen {
		posts = append(posts, p)
	}
	clock.Advance(24 * time.Hour)
	gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, posts)
	if err != nil || calls != 0 || len(gone) != len(posts) || gone[posts[0].PostID] != schema.AbsenceExpired {
		t.Errorf("Missing: %v after %d calls, error %v; want all expired after none", gone, calls, err)
	}
}

// TestSandboxStoriesFail: the posts are read all the same, and a run that has
// only the stories left comes soon after.
func TestSandboxStoriesFail(t *testing.T) {
	for _, edge := range []string{"stories", "insights"} {
		s, c := startSandbox(t)
		a := sandboxAccount(t, s.World, schema.AccessOwner)
		posts := s.World.Posts(a.Handle, sandboxNow)
		bad := posts[slices.IndexFunc(posts, func(p sandbox.Post) bool { return p.Format == schema.FormatStory })].NativeID
		on := instagram.OnEdge("stories")
		if edge == "insights" {
			on = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, bad+"/insights") }
		}
		s.Faults.Spoil(instagram.Refused(instagram.Trouble()).At(on).For(-1))
		job := collector.Job{Account: a, Depth: listed(s.World, a.Handle, sandboxNow)[25].PublishedAt, InsightsDue: none}
		for run := 0; ; run++ {
			m, cur, err := collect(t, c, job)
			if n := len(m.calls(callMedia)); run == 0 && n < 26 || run > 0 && n > 2 {
				t.Errorf("%s, run %d: %d posts", edge, run, n)
			}
			if job.Cursor = cur; cur == "" {
				if err != nil || run != 3 {
					t.Errorf("%s: complete after %d runs, error %v; want given up after 3", edge, run, err)
				}
				break
			}
			if collector.OutcomeOf(err) != collector.OutcomeRetry {
				t.Errorf("%s, run %d: error %v", edge, run, err)
			}
		}
	}
}

func TestSandboxJointPosts(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	post := listed(s.World, a.Handle, sandboxNow)[2]
	s.Faults.PublishedBy(post.PostID, "another.office")
	m, _, err := collect(t, c, collector.Job{Account: a, Depth: post.PublishedAt})
	if err != nil {
		t.Fatal(err)
	}
	joint := 0
	for _, p := range m.all().Posts {
		if p.Relation == schema.RelationJoint && p.PostID == post.PostID {
			joint++
		} else if p.Relation != schema.RelationOwn {
			t.Errorf("post %s is %q", p.PostID, p.Relation)
		}
	}
	for _, o := range m.all().Observations {
		if o.PostID == post.PostID {
			t.Errorf("a joint post has the reading %+v", o)
		}
	}
	if joint != 1 {
		t.Errorf("%d joint posts, want 1", joint)
	}
}

// TestSandboxComments compares comments with the world, and counts no call more
// for them.
func TestSandboxComments(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	job := collector.Job{Account: a, Depth: listed(s.World, a.Handle, sandboxNow)[120].PublishedAt, InsightsDue: none, RunID: "run-1"}
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
		if c.AccountID != a.ID || c.RunID != "run-1" || c.Likes == nil || c.Hidden == nil || c.Author == 0 || c.CollectedAt.IsZero() {
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
	if official < 10 || len(authors) < 20 {
		t.Errorf("%d official comments, %d authors", official, len(authors))
	}

	// Comments that are not permitted do not cost the posts.
	s.Faults.Spoil(instagram.Refused(&instagram.GraphError{Status: 403, Code: 10, Message: "(#10) no permission"}).At(
		func(r *http.Request) bool { return strings.Contains(r.URL.Query().Get("fields"), "comments.") }).For(-1))
	m, cur, err := collect(t, c, job)
	if err != nil || cur != "" || len(m.all().Posts) != len(without.all().Posts) || len(m.all().Comments) != 0 {
		t.Errorf("comments forbidden: %d posts, %d comments, cursor %q, error %v", len(m.all().Posts), len(m.all().Comments), cur, err)
	}
}

// TestSandboxDays reads an account's own figures once a day, and each day until
// it is final.
func TestSandboxDays(t *testing.T) {
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartInstagram(t, instagram.Options{Now: clock.Now})
	c := &Connector{BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Log: quiet,
		Token: func(context.Context, schema.Account) (string, error) { return s.Token(), nil }}
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	left := ""
	read := func() map[string]map[string]int64 {
		t.Helper()
		leave := ""
		m, _, err := collect(t, c, collector.Job{Account: a, Depth: clock.Now(), InsightsDue: none, Left: left, Leave: func(s string) { leave = s }})
		if err != nil || m.all().Skipped != 0 {
			t.Fatalf("Collect: %d skipped, error %v", m.all().Skipped, err)
		}
		left = leave
		days := map[string]map[string]int64{}
		for _, i := range m.all().Insights {
			if days[i.Day.Format(time.DateOnly)] == nil {
				days[i.Day.Format(time.DateOnly)] = map[string]int64{}
			}
			days[i.Day.Format(time.DateOnly)][i.Metric] = *i.Value
		}
		return days
	}
	first := read()
	if len(first) != mostDays || first["2024-08-31"]["reach"] == 0 || first["2024-08-03"]["views"] == 0 || left != "days=2024-09-01" {
		t.Errorf("first: %d days, last %v, left %q", len(first), first["2024-08-31"], left)
	}
	if _, ok := first["2024-08-31"]["follower_count"]; !ok {
		t.Errorf("no new followers: %v", first["2024-08-31"])
	}
	if _, ok := first["2024-08-31"]["website_clicks"]; ok {
		t.Error("a figure that the platform does not tell is there")
	}
	// The parts of a day in California add up to the posts' gains in the world.
	midnight := time.Date(2024, 8, 31, 7, 0, 0, 0, time.UTC)
	var views int64
	for _, p := range listed(s.World, a.Handle, midnight.Add(24*time.Hour-time.Second)) {
		end, _ := s.World.Truth(a.Handle, p.PostID, midnight.Add(24*time.Hour-time.Second))
		views += *end.Views
		if begin, ok := s.World.Truth(a.Handle, p.PostID, midnight); ok {
			views -= *begin.Views
		}
	}
	if got := first["2024-08-31"]["views"]; got != views {
		t.Errorf("views of 31 August: got %d, want %d", got, views)
	}
	clock.Advance(2 * time.Hour)
	if again := read(); len(again) != 0 || left != "days=2024-09-01" {
		t.Errorf("the same day: %d days, left %q", len(again), left)
	}
	clock.Advance(24 * time.Hour)
	next := read()
	if len(next) != 3 || next["2024-08-30"] == nil || next["2024-09-01"] == nil || left != "days=2024-09-02" {
		t.Errorf("the next day: %d days, left %q", len(next), left)
	}
	s.Faults.RefuseMetric("profile_views")
	clock.Advance(24 * time.Hour)
	if next := read(); len(next) != 3 || next["2024-09-02"]["reach"] == 0 {
		t.Errorf("with a metric refused: %v", next)
	}
}

func TestSandboxMissing(t *testing.T) {
	s, c := startSandbox(t)
	a := sandboxAccount(t, s.World, schema.AccessOwner)
	m, _, err := collect(t, c, collector.Job{Account: a, Depth: listed(s.World, a.Handle, sandboxNow)[9].PublishedAt, InsightsDue: none})
	if err != nil {
		t.Fatal(err)
	}
	posts := m.all().Posts[len(m.all().Posts)-8:]
	s.Faults.DeleteMedia(posts[3].PostID)
	gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, posts)
	if d := cmp.Diff(map[string]schema.Absence{posts[3].PostID: schema.AbsenceGone}, gone); d != "" || calls != 8 || err != nil {
		t.Errorf("Missing: %d calls, error %v (-want +got):\n%s", calls, err, d)
	}
	s.Faults.Spoil(instagram.LimitReached(a.PlatformID, 17, http.StatusForbidden))
	if gone, calls, err := c.Missing(t.Context(), collector.Job{Account: a}, posts); collector.OutcomeOf(err) != collector.OutcomeWait || len(gone) != 0 || calls != 1 {
		t.Errorf("Missing with the quota used up: %v, %d calls, error %v", gone, calls, err)
	}
	public := a
	public.Access = schema.AccessPublic
	if gone, calls, err := c.Missing(t.Context(), collector.Job{Account: public}, posts); len(gone) != 0 || calls != 0 || err != nil {
		t.Errorf("Missing by business discovery: %v, %d calls, error %v", gone, calls, err)
	}
	var _ collector.Finder = c
}
