package tiktok

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/collectortest/openapi"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	tiktoksandbox "github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
	"github.com/hamawaz/hamawaz/schema"
)

var sandboxNow = time.Date(2024, 6, 1, 9, 30, 0, 0, time.UTC)

var handles = []string{"parana.gen", "pernambuco.gen", "scatarina.gen"}

// sandboxAccount returns an account of the sandbox's world, as it is
// registered.
func sandboxAccount(t *testing.T, w *tiktoksandbox.World, handle string) (schema.Account, sandbox.Account) {
	t.Helper()
	for _, a := range w.Accounts() {
		if a.Handle == handle {
			return schema.Account{ID: schema.AccountID("acc-" + handle), Platform: schema.TikTok, Handle: handle, PlatformID: a.PlatformID, Access: a.Access}, a
		}
	}
	t.Fatalf("the world has no account %s", handle)
	return schema.Account{}, sandbox.Account{}
}

// startSandbox returns a sandbox whose clock moves on with each request, and a
// connector to it. Requests and answers are held against the contracts, unless
// loose is set.
func startSandbox(t *testing.T, business bool) (s *sandboxtest.TikTok, c *Connector, loose *bool) {
	t.Helper()
	clock := sandboxtest.NewClock(sandboxNow)
	s = sandboxtest.StartTikTok(t, tiktoksandbox.Options{Now: func() time.Time {
		clock.Advance(time.Second)
		return clock.Now()
	}})
	loose = new(bool)
	front := httptest.NewServer(checked(t, s, loose))
	t.Cleanup(front.Close)
	c = &Connector{
		BaseURL: front.URL, BusinessURL: front.URL, HTTP: front.Client(), Now: clock.Now, Skew: time.Hour, Log: quiet,
		Token: func(_ context.Context, a schema.Account) (string, error) { return s.OwnerToken(a.Handle), nil },
	}
	if business {
		c.Business = func(_ context.Context, a schema.Account) (string, error) { return s.BusinessToken(a.Handle), nil }
	}
	return s, c, loose
}

// checked returns a handler that holds what goes through it against the
// contracts: every request, and every answer unless loose is set.
func checked(t *testing.T, h http.Handler, loose *bool) http.Handler {
	const dir = "../sandbox/tiktok/testdata/"
	display, accounts := openapi.Read(t, dir+"tiktok-display.openapi.json"), openapi.Read(t, dir+"tiktok-business-accounts.openapi.json")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		doc := display
		if strings.HasPrefix(r.URL.Path, "/open_api/") {
			doc = accounts
		}
		faults := doc.CheckRequest(r, body)
		rec := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding")
		h.ServeHTTP(rec, r)
		if !*loose {
			faults = append(faults, doc.CheckAnswer(r.Method, r.URL.Path, rec.Code, rec.Header().Get("Content-Type"), rec.Body.Bytes())...)
		}
		for _, f := range faults {
			t.Errorf("against the contract: %s", f)
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
	})
}

