package tiktok

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// refusing answers as a platform that does not take some fields.
func refusing(path string, names []string, answer func() (int, string)) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, path) {
			return 0, ""
		}
		asked := strings.Split(r.URL.Query().Get("fields"), ",")
		if strings.HasPrefix(r.URL.Path, "/open_api/") {
			_ = json.Unmarshal([]byte(r.URL.Query().Get("fields")), &asked)
		}
		for _, name := range names {
			if slices.Contains(asked, name) {
				return answer()
			}
		}
		return 0, ""
	}
}

func displayRefused(status int, code, message string) func() (int, string) {
	return func() (int, string) {
		return status, `{"data":{},"error":{"code":"` + code + `","message":"` + message + `","log_id":"1"}}`
	}
}

func accountsRefused(code int) func() (int, string) {
	return func() (int, string) { return 200, businessRefused(code) }
}

func TestRefusedFields(t *testing.T) {
	const scopeUnnamed = "The user did not authorize the scope required for completing this request."
	tests := []struct {
		name     string
		business bool
		path     string
		fields   []string
		answer   func() (int, string)
		noRight  bool // the pass ends complete, with ErrNoInsights
		skipped  int
		calls    int
		check    func(collector.Page) bool
	}{
		{"scope of the stats, named", false, "/user/info/", []string{"follower_count"}, displayRefused(400, "scope_permission_missed", "user.info.stats is missing"), true, 0, 4,
			func(p collector.Page) bool { return p.Profiles[0].Followers == nil && p.Profiles[0].Bio != "" }},
		{"scope of the stats, unnamed", false, "/user/info/", []string{"likes_count"}, displayRefused(400, "scope_permission_missed", "x"), true, 0, 6,
			func(p collector.Page) bool { return p.Profiles[0].Likes == nil && p.Profiles[0].Handle != "" }},
		{"scope of the profile, by status 401", false, "/user/info/", []string{"username"}, displayRefused(401, "scope_not_authorized", scopeUnnamed), true, 0, 6,
			func(p collector.Page) bool {
				return *p.Profiles[0].Followers == 64363 && p.Profiles[0].Handle == "" && p.Posts[0].Permalink != ""
			}},
		{"both scopes", false, "/user/info/", []string{"username", "video_count"}, displayRefused(401, "scope_not_authorized", scopeUnnamed), true, 0, 6,
			func(p collector.Page) bool { return p.Profiles[0].Posts == nil && p.Profiles[0].Verified == nil }},
		{"a field of videos that is gone", false, "/video/list/", []string{"is_aigc"}, displayRefused(400, "invalid_params", "x"), false, 1, 7,
			func(p collector.Page) bool {
				_, told := p.Observations[0].Extra["is_aigc"]
				return !told && *p.Observations[0].Views > 0 && p.Posts[0].ThumbnailURL != ""
			}},
		{"a field of videos that is gone, named", false, "/video/list/", []string{"is_aigc"}, displayRefused(400, "invalid_params", "Field is_aigc is not supported."), false, 1, 4,
			func(p collector.Page) bool { return p.Posts[0].ThumbnailURL != "" }},
		{"business: scope of the insights", true, "/video/list/", []string{"reach", "favorites"}, accountsRefused(40001), true, 0, 8,
			func(p collector.Page) bool {
				o := p.Observations[0]
				return o.Reach == nil && o.Saves == nil && *o.Views > 0 && *o.Clicks > 0
			}},
		{"business: clicks for registered businesses only", true, "/video/list/", []string{"email_clicks"}, accountsRefused(40001), false, 1, 8,
			func(p collector.Page) bool { return p.Observations[0].Clicks == nil && *p.Observations[0].Reach == 900 }},
		{"business: a metric that is gone", true, "/video/list/", []string{"average_time_watched"}, accountsRefused(40002), false, 1, 13,
			func(p collector.Page) bool {
				o := p.Observations[0]
				_, told := o.Extra["average_time_watched_millis"]
				return !told && *o.WatchSeconds > 0 && *o.Reactions == 0 && *o.Clicks > 0
			}},
		{"business: the kind of account", true, "/business/get/", []string{"is_business_account"}, accountsRefused(40001), true, 0, 7,
			func(p collector.Page) bool { return p.Profiles[0].Extra == nil && *p.Profiles[0].Followers == 64363 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(4)
			p.before = refusing(tt.path, tt.fields, tt.answer)
			c := connect(t, p, tt.business)
			c.PageSize = 2
			l, lines := logged()
			c.Log = l
			m, cur, err := collect(t, c, collector.Job{Account: testAccount})
			switch {
			case cur != "" || len(m.ids()) != 4:
				t.Errorf("%d videos, cursor %q", len(m.ids()), cur)
			case tt.noRight && !(errors.Is(err, collector.ErrNoInsights) && errors.Is(err, collector.ErrUnauthorized)):
				t.Errorf("error %v, want %v", err, collector.ErrNoInsights)
			case !tt.noRight && err != nil:
				t.Errorf("error %v", err)
			}
			all := m.all()
			if all.Skipped != tt.skipped || strings.Count(lines.String(), "\n") != tt.skipped {
				t.Errorf("%d skipped, want %d; log:\n%s", all.Skipped, tt.skipped, lines)
			}
			// The second page is asked for without them, once.
			if all.Calls != tt.calls {
				t.Errorf("%d calls, want %d", all.Calls, tt.calls)
			}
			for _, m := range all.Metrics {
				if want := slices.Contains(tt.fields, m.Metric); m.Status == schema.MetricRefused && m.Detail == "" || want && !strings.HasSuffix(tt.path, m.Kind[strings.LastIndex(m.Kind, "/"):]+"/") {
					t.Errorf("status %+v", m)
				}
			}
			for _, name := range tt.fields {
				if !slices.ContainsFunc(all.Metrics, func(m schema.MetricStatus) bool { return m.Metric == name && m.Status == schema.MetricRefused }) {
					t.Errorf("nothing says that %s is refused", name)
				}
			}
			if !tt.check(all) {
				t.Errorf("profile %+v, first reading %+v", all.Profiles[0], all.Observations[0])
			}
		})
	}
}

