package youtube_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

var (
	newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	june    = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	end     = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC) // every count stands still
)

var (
	_ sandbox.World     = (*youtube.World)(nil)
	_ sandbox.Commented = (*youtube.World)(nil)
)

// The departments are those of the other platforms' worlds, so that a
// department has its accounts together.
func TestDepartmentsAreThoseOfInstagram(t *testing.T) {
	departments := make(map[schema.DepartmentID]sandbox.Department)
	for _, a := range sandboxtest.InstagramWorld().Accounts() {
		departments[a.Department.ID()] = a.Department
	}
	for _, a := range sandboxtest.YouTubeWorld().Accounts() {
		if departments[a.Department.ID()] != a.Department {
			t.Errorf("department of %s: %+v is not Instagram's", a.Handle, a.Department)
		}
	}
}

func TestAccounts(t *testing.T) {
	accounts := sandboxtest.YouTubeWorld().Accounts()
	if len(accounts) != 5 {
		t.Fatalf("Accounts: got %d, want 5", len(accounts))
	}
	access := map[schema.Access]int{}
	for _, a := range accounts {
		access[a.Access]++
		if !regexp.MustCompile(`^UC[A-Za-z0-9_-]{22}$`).MatchString(a.PlatformID) || a.URL != "https://www.youtube.com/@"+a.Handle || !strings.Contains(a.Name, "sandbox") {
			t.Errorf("account %+v", a)
		}
		if !strings.HasPrefix(a.Bio, "Generated for the sandbox; describes nobody.") {
			t.Errorf("bio of %s: %q", a.Handle, a.Bio)
		}
	}
	if access[schema.AccessOwner] != 2 || access[schema.AccessPublic] != 3 {
		t.Errorf("access: %v", access)
	}
	if !slices.IsSortedFunc(accounts, func(a, b sandbox.Account) int { return strings.Compare(a.Handle, b.Handle) }) {
		t.Error("Accounts are not in the order of their handles")
	}
}

