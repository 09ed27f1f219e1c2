package x

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	xsandbox "github.com/hamawaz/hamawaz/collector/sandbox/x"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 6, 1, 9, 30, 0, 0, time.UTC)

// sandboxAccount returns an account of the sandbox's world, as it is
// registered.
func sandboxAccount(t *testing.T, w *xsandbox.World, handle string) (schema.Account, sandbox.Account) {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Handle == handle {
			return schema.Account{ID: schema.AccountID("acc-" + handle), Platform: schema.X, Handle: handle, PlatformID: a.PlatformID, Access: a.Access}, a
		}
	}
	t.Fatalf("the world has no account %s", handle)
	return schema.Account{}, sandbox.Account{}
}

// startSandbox returns a sandbox whose clock moves on with each request.
func startSandbox(t *testing.T, v Vocabulary) (*sandboxtest.X, *Connector) {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	s := sandboxtest.StartX(t, xsandbox.Options{Renamed: v == New, Now: func() time.Time {
		clock.Advance(time.Second)
		return clock.Now()
	}})
	return s, &Connector{
		BaseURL: s.URL, HTTP: s.Client(), Now: clock.Now, Skew: time.Hour, Log: quiet, Vocabulary: v,
		Token: func(_ context.Context, a schema.Account) (string, error) {
			if a.Access == schema.AccessOwner {
				return s.UserToken(a.Handle), nil
			}
			return s.Token(), nil
		},
	}
}

// What the connector stores is what was there to be read, in each second and
// in both vocabularies.
func TestSandboxTruth(t *testing.T) {
	for _, v := range []Vocabulary{Legacy, New} {
		for _, handle := range []string{"CDCgov", "parana_gen", "saopaulo_gen", "scatarina_gen"} {
			t.Run(string(v)+" "+handle, func(t *testing.T) {
				s, c := startSandbox(t, v)
				a, known := sandboxAccount(t, s.World, handle)
				want := s.World.Posts(handle, sandboxNow)
				m, cur, err := collect(t, c, collector.Job{Account: a})
				if err != nil || cur != "" {
					t.Fatalf("Collect: cursor %q, error %v", cur, err)
				}
				got := m.all()
				if got.Skipped != 0 || len(got.Posts) != len(want) {
					t.Fatalf("%d posts, %d skipped; want %d posts", len(got.Posts), got.Skipped, len(want))
				}
				posts := map[string]sandbox.Post{}
				for i, p := range got.Posts {
					w := want[i]
					posts[w.PostID] = w
					if p.PostID != w.PostID || p.NativeID != w.NativeID || p.Text != w.Text || p.Permalink != w.Permalink || p.Format != w.Format || !p.PublishedAt.Equal(w.PublishedAt) ||
						p.Relation != w.Relation || p.RelatedID != w.RelatedID || p.Paid == nil {
						t.Fatalf("post %d: got %+v, want %+v", i, p, w)
					}
				}
				insights, read, promoted := 0, map[string]bool{}, 0
				for _, o := range got.Observations {
					truth, ok := s.World.Truth(handle, o.PostID, o.ObservedAt)
					if !ok {
						t.Fatalf("reading of an unknown post: %+v", o)
					}
					told := s.World.Told(known, posts[o.PostID], o.Call)
					only := func(name string, n *int64) *int64 {
						if slices.Contains(told, name) {
							return n
						}
						return nil
					}
					counters := schema.Counters{
						Impressions: only("impressions", truth.Impressions), Reactions: only("reactions", truth.Reactions),
						Comments: only("comments", truth.Comments), Shares: only("shares", truth.Shares),
						Saves: only("saves", truth.Saves), Clicks: only("clicks", truth.Clicks),
					}
					if d := cmp.Diff(counters, o.Counters); d != "" || told == nil {
						t.Fatalf("%s of %s at %v (-truth +got):\n%s", o.Call, o.PostID, o.ObservedAt, d)
					}
					if len(o.Extra) < 6 {
						t.Fatalf("%s of %s: %v", o.Call, o.PostID, o.Extra)
					}
					for name, n := range o.Extra {
						if want, ok := truth.Platform[name]; !ok || n != want {
							t.Fatalf("%s of %s: got %d, want %d, known %v", name, o.PostID, n, want, ok)
						}
					}
					if o.Call == callInsights {
						insights++
					}
					if o.Extra["promoted_metrics.impression_count"] > 0 {
						promoted++
					}
					read[o.PostID] = true
				}
				for _, p := range want {
					if read[p.PostID] != (p.Relation != schema.RelationRepost) {
						t.Errorf("post %s, relation %q, has readings: %v", p.PostID, p.Relation, read[p.PostID])
					}
				}
				if (promoted > 0) != (a.Access == schema.AccessOwner) {
					t.Errorf("%d readings of what was paid for", promoted)
				}
				if d := cmp.Diff([]schema.MetricStatus{{Platform: schema.X, Kind: callTweets, Metric: "public_metrics", Status: schema.MetricGiven, AccountID: a.ID, At: got.Metrics[0].At}}, got.Metrics[:1]); d != "" || len(got.Metrics) > 4 {
					t.Errorf("%d states of metrics (-want +got):\n%s", len(got.Metrics), d)
				}
				if (insights > 20) != (a.Access == schema.AccessOwner) {
					t.Errorf("insights of %d posts", insights)
				}
				p := got.Profiles[0]
				truth := s.World.Profile(handle, p.ObservedAt)
				if *p.Followers != *truth.Followers || *p.Following != *truth.Following || *p.Posts != *truth.Posts || p.Handle != handle || p.Bio != known.Bio {
					t.Errorf("profile %+v, want %+v", p, truth)
				}
			})
		}
	}
}

