package instagram_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/schema"
)

type insights struct {
	Data []struct {
		Name, Period, Title, Description, ID string
		Values                               []struct {
			Value   int64
			EndTime string `json:"end_time"`
		}
		Total *struct {
			Value      int64
			Breakdowns []struct {
				Keys    []string `json:"dimension_keys"`
				Results []struct {
					Values []string `json:"dimension_values"`
					Value  int64
				}
			}
		} `json:"total_value"`
	}
	Paging struct{ Previous, Next string }
}

const (
	feedMetrics = "reach,views,likes,comments,saved,shares,total_interactions,reposts,follows,profile_visits,profile_activity"
	reelMetrics = "reach,views,likes,comments,saved,shares,total_interactions,reposts,ig_reels_avg_watch_time,ig_reels_video_view_total_time,reels_skip_rate"
)

// Insights are the truth of the answer's second; what is unknown is left out.
func TestMediaInsights(t *testing.T) {
	s := start(t, instagram.Options{})
	hidden := 0
	for _, handle := range []string{"governosp", "governoms", "governope", "governoro"} {
		posts := listed(s.World, handle, june)
		for _, p := range posts {
			tr, _ := s.World.Truth(handle, p.PostID, june)
			if tr.Reactions != nil && p.PublishedAt.Before(posts[20].PublishedAt) {
				continue // twenty posts, and all that hide their likes
			}
			names := feedMetrics
			if p.Format == schema.FormatReel {
				names = reelMetrics
			}
			want := make(map[string]int64)
			for name := range strings.SplitSeq(names, ",") {
				if v, ok := tr.Platform[name]; ok {
					want[name] = v
				}
			}
			var in insights
			s.get(p.NativeID+"/insights", "metric", names, "period", "day").decode(t, &in)
			got := make(map[string]int64)
			for _, m := range in.Data {
				if m.Period != "lifetime" || len(m.Values) != 1 || m.Total != nil || m.Title == "" || m.Description == "" || m.ID != p.NativeID+"/insights/"+m.Name+"/lifetime" {
					t.Fatalf("metric of %s: got %+v", p.PostID, m)
				}
				got[m.Name] = m.Values[0].Value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("insights of %s:\n%s", p.PostID, diff)
			}
			if tr.Reactions == nil {
				if _, ok := got["likes"]; ok || len(got) == 0 {
					t.Fatalf("insights of %s, whose likes are hidden: got %v", p.PostID, got)
				}
				hidden++
			}
		}
	}
	if hidden == 0 {
		t.Error("no post with hidden likes was read")
	}
}

func TestMediaInsightsBreakdown(t *testing.T) {
	s := start(t, instagram.Options{})
	for _, p := range listed(s.World, "governosp", june) {
		tr, _ := s.World.Truth("governosp", p.PostID, june)
		if tr.Platform["profile_activity"] < 8 {
			continue
		}
		var in insights
		s.get(p.NativeID+"/insights", "metric", "profile_activity", "breakdown", "action_type").decode(t, &in)
		m := in.Data[0]
		var sum int64
		for _, r := range m.Total.Breakdowns[0].Results {
			sum += r.Value
		}
		if want := tr.Platform["profile_activity"]; m.Values[0].Value != want || m.Total.Value != want || sum != want {
			t.Fatalf("profile_activity of %s: got %+v, want %d", p.PostID, m, want)
		}
		return
	}
	t.Error("no post with enough activity")
}

// A total over a window is what the posts gained in it.
func TestAccountInsightsTotals(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	since, until := june.Add(-7*24*time.Hour), june.Add(-24*time.Hour)
	want := map[string]int64{}
	var mostReach, sumReach int64
	for _, p := range listed(s.World, a.Handle, until) {
		end, _ := s.World.Truth(a.Handle, p.PostID, until)
		begin, _ := s.World.Truth(a.Handle, p.PostID, since)
		for account, media := range map[string]string{"views": "views", "likes": "likes", "comments": "comments", "saves": "saved", "shares": "shares", "reposts": "reposts", "total_interactions": "total_interactions", "accounts_engaged": "total_interactions"} {
			want[account] += end.Platform[media] - begin.Platform[media]
		}
		gain := end.Platform["reach"] - begin.Platform["reach"]
		sumReach, mostReach = sumReach+gain, max(mostReach, gain)
	}
	var in insights
	s.get(a.PlatformID+"/insights", "metric", "views,likes,comments,saves,shares,reposts,total_interactions,reach,accounts_engaged",
		"period", "day", "metric_type", "total_value", "since", strconv.FormatInt(since.Unix(), 10), "until", strconv.FormatInt(until.Unix(), 10)).decode(t, &in)
	got := map[string]int64{}
	for _, m := range in.Data {
		if m.Values != nil || m.Total == nil || m.Period != "day" || m.ID != a.PlatformID+"/insights/"+m.Name+"/day" {
			t.Fatalf("total_value: got %+v", m)
		}
		got[m.Name] = m.Total.Value
	}
	reach := got["reach"]
	delete(got, "reach")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("totals of a week:\n%s", diff)
	}
	if reach < mostReach || reach > sumReach || reach > got["views"] {
		t.Errorf("reach of a week: got %d, want it between that of the best post, %d, and the sum, %d", reach, mostReach, sumReach)
	}
	if in.Paging.Next == "" || in.Paging.Previous == "" {
		t.Error("insights have no windows before and after")
	}
	var before insights
	s.fetch(in.Paging.Previous).decode(t, &before)
	if !strings.Contains(before.Paging.Next, "since="+strconv.FormatInt(since.Unix(), 10)) {
		t.Errorf("next of previous: got %s", before.Paging.Next)
	}
}