func TestPosts(t *testing.T) {
	w := sandboxtest.YouTubeWorld()
	want := map[string]int{"governope.sandbox": 220, "governopr.sandbox": 420, "governoro.sandbox": 150, "governosc.sandbox": 300, "governosp.sandbox": 600}
	ids := make(map[string]bool)
	shorts, streams, hidden, scripts := 0, 0, map[string]int{}, map[string]int{}
	for _, a := range w.Accounts() {
		posts := w.Posts(a.Handle, end)
		if len(posts) != want[a.Handle] || len(w.Posts(a.Handle, newYear)) != 0 {
			t.Errorf("Posts(%s): got %d, want %d", a.Handle, len(posts), want[a.Handle])
		}
		for i, p := range posts {
			if p.PublishedAt.Before(newYear) || !p.PublishedAt.Before(newYear.AddDate(1, 0, 0)) || i > 0 && p.PublishedAt.After(posts[i-1].PublishedAt) {
				t.Errorf("video %s of %s is of %s", p.PostID, a.Handle, p.PublishedAt)
			}
			began, _ := w.Truth(a.Handle, p.PostID, p.PublishedAt)
			live := began.Platform["concurrentViewers"] > 0
			if ids[p.PostID] || !regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`).MatchString(p.PostID) || p.NativeID != p.PostID || p.Permalink != "https://www.youtube.com/watch?v="+p.PostID || (p.Format == schema.FormatLive) != live || !live && p.Format != schema.FormatVideo {
				t.Errorf("video %+v", p)
			}
			ids[p.PostID] = true
			title, description, _ := strings.Cut(p.Text, "\n\n")
			if utf8.RuneCountInString(title) > 100 || !strings.Contains(title, "[sandbox]") || !strings.HasPrefix(description, "Generated for the sandbox; describes nobody.") {
				t.Errorf("text of %s: %q", p.PostID, p.Text)
			}
			switch {
			case strings.ContainsAny(title, "ابپتجدرسشکگلمنوہیے"):
				scripts["ur"]++
			case strings.Contains(title, "no. "):
				scripts["en"]++
			default:
				scripts["pt"]++
			}
			if strings.HasSuffix(title, "#Shorts") {
				shorts++
			}
			if live {
				streams++
			}
			hidden[strings.Join(w.Told(a, p, "videos"), " ")]++
		}
		newest := posts[0]
		if _, ok := w.Truth(a.Handle, newest.PostID, newest.PublishedAt.Add(-time.Second)); ok {
			t.Errorf("Truth of %s a second before it came out: found", newest.PostID)
		}
		if _, ok := w.Truth("governosp.x", newest.PostID, end); ok {
			t.Errorf("Truth of %s under another handle: found", newest.PostID)
		}
		if w.Told(a, newest, "media") != nil || w.Told(a, sandbox.Post{PostID: "nobody"}, "videos") != nil {
			t.Error("a call that is not made tells something")
		}
	}
	if w.Posts("nobody", end) != nil {
		t.Error("a handle that is not there has posts")
	}
	if shorts < 500 || shorts > 700 || streams < 30 || streams > 80 {
		t.Errorf("%d Shorts and %d streams of %d videos", shorts, streams, len(ids))
	}
	if scripts["pt"] < 900 || scripts["en"] < 350 || scripts["ur"] < 200 {
		t.Errorf("titles by language: %v", scripts)
	}
	if h := hidden; h["views reactions comments"] < 1250 || h["views"] < 120 || h["views reactions"] < 30 || h["views comments"] < 15 || h[""] < 15 || len(h) != 5 {
		t.Errorf("counters told, and of how many videos: %v", h)
	}
}

// The world is a pure function of seed, video and second.
func TestTruthIsPure(t *testing.T) {
	w := sandboxtest.YouTubeWorld()
	again, err := youtube.Load(youtube.DefaultWorldOptions())
	if err != nil {
		t.Fatal(err)
	}
	other, err := youtube.Load(youtube.WorldOptions{Seed: 2, Modelled: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range w.Accounts() {
		if d := cmp.Diff(w.Posts(a.Handle, june), again.Posts(a.Handle, june)); d != "" {
			t.Fatalf("Posts(%s) of two worlds of one seed:\n%s", a.Handle, d)
		}
		for _, p := range w.Posts(a.Handle, june) {
			at := p.PublishedAt.Add(5 * time.Hour)
			got, _ := w.Truth(a.Handle, p.PostID, at)
			same, _ := again.Truth(a.Handle, p.PostID, at.Add(999*time.Millisecond).In(time.FixedZone("PKT", 5*3600)))
			if d := cmp.Diff(got, same); d != "" {
				t.Fatalf("Truth(%s) of two worlds of one seed, in one second:\n%s", p.PostID, d)
			}
			if _, ok := other.Truth(a.Handle, p.PostID, at); ok {
				t.Fatalf("video %s is there under another seed", p.PostID)
			}
		}
		if got, same := w.Profile(a.Handle, june), again.Profile(a.Handle, june); !cmp.Equal(got, same) {
			t.Errorf("Profile(%s): got %+v, then %+v", a.Handle, got, same)
		}
	}
	if !cmp.Equal(w.Accounts(), other.Accounts()) {
		t.Error("the channels are others under another seed")
	}
}

// Counts never fall, keep their order among each other at every moment, and
// stand still in the end.
func TestTruthGrowsAndAgrees(t *testing.T) {
	w := sandboxtest.YouTubeWorld()
	ages := []time.Duration{0, time.Second, time.Minute, 17 * time.Minute, time.Hour, 8 * time.Hour, 24 * time.Hour, 72 * time.Hour, 30 * 24 * time.Hour, 299 * 24 * time.Hour, 400 * 24 * time.Hour}
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
					if name != "concurrentViewers" && n < before[name] || n < 0 {
						t.Fatalf("%s of %s fell from %d to %d at age %s", name, p.PostID, before[name], n, age)
					}
				}
				if m["likeCount"]+m["commentCount"] > m["viewCount"] || m["dislikeCount"] > m["likeCount"] {
					t.Fatalf("video %s at age %s: %v", p.PostID, age, m)
				}
				if (tr.Comments == nil) == slices.Contains(w.Told(a, p, "videos"), "comments") || tr.Views == nil || tr.Reactions == nil {
					t.Fatalf("video %s at age %s: %+v", p.PostID, age, tr.Counters)
				}
				before = m
			}
			last, _ := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(1000*24*time.Hour))
			if d := cmp.Diff(before, last.Platform); d != "" {
				t.Fatalf("video %s still grows after 400 days:\n%s", p.PostID, d)
			}
		}
	}
}

func TestProfile(t *testing.T) {
	w := sandboxtest.YouTubeWorld()
	for _, a := range w.Accounts() {
		var last sandbox.ProfileTruth
		for week := range 70 {
			at := newYear.AddDate(0, 0, 7*week)
			p := w.Profile(a.Handle, at)
			if want := int64(len(w.Posts(a.Handle, at))); *p.Posts != want {
				t.Fatalf("videos of %s on %s: got %d, want %d", a.Handle, at, *p.Posts, want)
			}
			views := int64(0)
			for _, v := range w.Posts(a.Handle, at) {
				tr, _ := w.Truth(a.Handle, v.PostID, at)
				views += *tr.Views
			}
			if *p.Views < views || last.Views != nil && *p.Views < *last.Views {
				t.Fatalf("views of %s on %s: %d, of its videos %d", a.Handle, at, *p.Views, views)
			}
			if hidden := a.Handle == "governoro.sandbox"; hidden != (p.Followers == nil) {
				t.Fatalf("subscribers of %s: %v", a.Handle, p.Followers)
			}
			if p.Followers != nil && (last.Followers != nil && *p.Followers < *last.Followers || *p.Followers < 1000) {
				t.Fatalf("subscribers of %s on %s: %d", a.Handle, at, *p.Followers)
			}
			last = p
		}
	}
	if got := w.Profile("nobody", june); got != (sandbox.ProfileTruth{}) {
		t.Errorf("Profile of a handle that is not there: got %+v", got)
	}
}

// Without the model there is nothing: nothing here is real.
func TestNotModelled(t *testing.T) {
	w, err := youtube.Load(youtube.WorldOptions{Seed: 1})
	if err != nil || len(w.Accounts()) != 0 {
		t.Fatalf("Load without the model: %d channels, error %v", len(w.Accounts()), err)
	}
	s := start(t, youtube.Options{World: w})
	a := sandboxtest.YouTubeWorld().Accounts()[0]
	if l := s.list("channels", "id", a.PlatformID, "part", "id"); len(l.Items) != 0 {
		t.Errorf("channel without the model: %+v", l)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := youtube.Load(youtube.DefaultWorldOptions()); err != nil {
			b.Fatal(err)
		}
	}
}
