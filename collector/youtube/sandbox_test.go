package youtube

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 9, 1, 9, 30, 0, 0, time.UTC)

// startSandbox returns a sandbox whose clock moves on with each request.
func startSandbox(t *testing.T, o youtube.Options) (*sandboxtest.YouTube, *sandboxtest.Clock, *Connector) {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	o.Now = func() time.Time {
		clock.Advance(time.Second)
		return clock.Now()
	}
	s := sandboxtest.StartYouTube(t, o)
	return s, clock, &Connector{
		BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Skew: time.Hour, Log: quiet,
		Key:   func(context.Context, schema.Account) (string, error) { return s.Key(), nil },
		Token: func(_ context.Context, a schema.Account) (string, error) { return s.OwnerToken(a.Handle), nil },
	}
}

func registered(a sandbox.Account) schema.Account {
	return schema.Account{ID: schema.AccountID("acc-" + a.Handle), Platform: schema.YouTube, Handle: a.Handle, PlatformID: a.PlatformID, Access: a.Access}
}

// sandboxAccount returns one of the world's channels.
func sandboxAccount(t *testing.T, w *youtube.World, handle string) schema.Account {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Handle == handle {
			return registered(a)
		}
	}
	t.Fatalf("no channel %s", handle)
	return schema.Account{}
}

// held holds a reading against the truth and returns how many counters agree.
func held(t *testing.T, w *youtube.World, a sandbox.Account, p sandbox.Post, o schema.Observation) int {
	t.Helper()
	truth, ok := w.Truth(a.Handle, o.PostID, o.ObservedAt)
	if !ok {
		t.Fatalf("reading of a video that is not out: %+v", o)
	}
	var want schema.Counters
	n := 0
	for _, name := range w.Told(a, p, o.Call) {
		switch name {
		case "views":
			want.Views = truth.Views
		case "reactions":
			want.Reactions = truth.Reactions
		case "comments":
			want.Comments = truth.Comments
		}
		n++
	}
	if d := cmp.Diff(want, o.Counters); d != "" {
		t.Fatalf("%s of %s at %v (-truth +got):\n%s", o.Call, o.PostID, o.ObservedAt, d)
	}
	for name, got := range o.Extra {
		if truth.Platform[name] != got {
			t.Fatalf("%s of %s: got %d, want %d", name, o.PostID, got, truth.Platform[name])
		}
	}
	return n
}

// Every channel is read in full: all videos that are out, and none that is
// not, with every counter and every profile as it was in its second.
func TestSandboxTruth(t *testing.T) {
	s, _, c := startSandbox(t, youtube.Options{})
	counters := 0
	for _, a := range s.World.Accounts() {
		m, cur, err := collect(t, c, collector.Job{Account: registered(a)})
		if err != nil || cur != "" {
			t.Fatalf("Collect %s: cursor %q, error %v", a.Handle, cur, err)
		}
		got := m.all()
		posts := make(map[string]sandbox.Post)
		for _, p := range s.World.Posts(a.Handle, sandboxNow) {
			posts[p.PostID] = p
		}
		if len(got.Posts) != len(posts) || len(got.Observations) != len(posts) || got.Skipped != 0 {
			t.Errorf("%s: %d videos, %d readings, %d skipped, want %d videos", a.Handle, len(got.Posts), len(got.Observations), got.Skipped, len(posts))
		}
		for _, p := range got.Posts {
			want := posts[p.PostID]
			if p.PostID != want.PostID || p.NativeID != want.NativeID || p.Text != want.Text || p.Permalink != want.Permalink || p.Format != want.Format || !p.PublishedAt.Equal(want.PublishedAt) ||
				p.Relation != want.Relation || p.Captions == nil || p.Paid == nil || p.Seconds == nil || p.ThumbnailURL == "" {
				t.Fatalf("video: got %+v, want %+v", p, want)
			}
		}
		for _, o := range got.Observations {
			counters += held(t, s.World, a, posts[o.PostID], o)
		}
		p := got.Profiles[0]
		truth := s.World.Profile(a.Handle, p.ObservedAt)
		want := schema.AccountObservation{AccountID: schema.AccountID("acc-" + a.Handle), Platform: schema.YouTube, ObservedAt: p.ObservedAt,
			Followers: truth.Followers, Posts: truth.Posts, Views: truth.Views, Name: a.Name, Handle: a.Handle, Bio: a.Bio, AvatarURL: p.AvatarURL}
		if d := cmp.Diff(want, p); d != "" || p.AvatarURL == "" {
			t.Errorf("profile of %s (-truth +got):\n%s", a.Handle, d)
		}
	}
	if counters < 2500 {
		t.Errorf("only %d counters were compared", counters)
	}
	t.Logf("%d counters are the truth, for %d units", counters, s.UnitsUsed())
}

