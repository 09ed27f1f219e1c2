package dashboard

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

func TestInsights(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	if a := b.get("/accounts/d01-a"); a.StatusCode != 200 || strings.Contains(a.body, `id="insights"`) {
		t.Errorf("an account without figures of its own: %d, or a card of them", a.StatusCode)
	}
	days := make([]*float64, 28) // 1 to 28 May
	days[0], days[1], days[3] = f(100), f(1250), f(0)
	st.stats.change(func() { st.stats.insights = []analytics.Insight{{Metric: "page_media_view", Days: days}} })
	a := b.get("/accounts/d01-a")
	got := squeeze(text(a.body))
	for _, want := range []string{"The account’s own daily figures", "Days are those of California", "page_media_view 0 4 May 3 of 28", "4 May 0 3 May – 2 May 1,250 1 May 100"} {
		if !strings.Contains(got, squeeze(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(a.body, "<polyline"); n != 2 {
		t.Errorf("%d lines, want 2 with a gap between", n)
	}
	st.stats.change(func() { st.stats.accounts[0].Platform = schema.TikTok })
	if got := text(b.get("/accounts/d01-a").body); !strings.Contains(got, "Days are those of UTC.") {
		t.Error("TikTok's days are not said to be those of UTC")
	}
	if a := b.get("/departments/d01"); strings.Contains(a.body, `id="insights"`) {
		t.Error("a department has an account's own figures")
	}
}

func TestCourseLines(t *testing.T) {
	for name, tt := range map[string]struct {
		days []*float64
		want []string
	}{
		"a gap":    {[]*float64{f(0), f(10), nil, f(5), f(10)}, []string{"0.0,31.0 40.0,1.0", "120.0,16.0 160.0,1.0"}},
		"one day":  {[]*float64{nil, f(10), nil}, []string{"80.0,1.0 82.0,1.0"}},
		"zeros":    {[]*float64{f(0), f(0)}, []string{"0.0,31.0 160.0,31.0"}},
		"below":    {[]*float64{f(-5), f(5)}, []string{"0.0,31.0 160.0,1.0"}},
		"no days":  {nil, nil},
		"not told": {[]*float64{nil, nil}, nil},
	} {
		if d := cmp.Diff(tt.want, courseLines(tt.days)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestMetricsAsked(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleReader)
	if got := text(b.get("/metrics").body); !strings.Contains(got, "No platform has been asked for a metric by its name yet.") {
		t.Error("nothing is said while nothing was asked")
	}
	given := analytics.MetricStatus{Platform: schema.Facebook, Kind: "post", Metric: "post_media_view", Given: tm(noon.Add(-time.Hour))}
	st.stats.change(func() { st.stats.status = []analytics.MetricStatus{given} })
	if got := text(b.get("/metrics").body); !strings.Contains(got, "The 1 metric that was asked for by name is given: none is refused.") {
		t.Error("it is not said that nothing is refused")
	}
	st.stats.change(func() {
		st.stats.status = append(st.stats.status,
			analytics.MetricStatus{Platform: schema.Instagram, Kind: "reel", Metric: "plays", Given: tm(noon.Add(-48 * time.Hour)), Refused: tm(noon.Add(-2 * time.Hour)), Detail: "(#100) metric[0] <b>must</b> be one of"},
			analytics.MetricStatus{Platform: schema.TikTok, Kind: "video", Metric: "reach", Refused: tm(noon.Add(-3 * time.Hour))})
	})
	a := b.get("/metrics")
	got := squeeze(text(a.body))
	for _, want := range []string{
		"2 of 3 metrics are refused now.",
		"plays Instagram reel refused since it was last given; last refused 28 May 10:00 26 May 12:00 (#100) metric[0] <b>must</b> be one of",
		"reach TikTok video never given; last refused 28 May 09:00 –", "post_media_view Facebook post given 28 May 11:00",
	} {
		if !strings.Contains(got, squeeze(want)) {
			t.Errorf("the catalogue does not say %q", want)
		}
	}
	if strings.Contains(a.body, "<b>must") || strings.Index(a.body, ">plays<") > strings.Index(a.body, ">post_media_view</code></th><td>Facebook") {
		t.Error("a platform's words are markup, or what is given stands before what is refused")
	}
}
