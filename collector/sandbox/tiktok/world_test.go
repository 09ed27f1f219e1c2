package tiktok_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
	"github.com/hamawaz/hamawaz/schema"
)

var (
	_ sandbox.World     = (*tiktok.World)(nil)
	_ sandbox.Commented = (*tiktok.World)(nil)
)

var (
	june = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	// end is long after all counts have arrived.
	end = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

func TestAccounts(t *testing.T) {
	departments := map[schema.DepartmentID]sandbox.Department{}
	for _, a := range sandboxtest.InstagramWorld().Accounts() {
		departments[a.Department.ID()] = a.Department
	}
	accounts := sandboxtest.TikTokWorld().Accounts()
	if len(accounts) != 3 || !slices.IsSortedFunc(accounts, func(a, b sandbox.Account) int { return strings.Compare(a.Handle, b.Handle) }) {
		t.Errorf("Accounts: got %+v", accounts)
	}
	dashes := 0
	for _, a := range accounts {
		if departments[a.Department.ID()] != a.Department {
			t.Errorf("department of %s is not one of Instagram's: %+v", a.Handle, a.Department)
		}
		if len(a.PlatformID) != 36 || len(a.Handle) > 24 || a.Access != schema.AccessOwner || !strings.Contains(a.Bio, "generated") || !strings.Contains(a.Name, "generated") {
			t.Errorf("account %+v", a)
		}
		if strings.HasPrefix(a.PlatformID, "-") {
			dashes++
		}
	}
	if dashes != 1 {
		t.Errorf("%d open_ids begin with a dash, want 1", dashes)
	}
}

// Generated videos say so, are of three languages and lie all over two years
// that end before September 2024. Their ids hold their time, as the platform's
// do.
func TestPosts(t *testing.T) {
	w := sandboxtest.TikTokWorld()
	for _, a := range w.Accounts() {
		posts := w.Posts(a.Handle, end)
		months, urdu, english, seen := map[string]int{}, 0, 0, map[string]bool{}
		for i, p := range posts {
			months[p.PublishedAt.Format("2006-01")]++
			if !strings.HasSuffix(p.Text, "[generated]") || p.Format != schema.FormatVideo || p.PostID != p.NativeID || len(p.PostID) != 19 {
				t.Fatalf("post %+v", p)
			}
			switch {
			case strings.ContainsFunc(p.Text, func(r rune) bool { return 0x0600 <= r && r <= 0x06ff }):
				urdu++
			case strings.Contains(p.Text, "the ") || strings.Contains(p.Text, " in "):
				english++
			}
			n, err := strconv.ParseInt(p.PostID, 10, 64)
			if err != nil || n>>32 != p.PublishedAt.Unix() || seen[p.PostID] || i > 0 && !p.PublishedAt.Before(posts[i-1].PublishedAt) {
				t.Fatalf("post %d of %s: %+v", i, a.Handle, p)
			}
			if p.Permalink != "https://www.tiktok.com/@"+a.Handle+"/video/"+p.PostID {
				t.Fatalf("link of %s: %s", p.PostID, p.Permalink)
			}
			seen[p.PostID] = true
		}
		first, last := posts[len(posts)-1].PublishedAt, posts[0].PublishedAt
		if len(posts) < 200 || len(months) != 24 || urdu < len(posts)/10 || english < len(posts)/20 ||
			first.Before(time.Date(2022, 9, 1, 0, 0, 0, 0, time.UTC)) || !last.Before(time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %d posts in %d months from %s to %s, %d Urdu, %d English", a.Handle, len(posts), len(months), first, last, urdu, english)
		}
	}
}

// The world is a pure function of seed, video and second.
func TestTruthIsPure(t *testing.T) {
	w := sandboxtest.TikTokWorld()
	again, err := tiktok.Load(tiktok.DefaultWorldOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range w.Accounts() {
		if d := cmp.Diff(w.Posts(a.Handle, june), again.Posts(a.Handle, june)); d != "" {
			t.Fatalf("posts of two worlds of one seed:\n%s", d)
		}
		for _, p := range w.Posts(a.Handle, june)[:100] {
			at := p.PublishedAt.Add(5 * time.Hour)
			got, _ := w.Truth(a.Handle, p.PostID, at)
			same, _ := again.Truth(a.Handle, p.PostID, at.Add(999*time.Millisecond).In(time.FixedZone("PKT", 5*3600)))
			if d := cmp.Diff(got, same); d != "" {
				t.Fatalf("Truth(%s) of two worlds of one seed, in one second:\n%s", p.PostID, d)
			}
		}
	}
	other, err := tiktok.Load(tiktok.WorldOptions{Seed: 2, Modelled: true})
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(w.Posts("parana.gen", june), other.Posts("parana.gen", june)) || !cmp.Equal(w.Accounts(), other.Accounts()) {
		t.Error("another seed generates the same videos, or other accounts")
	}
}

// Counts never fall, and people do less than they see.
func TestTruthGrowsAndAgrees(t *testing.T) {
	w := sandboxtest.TikTokWorld()
	ages := []time.Duration{0, time.Second, time.Minute, time.Hour, 8 * time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 400 * 24 * time.Hour}
	for _, a := range w.Accounts() {
		for _, p := range w.Posts(a.Handle, end) {
			before := map[string]int64{}
			for _, age := range ages {
				tr, ok := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(age))
				if !ok {
					t.Fatalf("Truth(%s) at age %s: not found", p.PostID, age)
				}
				m := tr.Platform
				for name, n := range m {
					if n < before[name] {
						t.Fatalf("%s of %s fell from %d to %d at age %s", name, p.PostID, before[name], n, age)
					}
				}
				before = m
				if m["like_count"]+m["comment_count"]+m["share_count"]+m["favorites"] > m["view_count"] || m["reach"] > m["view_count"] ||
					m["total_time_watched"] > m["view_count"]*m["duration"] {
					t.Fatalf("post %s at age %s: %v", p.PostID, age, m)
				}
				if *tr.Views != m["video_views"] || *tr.Reactions != m["likes"] || *tr.Saves != m["favorites"] || *tr.Clicks != m["website_clicks"] ||
					*tr.WatchSeconds != m["total_time_watched"] || *tr.Reach != m["reach"] || tr.Impressions != nil {
					t.Fatalf("post %s: counters %+v of %v", p.PostID, tr.Counters, m)
				}
				if _, told := m["email_clicks"]; told != (a.Handle == "parana.gen") {
					t.Fatalf("post %s of %s: email_clicks told: %v", p.PostID, a.Handle, told)
				}
			}
			if before["view_count"] == 0 || before["total_time_watched"] == 0 {
				t.Fatalf("post %s ends without views: %v", p.PostID, before)
			}
		}
	}
	p := w.Posts("parana.gen", june)[0]
	for _, where := range []struct {
		handle, id string
		at         time.Time
	}{{"parana.gen", p.PostID, p.PublishedAt.Add(-time.Second)}, {"scatarina.gen", p.PostID, june}, {"parana.gen", "1", june}} {
		if _, ok := w.Truth(where.handle, where.id, where.at); ok {
			t.Errorf("Truth(%v) is known", where)
		}
	}
	if w.Posts("nobody", june) != nil || w.Profile("nobody", june) != (sandbox.ProfileTruth{}) || w.Likes("nobody", june) != 0 {
		t.Error("a handle that is not there has posts or a profile")
	}
}

func TestTold(t *testing.T) {
	w := sandboxtest.TikTokWorld()
	a := w.Accounts()[0]
	p := w.Posts(a.Handle, june)[0]
	for call, want := range map[string]int{"videos": 4, "business_videos": 8, "insights": 0} {
		if got := w.Told(a, p, call); len(got) != want || want == 0 && got != nil {
			t.Errorf("Told(%s): got %v, want %d", call, got, want)
		}
	}
}

// Nothing is real, so without the model there is nothing.
func TestNotModelled(t *testing.T) {
	w, err := tiktok.Load(tiktok.WorldOptions{Seed: 1})
	if err != nil || len(w.Accounts()) != 0 {
		t.Errorf("Accounts: got %+v, error %v", w.Accounts(), err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := tiktok.Load(tiktok.DefaultWorldOptions()); err != nil {
			b.Fatal(err)
		}
	}
}
