package youtube

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func TestCollect(t *testing.T) {
	for _, account := range []schema.Account{ownerAccount, publicAccount} {
		t.Run(string(account.Access), func(t *testing.T) {
			p := newPlatform(5)
			told := false
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: account, RunID: "run-1", OnUsage: func(float64) { told = true }})
			if err != nil || cur != "" {
				t.Fatalf("Collect: cursor %q, error %v", cur, err)
			}
			all := m.all()
			wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "youtube", ObservedAt: testNow,
				Followers: new(int64(10700000)), Posts: new(int64(5)), Views: new(int64(3331930783)), Name: "Information Department",
				Handle: "pid.sindh", Bio: "محکمہ اطلاعات", AvatarURL: "https://yt3.ggpht.com/s800", RunID: "run-1"}}
			if d := cmp.Diff(wantProfile, all.Profiles); d != "" {
				t.Errorf("profile (-want +got):\n%s", d)
			}
			if len(m.pages) != 3 || m.ids() != "0 1 2 3 4" || len(all.Observations) != 5 || all.Calls != 1+3*2 || len(all.Raw) != 7 || all.Skipped != 0 {
				t.Errorf("got %d pages, videos %s, %d observations, %d calls, %d answers, %d skipped", len(m.pages), m.ids(), len(all.Observations), all.Calls, len(all.Raw), all.Skipped)
			}
			if len(m.pages[0].Profiles) != 1 || m.pages[0].Calls != 3 || m.pages[1].Calls != 2 {
				t.Errorf("first page has %d profiles and %d calls, second %d calls", len(m.pages[0].Profiles), m.pages[0].Calls, m.pages[1].Calls)
			}
			if m.pages[0].Next == "" || m.pages[2].Next != "" {
				t.Errorf("next of the first page is %q, of the last %q", m.pages[0].Next, m.pages[2].Next)
			}
			if told {
				t.Error("usage was told, and nobody knows it")
			}
			wantPost := schema.Post{AccountID: "acc-1", PostID: "vid00000002", Platform: "youtube", NativeID: "vid00000002",
				Text: "video 2 #Sindh\n\n#کراچی https://sindh.gov.pk/2", Format: "video", Permalink: "https://www.youtube.com/watch?v=vid00000002",
				Links: []string{"https://sindh.gov.pk/2"}, Hashtags: []string{"Sindh", "کراچی"},
				PublishedAt: testNow.Add(-3 * time.Hour), CollectedAt: testNow, Seconds: new(int64(337))}
			if d := cmp.Diff(wantPost, all.Posts[2]); d != "" {
				t.Errorf("post (-want +got):\n%s", d)
			}
			want := schema.Observation{AccountID: "acc-1", PostID: "vid00000002", Platform: "youtube", ObservedAt: testNow, Call: "videos", RunID: "run-1",
				Counters: schema.Counters{Views: new(int64(1002)), Reactions: new(int64(20)), Comments: new(int64(2))},
				Extra:    map[string]int64{"viewCount": 1002, "likeCount": 20, "commentCount": 2}}
			if d := cmp.Diff(want, all.Observations[2]); d != "" {
				t.Errorf("observation (-want +got):\n%s", d)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	var asked []string
	p := newPlatform(3)
	p.before = func(_ string, r *http.Request) (int, string) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a key was sent as token")
		}
		asked = append(asked, r.URL.RequestURI())
		return 0, ""
	}
	m, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/youtube/v3/channels?forHandle=%40pid.sindh&part=snippet%2Cstatistics%2CcontentDetails%2Cstatus",
		"/youtube/v3/playlistItems?maxResults=2&part=snippet%2CcontentDetails%2Cstatus&playlistId=UUsindh0000000000000001",
		"/youtube/v3/videos?id=vid00000000%2Cvid00000001&part=snippet%2Cstatistics%2CcontentDetails%2Cstatus%2CliveStreamingDetails%2CpaidProductPlacementDetails",
		"/youtube/v3/playlistItems?maxResults=2&pageToken=UFQ6Mjoy&part=snippet%2CcontentDetails%2Cstatus&playlistId=UUsindh0000000000000001",
		"/youtube/v3/videos?id=vid00000002&part=snippet%2Cstatistics%2CcontentDetails%2Cstatus%2CliveStreamingDetails%2CpaidProductPlacementDetails",
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
	for i, raw := range m.all().Raw {
		if !strings.HasSuffix(raw.Request, want[i]) || raw.APIVersion != "v3" || raw.Status != 200 || raw.Platform != schema.YouTube {
			t.Errorf("raw answer %d is of %q, version %q, status %d", i, raw.Request, raw.APIVersion, raw.Status)
		}
	}
}