// A stream is stored once it goes on, with how many look on.
func TestSandboxStream(t *testing.T) {
	s, clock, c := startSandbox(t, youtube.Options{})
	a := s.World.Accounts()[4]
	var stream sandbox.Post
	for _, p := range s.World.Posts(a.Handle, sandboxNow.AddDate(0, 3, 0)) {
		if truth, _ := s.World.Truth(a.Handle, p.PostID, p.PublishedAt); truth.Platform["concurrentViewers"] > 0 && p.PublishedAt.After(sandboxNow) {
			stream = p
		}
	}
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{-time.Minute, false}, {10 * time.Minute, true}} {
		clock.Set(stream.PublishedAt.Add(tt.after))
		m, _, err := collect(t, c, collector.Job{Account: registered(a), Depth: stream.PublishedAt.Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, o := range m.all().Observations {
			if o.PostID == stream.PostID {
				found = true
				if held(t, s.World, a, stream, o); o.Extra["concurrentViewers"] == 0 {
					t.Errorf("reading of a stream: %+v", o)
				}
			}
		}
		if found != tt.want {
			t.Errorf("%s after its beginning the stream is stored: %v", tt.after, found)
		}
	}
}

func TestSandboxFaults(t *testing.T) {
	s, clock, c := startSandbox(t, youtube.Options{})
	c.PageSize = 10
	a := sandboxAccount(t, s.World, "governopr.sandbox")
	public := sandboxAccount(t, s.World, "governosp.sandbox")
	posts := s.World.Posts(a.Handle, sandboxNow)
	run := func(name string, a schema.Account, want collector.Outcome) (*memory, error) {
		t.Helper()
		m, _, err := collect(t, c, collector.Job{Account: a, Depth: posts[25].PublishedAt})
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), s.OwnerToken(a.Handle)) || strings.Contains(err.Error(), s.Key())) {
			t.Errorf("%s: secret in error %v", name, err)
		}
		return m, err
	}

	s.Faults.KillToken(time.Time{})
	run("dead token", a, collector.OutcomeReconnect)
	s.Faults.KillKey()
	run("dead key", public, collector.OutcomeFixRequest)
	s.Faults.Clear()

	for name, tt := range map[string]struct {
		fault sandbox.Fault
		want  collector.Outcome
	}{
		"quota":        {youtube.Refused(youtube.QuotaExceeded()), collector.OutcomeWait},
		"rate":         {youtube.Refused(youtube.RateLimited()), collector.OutcomeWait},
		"trouble":      {youtube.Refused(youtube.Trouble()), collector.OutcomeRetry},
		"switched off": {youtube.Refused(youtube.AccessNotConfigured()), collector.OutcomeFixRequest},
		"HTML":         {sandbox.HTMLPage(200), collector.OutcomeRetry},
		"cut body":     {sandbox.CutBody(700), collector.OutcomeRetry},
		"wrong types":  {youtube.WrongTypes(), collector.OutcomeOK},
	} {
		for _, call := range []string{"playlistItems", "videos"} {
			s.Faults.Spoil(tt.fault.At(youtube.OnCall(call)))
			run(name+" on "+call, public, tt.want)
			s.Faults.Drop()
		}
	}

	s.Faults.DeleteVideo(posts[0].PostID)
	s.Faults.MakePrivate(posts[1].PostID)
	s.Faults.DeleteAfterListing(posts[2].PostID)
	s.Faults.HideLikes(posts[3].PostID)
	s.Faults.SwitchCommentsOff(posts[3].PostID)
	s.Faults.HideSubscribers(a.Handle)
	m, _ := run("videos that change", a, collector.OutcomeOK)
	all := m.all()
	if all.Skipped != 1 || all.Profiles[0].Followers != nil {
		t.Errorf("%d skipped, followers %v", all.Skipped, all.Profiles[0].Followers)
	}
	for _, p := range posts[:3] {
		for _, got := range all.Posts {
			if got.PostID == p.PostID {
				t.Errorf("video %s is stored", p.PostID)
			}
		}
	}
	for _, o := range all.Observations {
		if o.PostID == posts[3].PostID && (o.Reactions != nil || o.Comments != nil) {
			t.Errorf("hidden counters: %+v", o)
		}
	}
	s.Faults.Clear()

	s.Faults.TerminateChannel(a.Handle)
	run("terminated", a, collector.OutcomeGone)
	s.Faults.Clear()

	// Before its first video a channel has no list.
	clock.Set(time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC))
	if m, _ := run("no video yet", a, collector.OutcomeOK); len(m.all().Posts) != 0 || *m.all().Profiles[0].Posts != 0 {
		t.Errorf("no video yet: %d posts", len(m.all().Posts))
	}
}