// Parts by kind of content add up for views, and do not for reach.
func TestAccountInsightsBreakdown(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	var in insights
	s.get(a.PlatformID+"/insights", "metric", "views,reach", "period", "day", "metric_type", "total_value", "breakdown", "media_product_type,follow_type").decode(t, &in)
	for _, m := range in.Data {
		var sum int64
		for _, r := range m.Total.Breakdowns[0].Results {
			if len(r.Values) != 2 {
				t.Fatalf("dimensions: got %v", r.Values)
			}
			sum += r.Value
		}
		if equal := sum == m.Total.Value; equal != (m.Name == "views") || sum == 0 {
			t.Errorf("parts of %s: sum %d, total %d", m.Name, sum, m.Total.Value)
		}
	}
}

// Days end at midnight in California, in winter and in summer.
func TestAccountInsightsSeries(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	tests := []struct {
		name         string
		since, until string
		first, last  string
		days         int
	}{
		{"winter", "2024-01-10T08:00:00Z", "2024-01-13T08:00:00Z", "2024-01-11T08:00:00+0000", "2024-01-13T08:00:00+0000", 3},
		{"summer", "2024-05-10T07:00:00Z", "2024-05-13T07:00:00Z", "2024-05-11T07:00:00+0000", "2024-05-13T07:00:00+0000", 3},
		{"into summer", "2024-03-09T08:00:00Z", "2024-03-12T07:00:00Z", "2024-03-10T08:00:00+0000", "2024-03-12T07:00:00+0000", 3},
		{"until now", "2024-05-30T07:00:00Z", "2024-06-02T07:00:00Z", "2024-05-31T07:00:00+0000", "2024-06-01T07:00:00+0000", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var in insights
			s.get(a.PlatformID+"/insights", "metric", "reach", "period", "day", "since", tt.since, "until", tt.until).decode(t, &in)
			v := in.Data[0].Values
			if len(v) != tt.days || v[0].EndTime != tt.first || v[len(v)-1].EndTime != tt.last || in.Data[0].Total != nil {
				t.Errorf("got %+v", in.Data[0])
			}
			for _, day := range v {
				if day.Value <= 0 {
					t.Errorf("reach of the day to %s: got %d", day.EndTime, day.Value)
				}
			}
		})
	}
}

// follower_count is what the followers grew by in each day.
func TestFollowerCount(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	ask := func() insights {
		var in insights
		s.get(a.PlatformID+"/insights", "metric", "follower_count", "period", "day", "since", "2024-05-03T07:00:00Z", "until", "2024-06-01T07:00:00Z").decode(t, &in)
		return in
	}
	in := ask()
	if len(in.Data) != 1 || len(in.Data[0].Values) != 29 {
		t.Fatalf("follower_count: got %+v", in.Data)
	}
	for _, v := range in.Data[0].Values {
		end, err := time.Parse("2006-01-02T15:04:05-0700", v.EndTime)
		if err != nil {
			t.Fatal(err)
		}
		want := *s.World.Profile(a.Handle, end).Followers - *s.World.Profile(a.Handle, end.AddDate(0, 0, -1)).Followers
		if v.Value != want {
			t.Errorf("follower_count of the day to %s: got %d, want %d", v.EndTime, v.Value, want)
		}
	}
	s.Faults.Followers(a.Handle, 99)
	if in := ask(); len(in.Data) != 0 {
		t.Errorf("follower_count of an account with 99 followers: got %+v", in.Data)
	}
}

// Without since and until the window is the last day; with one of them it
// begins or ends there.
func TestAccountInsightsWindow(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	now := june.Unix()
	tests := []struct {
		name         string
		since, until string
		length       int64 // of the window; 0 means error 100
		previous     int64 // where the window before ends
	}{
		{"default", "", "", 86400, now - 86400},
		{"until", "", "2024-05-20", 86400, time.Date(2024, 5, 19, 0, 0, 0, 0, time.UTC).Unix()},
		{"since", strconv.FormatInt(now-7200, 10), "", 7200, now - 7200},
		{"since of long ago", "2024-02-01", "", 30 * 86400, time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC).Unix()},
		{"wrong since", "soon", "", 0, 0},
		{"wrong until", "", "soon", 0, 0},
		{"the wrong way round", "2024-05-20", "2024-05-19", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			query := []string{"metric", "reach", "period", "day"}
			for name, v := range map[string]string{"since": tt.since, "until": tt.until} {
				if v != "" {
					query = append(query, name, v)
				}
			}
			r := s.get(a.PlatformID+"/insights", query...)
			if tt.length == 0 {
				if e := r.error(t); e.Code != 100 {
					t.Errorf("got %+v", e)
				}
				return
			}
			var in insights
			r.decode(t, &in)
			want := "&since=" + strconv.FormatInt(tt.previous-tt.length, 10) + "&until=" + strconv.FormatInt(tt.previous, 10)
			if !strings.HasSuffix(in.Paging.Previous, want) {
				t.Errorf("previous: got %s, want it to end in %s", in.Paging.Previous, want)
			}
		})
	}
}