func TestCollectSettings(t *testing.T) {
	p := newPlatform(2)
	tests := []struct {
		name   string
		change func(*Connector, *schema.Account)
		want   collector.Outcome
	}{
		{"platform id is several", func(_ *Connector, a *schema.Account) { a.PlatformID = channelID + ",UCother" }, collector.OutcomeFixRequest},
		{"no access", func(_ *Connector, a *schema.Account) { a.Access = "" }, collector.OutcomeFixRequest},
		{"no handle", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Handle = "", "" }, collector.OutcomeFixRequest},
		{"handle is a query", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Handle = "", "a&id=b" }, collector.OutcomeFixRequest},
		{"no source of keys", func(c *Connector, a *schema.Account) { c.Key, a.Access = nil, schema.AccessPublic }, collector.OutcomeFixRequest},
		{"no source at all", func(c *Connector, _ *schema.Account) { c.Key, c.Token = nil, nil }, collector.OutcomeFixRequest},
		{"no key", func(c *Connector, a *schema.Account) {
			a.Access = schema.AccessPublic
			c.Key = func(context.Context, schema.Account) (string, error) { return "", nil }
		}, collector.OutcomeReconnect},
		{"token is refused us", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "", collector.ErrUnauthorized }
		}, collector.OutcomeReconnect},
		{"bad address", func(c *Connector, _ *schema.Account) { c.BaseURL = "::" }, collector.OutcomeFixRequest},
		{"dead token", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "ya29.old", nil }
		}, collector.OutcomeReconnect},
		{"wrong key", func(c *Connector, a *schema.Account) {
			a.Access = schema.AccessPublic
			c.Key = func(context.Context, schema.Account) (string, error) { return "AIzaOld", nil }
		}, collector.OutcomeFixRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, a := connect(t, p), ownerAccount
			tt.change(c, &a)
			_, cur, err := collect(t, c, collector.Job{Account: a, Cursor: "size=2"})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "size=2" {
				t.Fatalf("Collect: outcome %q of %v with cursor %q, want %q and the old cursor", got, err, cur, tt.want)
			}
			if !strings.HasPrefix(err.Error(), "youtube: ") {
				t.Errorf("Collect: error %q does not say where", err)
			}
		})
	}
}

func TestOwnerWithoutTokenIsReadWithTheKey(t *testing.T) {
	c := connect(t, newPlatform(2))
	c.Token = nil
	if m, _, err := collect(t, c, collector.Job{Account: ownerAccount}); err != nil || m.ids() != "0 1" {
		t.Errorf("Collect: videos %s, error %v", m.ids(), err)
	}
}

func TestTokenIsRenewedOnce(t *testing.T) {
	for name, tokens := range map[string][]string{
		"source has a newer one": {"ya29.old", testToken},
		"source has none":        {"ya29.old", "ya29.old"},
		"newer one is dead too":  {"ya29.old", "ya29.older"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(2)
			c := connect(t, p)
			asked := 0
			c.Token = func(context.Context, schema.Account) (string, error) {
				asked++
				return tokens[asked-1], nil
			}
			m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
			if alive := tokens[1] == testToken; alive && (err != nil || m.all().Calls != 4) || !alive && collector.OutcomeOf(err) != collector.OutcomeReconnect {
				t.Errorf("Collect: %d calls, error %v", m.all().Calls, err)
			}
			if asked != 2 {
				t.Errorf("source was asked %d times, want 2", asked)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	hours := func(n float64) time.Time { return testNow.Add(-time.Duration(n * float64(time.Hour))) }
	for _, tt := range []struct {
		name   string
		depth  time.Time
		cur    collector.Cursor
		change func(*platform)
		want   string
	}{
		{"all", time.Time{}, "", nil, "0 1 2 3 4 5 6 7"},
		{"first page is read whatever its age", hours(0.5), "", nil, "0 1"},
		{"a page with one young video goes on", hours(1.5), "", nil, "0 1 2 3"},
		{"at a video", hours(4), "", nil, "0 1 2 3 4 5"},
		{"one that was added long ago and is out since now", hours(2.5), "", func(p *platform) {
			p.video(3, "snippet")["publishedAt"] = "2026-11-20T11:59:00Z"
		}, "0 1 2 3 4 5"},
		{"an old one on top", hours(4.5), "", func(p *platform) {
			p.video(0, "snippet")["publishedAt"] = "2015-01-01T00:00:00Z"
		}, "0 1 2 3 4 5"},
		{"an old one last on its page", hours(4.5), "", func(p *platform) {
			p.video(1, "snippet")["publishedAt"] = "2015-01-01T00:00:00Z"
		}, "0 1 2 3 4 5"},
		{"a page of private ones says nothing", hours(1.5), "", func(p *platform) {
			p.silent["vid00000000"], p.silent["vid00000001"] = true, true
		}, "2 3"},
		{"the deeper of both", hours(1), position{page: "UFQ6Mjoy", list: uploadsID, size: 2, depth: hours(5.5)}.cursor(), nil, "2 3 4 5 6 7"},
		{"unreadable cursor", time.Time{}, "until=5", nil, "0 1 2 3 4 5 6 7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(8)
			if tt.change != nil {
				tt.change(p)
			}
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Depth: tt.depth, Cursor: tt.cur})
			if err != nil || cur != "" || m.ids() != tt.want {
				t.Errorf("Collect: videos %s, cursor %q, error %v, want videos %s", m.ids(), cur, err, tt.want)
			}
		})
	}
}