// The quota ends in the middle of a pass, which goes on the next day where it
// stopped.
func TestSandboxQuota(t *testing.T) {
	s, clock, c := startSandbox(t, youtube.Options{Units: 10})
	a := sandboxAccount(t, s.World, "governosp.sandbox")
	c.PageSize = 50
	m, cur, err := collect(t, c, collector.Job{Account: a})
	limit, ok := errors.AsType[*collector.RateLimitError](err)
	if !ok || cur == "" || len(m.all().Posts) < 150 {
		t.Fatalf("Collect: %d videos, cursor %q, error %v", len(m.all().Posts), cur, err)
	}
	clock.Advance(limit.RetryAfter)
	if h := clock.Now().UTC().Hour(); h != 7 { // midnight in California, in summer
		t.Errorf("the wait ends at %s", clock.Now())
	}
	got := make(map[string]bool)
	for day := 0; cur != ""; day++ {
		for _, p := range m.all().Posts {
			got[p.PostID] = true
		}
		if m, cur, err = collect(t, c, collector.Job{Account: a, Cursor: cur}); err != nil && day > 3 {
			t.Fatalf("Collect: cursor %q, error %v", cur, err)
		}
		clock.Advance(24 * time.Hour)
	}
	for _, p := range m.all().Posts {
		got[p.PostID] = true
	}
	for _, p := range s.World.Posts(a.Handle, sandboxNow) {
		if !got[p.PostID] {
			t.Errorf("video %s of %s is missing", p.PostID, p.PublishedAt)
		}
	}
}

// TestSandboxPageTokensExpire makes all page tokens invalid between two pages:
// the pass begins again at the top.
func TestSandboxPageTokensExpire(t *testing.T) {
	s, _, c := startSandbox(t, youtube.Options{})
	c.PageSize = 20
	a := sandboxAccount(t, s.World, "governoro.sandbox")
	m := new(memory)
	cur, err := c.Collect(t.Context(), collector.Job{Account: a}, func(ctx context.Context, p collector.Page) error {
		if len(m.pages) == 1 {
			s.Faults.ExpirePageTokens()
		}
		return m.store(ctx, p)
	})
	got := make(map[string]bool)
	for _, p := range m.all().Posts {
		got[p.PostID] = true
	}
	if want := len(s.World.Posts(a.Handle, sandboxNow)); err != nil || cur != "" || len(got) != want || len(m.all().Posts) <= want {
		t.Errorf("Collect: %d videos in %d rows, cursor %q, error %v, want %d videos", len(got), len(m.all().Posts), cur, err, want)
	}
}

func TestContractSandbox(t *testing.T) {
	w := sandboxtest.YouTubeWorld()
	a := w.Accounts()[4]
	posts := w.Posts(a.Handle, sandboxNow)
	s := youtube.New(youtube.Options{World: w, Now: func() time.Time { return sandboxNow }, Units: 1 << 30})
	set := setup(registered(a), "")
	set.Platform, set.Now, set.Depth = s, sandboxNow, posts[2].PublishedAt.Add(time.Second)
	set.Secrets = []string{s.Key()}
	set.New = func(_ *testing.T, o collectortest.Options) collector.Connector {
		return &Connector{BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: 2,
			Key: func(context.Context, schema.Account) (string, error) { return s.Key(), nil }}
	}
	s.Faults.HideLikes(posts[0].PostID)
	set.Hidden = collectortest.Hidden{PostID: posts[0].PostID, Call: callVideos, Counter: func(c schema.Counters) *int64 { return c.Reactions }}
	collectortest.Run(t, set)
}