// What is needed cannot be left out: the refusal is the run's.
func TestRefusedCalls(t *testing.T) {
	tests := []struct {
		name     string
		business bool
		path     string
		status   int
		body     string
		want     collector.Outcome
		profile  bool // is stored
	}{
		{"no scope for the videos", false, "/video/list/", 401, refused("scope_not_authorized"), "reconnect", true},
		{"no scope for the user", false, "/user/info/", 401, refused("scope_not_authorized"), "reconnect", false},
		{"a wrong request", false, "/video/list/", 400, refused("invalid_params"), "fix_request", true},
		{"business: no scope for the videos", true, "/video/list/", 200, businessRefused(40001), "reconnect", true},
		{"business: no scope for the account", true, "/business/get/", 200, businessRefused(40001), "reconnect", false},
		{"business: a wrong request", true, "/video/list/", 200, businessRefused(40002), "fix_request", true},
	}
	for _, tt := range tests {
		p := newPlatform(1)
		p.before = func(r *http.Request) (int, string) {
			if strings.HasSuffix(r.URL.Path, tt.path) {
				return tt.status, tt.body
			}
			return 0, ""
		}
		m, _, err := collect(t, connect(t, p, tt.business), collector.Job{Account: testAccount})
		if got := collector.OutcomeOf(err); got != tt.want || errors.Is(err, collector.ErrNoInsights) || (len(m.all().Profiles) == 1) != tt.profile {
			t.Errorf("%s: outcome %q of %v, %d profiles, want %q", tt.name, got, err, len(m.all().Profiles), tt.want)
		}
	}
}

// Trouble while it is found out which fields are refused is not taken for a
// refusal.
func TestTroubleAmongRefusals(t *testing.T) {
	p := newPlatform(1)
	n := 0
	p.before = func(r *http.Request) (int, string) {
		n++
		switch n {
		case 1:
			return 400, refused("scope_permission_missed")
		case 3:
			return 429, refused("rate_limit_exceeded")
		}
		return 0, ""
	}
	if _, _, err := collect(t, connect(t, p, false), collector.Job{Account: testAccount}); collector.OutcomeOf(err) != collector.OutcomeWait || n != 3 {
		t.Errorf("after %d calls: %v, want a wait", n, err)
	}
}

// What is taken is noted once a run, by the platform's names.
func TestMetricsGiven(t *testing.T) {
	for _, business := range []bool{false, true} {
		c := connect(t, newPlatform(4), business)
		c.PageSize = 2
		m, _, err := collect(t, c, collector.Job{Account: testAccount, RunID: "run-1"})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, s := range m.all().Metrics {
			if s.Status != schema.MetricGiven || s.Detail != "" || s.AccountID != "acc-1" || s.RunID != "run-1" || !s.At.Equal(testNow) {
				t.Errorf("status %+v", s)
			}
			seen[s.Kind+" "+s.Metric]++
		}
		want := []string{"user/info follower_count", "video/list view_count", "video/list is_aigc"}
		if business {
			want = []string{"business/get followers_count", "business/video/list reach", "business/video/list email_clicks", "business/video/list is_ad"}
		}
		for _, name := range want {
			if seen[name] != 1 {
				t.Errorf("%s is noted %d times, want once", name, seen[name])
			}
		}
	}
}