func TestResume(t *testing.T) {
	p := newPlatform(6)
	c := connect(t, p)
	full := 0
	m := new(memory)
	cur, err := c.Collect(t.Context(), collector.Job{Account: ownerAccount}, func(ctx context.Context, page collector.Page) error {
		if full++; full == 3 {
			return context.DeadlineExceeded
		}
		return m.store(ctx, page)
	})
	if err == nil || cur != m.pages[1].Next || cur == "" {
		t.Fatalf("Collect: cursor %q, error %v, want the next of the page stored last, %q", cur, err, m.pages[1].Next)
	}
	// The token is bound to the page size that it was given for.
	c.PageSize = 3
	m2, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
	if err != nil || cur != "" || m2.ids() != "4 5" || len(m2.all().Profiles) != 1 {
		t.Errorf("second Collect: videos %s, %d profiles, cursor %q, error %v", m2.ids(), len(m2.all().Profiles), cur, err)
	}
}

func TestListOfUploadsIsAnother(t *testing.T) {
	c := connect(t, newPlatform(4))
	cur := position{page: "UFQ6Mjoy", list: "UUother", size: 2}.cursor()
	m, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
	if err != nil || cur != "" || m.ids() != "0 1 2 3" {
		t.Errorf("Collect: videos %s, cursor %q, error %v, want all from the top", m.ids(), cur, err)
	}
}

func TestInvalidPageToken(t *testing.T) {
	bad := position{page: "CDIQAA", list: uploadsID, size: 2, depth: testNow.Add(-3*time.Hour - time.Minute)}.cursor()
	t.Run("of the cursor", func(t *testing.T) {
		m, cur, err := collect(t, connect(t, newPlatform(8)), collector.Job{Account: ownerAccount, Cursor: bad, Depth: testNow})
		if err != nil || cur != "" || m.ids() != "0 1 2 3 4 5" {
			t.Errorf("Collect: videos %s, cursor %q, error %v, want the list from the top to the cursor's depth", m.ids(), cur, err)
		}
	})
	t.Run("then the quota ends", func(t *testing.T) {
		p := newPlatform(8)
		p.before = func(call string, r *http.Request) (int, string) {
			if call == "playlistItems" && !r.URL.Query().Has("pageToken") {
				return 403, errorBody(403, "quotaExceeded", "quota")
			}
			return 0, ""
		}
		_, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Cursor: bad, Depth: testNow})
		pos, parseErr := parseCursor(cur)
		if collector.OutcomeOf(err) != collector.OutcomeWait || parseErr != nil || pos.page != "" || pos.depth.IsZero() {
			t.Errorf("Collect: cursor %q, error %v, want one that leads to the top and keeps the depth", cur, err)
		}
	})
	t.Run("in the middle of a run", func(t *testing.T) {
		p := newPlatform(4)
		refused := false
		p.before = func(_ string, r *http.Request) (int, string) {
			if r.URL.Query().Has("pageToken") && !refused {
				refused = true
				return 400, errorBody(400, "invalidPageToken", "no")
			}
			return 0, ""
		}
		m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
		if err != nil || cur != "" || m.ids() != "0 1 0 1 2 3" {
			t.Errorf("Collect: videos %s, cursor %q, error %v", m.ids(), cur, err)
		}
	})
	t.Run("always", func(t *testing.T) {
		p := newPlatform(4)
		p.before = func(_ string, r *http.Request) (int, string) {
			if r.URL.Query().Has("pageToken") {
				return 400, errorBody(400, "invalidPageToken", "no")
			}
			return 0, ""
		}
		c := connect(t, p)
		_, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
		if got := p.count("playlistItems"); collector.OutcomeOf(err) != collector.OutcomeFixRequest || got != 2*(maxRestarts+1) {
			t.Errorf("Collect: error %v after %d pages asked for, want a stop after %d", err, got, 2*(maxRestarts+1))
		}
		// The pass has had its restarts, whatever the run.
		before := p.count("playlistItems")
		if _, _, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur}); err == nil || p.count("playlistItems") != before+1 {
			t.Errorf("second Collect: error %v after %d pages asked for, want one", err, p.count("playlistItems")-before)
		}
	})
}