// What the connector stores is what was there to be read, in each second and
// by both APIs.
func TestSandboxTruth(t *testing.T) {
	for _, business := range []bool{false, true} {
		for _, handle := range handles {
			t.Run(map[bool]string{false: "display ", true: "business "}[business]+handle, func(t *testing.T) {
				s, c, _ := startSandbox(t, business)
				a, known := sandboxAccount(t, s.World, handle)
				want := s.World.Posts(handle, sandboxNow)
				m, cur, err := collect(t, c, collector.Job{Account: a})
				if err != nil || cur != "" {
					t.Fatalf("Collect: cursor %q, error %v", cur, err)
				}
				got := m.all()
				if got.Skipped != 0 || len(got.Posts) != len(want) || len(got.Observations) != len(want) {
					t.Fatalf("%d posts, %d readings, %d skipped; want %d posts", len(got.Posts), len(got.Observations), got.Skipped, len(want))
				}
				posts := map[string]sandbox.Post{}
				for i, p := range got.Posts {
					w := want[i]
					posts[w.PostID] = w
					if p.PostID != w.PostID || p.NativeID != w.NativeID || p.Text != w.Text || p.Permalink != w.Permalink || p.Format != w.Format || !p.PublishedAt.Equal(w.PublishedAt) {
						t.Fatalf("post %d: got %+v, want %+v", i, p, w)
					}
				}
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
						Views: only("views", truth.Views), Reach: only("reach", truth.Reach), Reactions: only("reactions", truth.Reactions),
						Comments: only("comments", truth.Comments), Shares: only("shares", truth.Shares), Saves: only("saves", truth.Saves),
						Clicks: only("clicks", truth.Clicks), WatchSeconds: only("watch_seconds", truth.WatchSeconds),
					}
					if d := cmp.Diff(counters, o.Counters); d != "" || told == nil {
						t.Fatalf("%s of %s at %v (-truth +got):\n%s", o.Call, o.PostID, o.ObservedAt, d)
					}
					if least := map[bool]int{false: 6, true: 13}[business]; len(o.Extra) < least {
						t.Fatalf("%s of %s: %v", o.Call, o.PostID, o.Extra)
					}
					for name, n := range o.Extra {
						if want, ok := truth.Platform[name]; !ok || n != want {
							t.Fatalf("%s of %s: got %d, want %d, known %v", name, o.PostID, n, want, ok)
						}
					}
				}
				p := got.Profiles[0]
				truth := s.World.Profile(handle, p.ObservedAt)
				if *p.Followers != *truth.Followers || *p.Following != *truth.Following || *p.Posts != *truth.Posts || p.Views != truth.Views ||
					*p.Likes != s.World.Likes(handle, p.ObservedAt) || p.Handle != handle || p.Bio != known.Bio {
					t.Errorf("profile %+v, want %+v", p, truth)
				}
				// One call for the profile, and one for each 20 videos, private
				// ones included: they take their places on the pages.
				if least := 1 + (len(want)+19)/20; got.Calls > least+2 {
					t.Errorf("%d calls, want about %d", got.Calls, least)
				}
			})
		}
	}
}