func TestSandboxFaults(t *testing.T) {
	s, c := startSandbox(t, Legacy)
	a, _ := sandboxAccount(t, s.World, "saopaulo_gen")
	posts := s.World.Posts(a.Handle, sandboxNow)
	c.PageSize = 10
	job := collector.Job{Account: a, Depth: posts[25].PublishedAt}
	run := func(name string, want collector.Outcome) (*memory, error) {
		t.Helper()
		m, _, err := collect(t, c, job)
		if got := collector.OutcomeOf(err); got != want {
			t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), s.Token()) || strings.Contains(err.Error(), s.UserToken(a.Handle))) {
			t.Errorf("%s: token in error %v", name, err)
		}
		s.Faults.Clear()
		return m, err
	}
	timeline, lookup := xsandbox.OnPath("/2/users/{id}/tweets"), xsandbox.OnPath("/2/tweets")

	s.Faults.KillToken(s.UserToken(a.Handle))
	run("dead token", collector.OutcomeReconnect)
	s.Faults.CloseAccount(a.Handle)
	run("closed", collector.OutcomeGone)
	s.Faults.Suspend(a.Handle)
	if _, err := run("suspended", collector.OutcomeGone); !strings.Contains(err.Error(), "the account is suspended") {
		t.Errorf("suspended: error %v", err)
	}
	s.Faults.Spoil(xsandbox.LimitReached(sandboxNow.Add(10 * time.Minute)).At(timeline))
	if _, err := run("window", collector.OutcomeWait); !waits(err, 9*time.Minute, 11*time.Minute) {
		t.Errorf("window: error %v, want a wait of ten minutes", err)
	}
	s.Faults.Spoil(xsandbox.OldLimitReached(sandboxNow.Add(12 * time.Minute)).At(lookup))
	run("window in the older form", collector.OutcomeWait)
	for _, p := range []*xsandbox.Problem{xsandbox.UsageCapExceeded(http.StatusTooManyRequests), xsandbox.UsageCapExceeded(http.StatusForbidden), xsandbox.CreditsDepleted()} {
		s.Faults.Spoil(xsandbox.Refused(p).At(timeline))
		if _, err := run(p.Title, collector.OutcomeWait); !waits(err, time.Hour, 48*time.Hour) {
			t.Errorf("%s: error %v, want a long wait", p.Title, err)
		}
	}
	s.Faults.Spoil(xsandbox.Refused(xsandbox.Trouble()).At(timeline))
	run("trouble", collector.OutcomeRetry)
	s.Faults.Spoil(sandbox.HTMLPage(http.StatusOK).At(timeline))
	run("HTML", collector.OutcomeRetry)
	s.Faults.Spoil(sandbox.CutBody(900).At(timeline))
	run("cut body", collector.OutcomeRetry)
	s.Faults.Spoil(xsandbox.Refused(xsandbox.ClientForbidden()).At(timeline))
	run("app without access", collector.OutcomeFixRequest)

	s.Faults.DateInUTC()
	s.Faults.EditsAsText()
	if m, _ := run("older habits", collector.OutcomeOK); len(m.all().Posts) < 26 {
		t.Errorf("older habits: %d posts", len(m.all().Posts))
	}
	s.Faults.DeletePost(posts[3].PostID)
	if m, _ := run("deleted", collector.OutcomeOK); slices.Contains(m.ids(), posts[3].PostID) || !slices.Contains(m.ids(), posts[4].PostID) {
		t.Errorf("deleted: posts %v", m.ids())
	}
	edited := s.Faults.EditPost(posts[2].PostID, "corrected [generated]", posts[2].PublishedAt.Add(5*time.Minute))
	m, _ := run("edited", collector.OutcomeOK)
	if got := m.all().Posts[2]; got.PostID != posts[2].PostID || got.NativeID != edited || got.Text != "corrected [generated]" || !got.PublishedAt.Equal(posts[2].PublishedAt) {
		t.Errorf("edited: got %+v", got)
	}

	tokens := c.Token
	c.Token = func(context.Context, schema.Account) (string, error) { return s.UserToken(a.Handle), nil }
	job.Account.Handle = "paulo_of_old"
	if m, err := run("renamed", collector.OutcomeOK); err != nil || m.all().Profiles[0].Handle != a.Handle || len(m.all().Posts) < 26 || !strings.Contains(m.all().Posts[0].Permalink, a.Handle) {
		t.Errorf("renamed: profile %+v", m.all().Profiles)
	}
	c.Token = tokens

	public, _ := sandboxAccount(t, s.World, "CDCgov")
	job = collector.Job{Account: public, Depth: s.World.Posts(public.Handle, sandboxNow)[25].PublishedAt}
	run("public", collector.OutcomeOK)
	s.Faults.Protect(public.Handle)
	if _, err := run("protected", collector.OutcomeReconnect); !strings.Contains(err.Error(), "the account is protected") {
		t.Errorf("protected: error %v", err)
	}
	s.Faults.CloseAccount(public.Handle)
	run("closed, by the app's token", collector.OutcomeGone)
}