func TestOddLists(t *testing.T) {
	kind := `"kind":"youtube#playlistItemListResponse"`
	tests := []struct {
		name, body string
		want       collector.Outcome
	}{
		{"empty", `{` + kind + `,"items":[]}`, collector.OutcomeOK},
		{"no items", `{` + kind + `}`, collector.OutcomeOK},
		{"no list", `{}`, collector.OutcomeRetry},
		{"another list", `{"kind":"youtube#videoListResponse"}`, collector.OutcomeRetry},
		{"list is an object", `{` + kind + `,"items":{}}`, collector.OutcomeRetry},
		{"items are no objects", `{"items":[1,"x",null,[]]}`, collector.OutcomeOK},
		{"round in circles", `{"items":[],"nextPageToken":"CAoQAA"}`, collector.OutcomeRetry},
		{"token of evil", `{"items":[],"nextPageToken":"a\u0000b"}`, collector.OutcomeRetry},
		{"error with status 200", errorBody(503, "backendError", "x"), collector.OutcomeRetry},
		{"error is a string", `{"error":"x"}`, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(2)
			p.before = func(call string, _ *http.Request) (int, string) {
				if call == "playlistItems" {
					return 200, tt.body
				}
				return 0, ""
			}
			m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
			if got := collector.OutcomeOf(err); got != tt.want {
				t.Errorf("Collect: outcome %q of %v, want %q", got, err, tt.want)
			}
			if all := m.all(); len(all.Profiles) != 1 || len(all.Posts) != 0 || p.count("videos") != 0 || p.count("playlistItems") > 2 {
				t.Errorf("stored %d profiles and %d posts after %d lists, want the profile alone", len(all.Profiles), len(all.Posts), p.count("playlistItems"))
			}
		})
	}
}

func TestListWithoutEnd(t *testing.T) {
	p := newPlatform(2)
	n := 0
	p.before = func(call string, _ *http.Request) (int, string) {
		if call == "playlistItems" {
			n++
			return 200, fmt.Sprintf(`{"items":[],"nextPageToken":"T%d"}`, n)
		}
		return 0, ""
	}
	if _, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount}); collector.OutcomeOf(err) != collector.OutcomeRetry || n != maxEmptyPages {
		t.Errorf("Collect: error %v after %d pages, want a stop after %d", err, n, maxEmptyPages)
	}
}

func TestPageSize(t *testing.T) {
	for size, want := range map[int]int{0: 50, -1: 50, 7: 7, 50: 50, 500: 50} {
		c := &Connector{PageSize: size}
		if got := c.pageSize(); got != want {
			t.Errorf("pageSize with PageSize %d: got %d, want %d", size, got, want)
		}
	}
}

func TestObservedAtIsTheAnswers(t *testing.T) {
	p := newPlatform(2)
	at := testNow
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at = at.Add(time.Second)
		w.Header().Set("Date", at.Format(http.TimeFormat))
		p.ServeHTTP(w, r)
	})
	c := connect(t, h)
	c.Skew = time.Minute
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	all := m.all()
	got := []time.Duration{all.Profiles[0].ObservedAt.Sub(testNow), all.Observations[0].ObservedAt.Sub(testNow), all.Posts[0].CollectedAt.Sub(testNow)}
	if d := cmp.Diff([]time.Duration{1 * time.Second, 3 * time.Second, 3 * time.Second}, got); d != "" {
		t.Errorf("moments of the profile, the reading and the video (-want +got):\n%s", d)
	}
}