func TestSandboxFaults(t *testing.T) {
	for _, business := range []bool{false, true} {
		t.Run(map[bool]string{false: "display", true: "business"}[business], func(t *testing.T) {
			s, c, loose := startSandbox(t, business)
			a, _ := sandboxAccount(t, s.World, "scatarina.gen")
			posts := s.World.Posts(a.Handle, sandboxNow)
			c.PageSize = 10
			token, list := s.OwnerToken(a.Handle), tiktoksandbox.OnPath("/v2/video/list/")
			limit, trouble := tiktoksandbox.Refusal(tiktoksandbox.RateLimitExceeded()), tiktoksandbox.Refusal(tiktoksandbox.InternalError())
			if business {
				token, list = s.BusinessToken(a.Handle), tiktoksandbox.OnPath("/open_api/v1.3/business/video/list/")
				limit, trouble = tiktoksandbox.BusinessTooManyRequests(), tiktoksandbox.BusinessTrouble()
			}
			job := collector.Job{Account: a, Depth: posts[25].PublishedAt}
			run := func(name string, want collector.Outcome) (*memory, error) {
				t.Helper()
				m, _, err := collect(t, c, job)
				if got := collector.OutcomeOf(err); got != want {
					t.Errorf("%s: outcome %q of %v, want %q", name, got, err, want)
				}
				if err != nil && strings.Contains(err.Error(), token) {
					t.Errorf("%s: token in error %v", name, err)
				}
				s.Faults.Clear()
				*loose = false
				return m, err
			}
			m, _ := run("well", collector.OutcomeOK)
			all := m.ids()

			s.Faults.KillToken(token)
			run("dead token", collector.OutcomeReconnect)
			s.Faults.RemoveAuthorization(a.Handle)
			run("authorisation removed", collector.OutcomeReconnect)
			s.Faults.WithholdScope(a.Handle, "video.list")
			if m, err := run("no scope for the videos", collector.OutcomeReconnect); errors.Is(err, collector.ErrNoInsights) || len(m.all().Profiles) != 1 {
				t.Errorf("no scope for the videos: %d profiles, error %v", len(m.all().Profiles), err)
			}
			s.Faults.WithholdScope(a.Handle, "user.info.stats")
			if m, err := run("no scope for the stats", collector.OutcomeReconnect); !errors.Is(err, collector.ErrNoInsights) || !slices.Equal(m.ids(), all) || m.all().Profiles[0].Followers != nil {
				t.Errorf("no scope for the stats: %d videos, error %v", len(m.ids()), err)
			}
			if business {
				s.Faults.WithholdScope(a.Handle, "video.insights")
				if m, err := run("no scope for the insights", collector.OutcomeReconnect); !errors.Is(err, collector.ErrNoInsights) || !slices.Equal(m.ids(), all) || m.all().Observations[0].Views == nil || m.all().Observations[0].Reach != nil {
					t.Errorf("no scope for the insights: %d videos, error %v", len(m.ids()), err)
				}
			}
			s.Faults.RetireField(map[bool]string{false: "is_aigc", true: "average_time_watched"}[business])
			if m, _ := run("retired field", collector.OutcomeOK); !slices.Equal(m.ids(), all) || m.all().Skipped != 1 {
				t.Errorf("retired field: %d videos, %d skipped", len(m.ids()), m.all().Skipped)
			}

			s.Faults.Spoil(tiktoksandbox.Refused(limit).At(list))
			if _, err := run("limit", collector.OutcomeWait); err != nil {
				if limit, ok := errors.AsType[*collector.RateLimitError](err); !ok || limit.RetryAfter != time.Minute {
					t.Errorf("limit: error %v, want a wait of a minute", err)
				}
			}
			s.Faults.Spoil(tiktoksandbox.Refused(trouble).At(list))
			run("trouble", collector.OutcomeRetry)
			*loose = true
			s.Faults.Spoil(sandbox.HTMLPage(http.StatusOK).At(list))
			run("HTML", collector.OutcomeRetry)
			*loose = true
			s.Faults.Spoil(sandbox.CutBody(900).At(list))
			run("cut body", collector.OutcomeRetry)
			*loose = true
			s.Faults.Spoil(tiktoksandbox.WrongTypes().At(list))
			run("wrong types", collector.OutcomeRetry)
			*loose = true
			s.Faults.InnerErrors()
			s.Faults.KillToken(token)
			run("error alone", collector.OutcomeReconnect)

			s.Faults.EmptyPages()
			if m, _ := run("empty pages", collector.OutcomeOK); !slices.Equal(m.ids(), all) {
				t.Errorf("empty pages: %d videos, want %d", len(m.ids()), len(all))
			}
			*loose = true
			s.Faults.LooseNumbers()
			if m, _ := run("loose numbers", collector.OutcomeOK); !slices.Equal(m.ids(), all) {
				t.Errorf("loose numbers: %d videos, want %d", len(m.ids()), len(all))
			}
			s.Faults.MakePrivate(posts[3].PostID)
			if m, _ := run("turned private", collector.OutcomeOK); slices.Contains(m.ids(), posts[3].PostID) || !slices.Contains(m.ids(), posts[4].PostID) {
				t.Errorf("turned private: videos %v", m.ids())
			}
			s.Faults.MakeAllPrivate(a.Handle)
			if m, _ := run("all private", collector.OutcomeOK); len(m.ids()) != 0 || *m.all().Profiles[0].Posts != 0 {
				t.Errorf("all private: videos %v", m.ids())
			}
		})
	}
}

func TestContractSandbox(t *testing.T) {
	w := sandboxtest.TikTokWorld()
	for _, business := range []bool{false, true} {
		t.Run(map[bool]string{false: "display", true: "business"}[business], func(t *testing.T) {
			t.Parallel()
			a, _ := sandboxAccount(t, w, "scatarina.gen")
			posts := w.Posts(a.Handle, sandboxNow)
			s := tiktoksandbox.New(tiktoksandbox.Options{World: w, Now: func() time.Time { return sandboxNow }, LimitTimes: 1 << 20})
			token, call, hidden := s.OwnerToken(a.Handle), callVideos, func(c schema.Counters) *int64 { return c.Saves }
			if business {
				token, call, hidden = s.BusinessToken(a.Handle), callBusinessVideos, func(c schema.Counters) *int64 { return c.Impressions }
			}
			source := func(context.Context, schema.Account) (string, error) { return token, nil }
			collectortest.Run(t, collectortest.Setup{
				Platform: s,
				New: func(_ *testing.T, o collectortest.Options) collector.Connector {
					c := &Connector{BaseURL: o.BaseURL, BusinessURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: 2, Token: source}
					if business {
						c.Business = source
					}
					return c
				},
				Account: a,
				Depth:   posts[3].PublishedAt,
				Now:     sandboxNow,
				Secrets: []string{token},
				Hidden:  collectortest.Hidden{PostID: posts[0].PostID, Call: call, Counter: hidden},
				List:    func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/video/list/") },
			})
		})
	}
}