// waits says whether an error asks to wait so long.
func waits(err error, least, most time.Duration) bool {
	var limit *collector.RateLimitError
	return errors.As(err, &limit) && limit.RetryAfter >= least && limit.RetryAfter <= most
}

// An owner's account that is read with the app's token is read, but for what
// only the owner sees.
func TestSandboxWithoutOwner(t *testing.T) {
	s, c := startSandbox(t, Legacy)
	a, _ := sandboxAccount(t, s.World, "parana_gen")
	c.Token = func(context.Context, schema.Account) (string, error) { return s.Token(), nil }
	m, cur, err := collect(t, c, collector.Job{Account: a})
	if !errors.Is(err, collector.ErrNoInsights) || cur != "" || len(m.all().Posts) != len(s.World.Posts(a.Handle, sandboxNow)) || len(m.readings(callInsights)) != 0 {
		t.Errorf("Collect: %d posts, %d insights, cursor %q, error %v", len(m.all().Posts), len(m.readings(callInsights)), cur, err)
	}
}

func TestContractSandbox(t *testing.T) {
	w := sandboxtest.XWorld()
	for _, handle := range []string{"CDCgov", "scatarina_gen"} {
		t.Run(handle, func(t *testing.T) {
			t.Parallel()
			a, _ := sandboxAccount(t, w, handle)
			posts := w.Posts(handle, sandboxNow)
			s := xsandbox.New(xsandbox.Options{World: w, Now: func() time.Time { return sandboxNow }, LimitTimes: 1 << 20})
			token := s.Token()
			if a.Access == schema.AccessOwner {
				token = s.UserToken(handle)
			}
			collectortest.Run(t, collectortest.Setup{
				Platform: s,
				New: func(_ *testing.T, o collectortest.Options) collector.Connector {
					return &Connector{BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: minPageSize,
						Token: func(context.Context, schema.Account) (string, error) { return token, nil }}
				},
				Account: a,
				Depth:   posts[7].PublishedAt,
				Now:     sandboxNow,
				Secrets: []string{token},
				Hidden:  collectortest.Hidden{PostID: posts[0].PostID, Call: callTweets, Counter: func(c schema.Counters) *int64 { return c.Views }},
				List:    xsandbox.OnPath("/2/users/{id}/tweets"),
				Resend:  minPageSize, // the insights of a page are one call: without them the page is read again
			})
		})
	}
}
