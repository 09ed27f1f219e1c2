package x_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/x"
	"github.com/hamawaz/hamawaz/schema"
)

var _ sandbox.World = (*x.World)(nil)

// end is long after all counts have arrived.
var end = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The real counts are those of the source, whatever the seed and the model:
// its totals are in the description of the data.
func TestTruthEndsAtTheRealCounts(t *testing.T) {
	other, err := x.Load(x.WorldOptions{Seed: 77})
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*x.World{"modelled": sandboxtest.XWorld(), "seed 77, not modelled": other} {
		var likes, retweets, replies, most int64
		best := ""
		posts := w.Posts("CDCgov", end)
		for _, p := range posts {
			tr, ok := w.Truth("CDCgov", p.PostID, time.Date(2024, 6, 13, 0, 0, 0, 0, time.UTC))
			if !ok {
				t.Fatalf("Truth(%s): not found", p.PostID)
			}
			likes, retweets, replies = likes+*tr.Reactions, retweets+tr.Platform["retweet_count"], replies+*tr.Comments
			if *tr.Reactions > most {
				most, best = *tr.Reactions, p.PostID
			}
		}
		if len(posts) != 904 || likes != 769_078 || retweets != 446_986 || replies != 68_955 {
			t.Errorf("%s: %d posts, %d likes, %d retweets, %d replies", name, len(posts), likes, retweets, replies)
		}
		if most != 27_122 || best != "1232431332220784640" {
			t.Errorf("%s: most likes: %d of %s", name, most, best)
		}
	}
}

// Real posts are shown four years later, under their real ids.
func TestShift(t *testing.T) {
	posts := sandboxtest.XWorld().Posts("CDCgov", end)
	newest, oldest := posts[0], posts[len(posts)-1]
	if got := oldest.PublishedAt; !got.Equal(time.Date(2024, 1, 1, 15, 33, 1, 0, time.UTC)) {
		t.Errorf("oldest post: %s", got)
	}
	if newest.Permalink != "https://x.com/CDCgov/status/1271559161583714305" || !newest.PublishedAt.Equal(time.Date(2024, 6, 12, 21, 45, 3, 0, time.UTC)) {
		t.Errorf("newest post: %+v", newest)
	}
	for _, p := range posts {
		if at := idTime(t, p.PostID); !at.Add(x.Shift).Equal(p.PublishedAt) {
			t.Fatalf("post %s: id of %s, published %s", p.PostID, at, p.PublishedAt)
		}
	}
}

// idTime returns the second that the platform wrote into an id.
func idTime(t *testing.T, id string) time.Time {
	t.Helper()
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(int64(n>>22) + 1288834974657).UTC().Truncate(time.Second)
}

func TestAccounts(t *testing.T) {
	departments := map[schema.DepartmentID]sandbox.Department{}
	for _, a := range sandboxtest.InstagramWorld().Accounts() {
		departments[a.Department.ID()] = a.Department
	}
	w := sandboxtest.XWorld()
	accounts := w.Accounts()
	if len(accounts) != 4 || !slices.IsSortedFunc(accounts, func(a, b sandbox.Account) int {
		return strings.Compare(strings.ToLower(a.Handle), strings.ToLower(b.Handle))
	}) {
		t.Errorf("Accounts: got %+v", accounts)
	}
	for _, a := range accounts {
		generated := strings.HasSuffix(a.Handle, "_gen")
		on, shared := departments[a.Department.ID()]
		if shared != generated || shared && on != a.Department {
			t.Errorf("department of %s: %+v, on Instagram %+v", a.Handle, a.Department, on)
		}
		if len(a.PlatformID) != 19 || len(a.Handle) > 15 || a.Department.NameUr == "" {
			t.Errorf("account %+v", a)
		}
		if !strings.Contains(a.Bio, map[bool]string{true: "generated", false: "Copy"}[generated]) {
			t.Errorf("bio of %s: %q", a.Handle, a.Bio)
		}
	}
}

// Generated posts say so, are of three languages and lie all over the year.
func TestGeneratedPosts(t *testing.T) {
	w := sandboxtest.XWorld()
	for _, a := range w.Accounts() {
		if a.Access != schema.AccessOwner {
			continue
		}
		posts := w.Posts(a.Handle, end)
		months, urdu, english, seen, relations := map[time.Month]int{}, 0, 0, map[string]bool{}, map[schema.Relation]int{}
		for i, p := range posts {
			months[p.PublishedAt.Month()]++
			if strings.HasSuffix(p.Text, "[generated]") == (p.Relation == schema.RelationRepost) || p.PublishedAt.Year() != 2024 {
				t.Fatalf("post %s of %s: %q", p.PostID, p.PublishedAt, p.Text)
			}
			if strings.ContainsFunc(p.Text, func(r rune) bool { return 0x0600 <= r && r <= 0x06ff }) {
				urdu++
			} else if strings.Contains(p.Text, " the ") || strings.Contains(p.Text, " in ") {
				english++
			}
			relations[p.Relation]++
			if seen[p.PostID] || !idTime(t, p.PostID).Equal(p.PublishedAt) || i > 0 && p.PublishedAt.After(posts[i-1].PublishedAt) {
				t.Fatalf("post %d of %s: %+v", i, a.Handle, p)
			}
			seen[p.PostID] = true
		}
		if len(posts) < 400 || len(posts) > 700 || len(months) != 12 || urdu < len(posts)/10 || english < len(posts)/20 ||
			relations[schema.RelationRepost] < 5 || relations[schema.RelationQuote] < 5 || relations[schema.RelationReply] < 10 {
			t.Errorf("%s: %d posts in %d months, %d Urdu, %d English, relations %v", a.Handle, len(posts), len(months), urdu, english, relations)
		}
	}
}

// The world is a pure function of seed, post and second.
func TestTruthIsPure(t *testing.T) {
	w := sandboxtest.XWorld()
	again, err := x.Load(x.DefaultWorldOptions())
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
	other, err := x.Load(x.WorldOptions{Seed: 2, Modelled: true})
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(w.Posts("parana_gen", june), other.Posts("parana_gen", june)) {
		t.Error("another seed generates the same posts")
	}
	if !cmp.Equal(w.Posts("CDCgov", june), other.Posts("CDCgov", june)) {
		t.Error("another seed changes the real posts")
	}
}

// Counts never fall, and people do less than they see.
func TestTruthGrowsAndAgrees(t *testing.T) {
	w := sandboxtest.XWorld()
	ages := []time.Duration{0, time.Second, time.Minute, time.Hour, 8 * time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 200 * 24 * time.Hour}
	for _, a := range w.Accounts() {
		posts := w.Posts(a.Handle, end)
		for i := 0; i < len(posts); i += 3 {
			before := map[string]int64{}
			for _, age := range ages {
				tr, ok := w.Truth(a.Handle, posts[i].PostID, posts[i].PublishedAt.Add(age))
				if !ok {
					t.Fatalf("Truth(%s) at age %s: not found", posts[i].PostID, age)
				}
				for name, n := range tr.Platform {
					if n < before[name] {
						t.Fatalf("%s of %s fell from %d to %d at age %s", name, posts[i].PostID, before[name], n, age)
					}
				}
				before = tr.Platform
				m := tr.Platform
				if posts[i].Relation == schema.RelationRepost {
					continue // it has the reposts of the original and nothing else
				}
				if acts := m["like_count"] + m["retweet_count"] + m["reply_count"] + m["quote_count"] + m["bookmark_count"]; acts > m["impression_count"] {
					t.Fatalf("post %s at age %s: %d acts, %d impressions", posts[i].PostID, age, acts, m["impression_count"])
				}
				if *tr.Shares != m["retweet_count"]+m["quote_count"] || *tr.Clicks != m["url_link_clicks"] || tr.Views != nil || tr.Reach != nil {
					t.Fatalf("post %s: counters %+v of %v", posts[i].PostID, tr.Counters, m)
				}
			}
		}
	}
	p := w.Posts("CDCgov", june)[0]
	if _, ok := w.Truth("CDCgov", p.PostID, p.PublishedAt.Add(-time.Second)); ok {
		t.Error("a post has counters before it is published")
	}
	if w.Posts("nobody", june) != nil || w.Profile("nobody", june) != (sandbox.ProfileTruth{}) {
		t.Error("a handle that is not there has posts or a profile")
	}
}

// Without the model only what the data hold is known; nothing is zero instead.
func TestNotModelled(t *testing.T) {
	w, err := x.Load(x.WorldOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if accounts := w.Accounts(); len(accounts) != 1 || accounts[0].Handle != "CDCgov" {
		t.Errorf("Accounts: got %+v", accounts)
	}
	if p := w.Profile("CDCgov", june); p != (sandbox.ProfileTruth{}) {
		t.Errorf("Profile: got %+v", p)
	}
	for _, p := range w.Posts("CDCgov", june) {
		tr, _ := w.Truth("CDCgov", p.PostID, june)
		if c := tr.Counters; c.Reactions == nil || c.Comments == nil || c.Shares != nil || c.Saves != nil || c.Impressions != nil || c.Clicks != nil || len(tr.Platform) != 3 {
			t.Fatalf("Truth(%s): got %+v", p.PostID, tr)
		}
	}
	s := start(t, x.Options{World: w})
	a := s.account("CDCgov")
	s.token = s.UserToken(a.Handle)
	tw := s.get("/2/users/"+a.PlatformID+"/tweets", "tweet.fields", "public_metrics,non_public_metrics").answer(t).tweets(t)[0]
	if len(tw.Public) != 3 || tw.Private != nil {
		t.Errorf("post: got %+v", tw)
	}
	if r := s.get("/2/users/"+a.PlatformID, "user.fields", "public_metrics"); strings.Contains(string(r.body), "public_metrics") {
		t.Errorf("profile: got %s", r.body)
	}
}

func TestTold(t *testing.T) {
	w := sandboxtest.XWorld()
	for _, a := range w.Accounts() {
		if got := w.Told(a, sandbox.Post{}, "tweets"); len(got) != 5 || slices.Contains(got, "views") {
			t.Errorf("Told(%s, tweets): got %v", a.Handle, got)
		}
		if got := w.Told(a, sandbox.Post{}, "insights"); (got != nil) != (a.Access == schema.AccessOwner) {
			t.Errorf("Told(%s, insights): got %v", a.Handle, got)
		}
		if got := w.Told(a, sandbox.Post{Relation: schema.RelationRepost}, "tweets"); got != nil {
			t.Errorf("Told(%s, tweets) of a repost: got %v", a.Handle, got)
		}
		if got := w.Told(a, sandbox.Post{}, "media"); got != nil {
			t.Errorf("Told(%s, media): got %v", a.Handle, got)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := x.Load(x.DefaultWorldOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTimeline(b *testing.B) {
	s := start(b, x.Options{LimitTimes: 1 << 20})
	path := "/2/users/" + s.account("CDCgov").PlatformID + "/tweets"
	for b.Loop() {
		s.get(path, "max_results", "100", "exclude", "retweets", "tweet.fields", "created_at,entities,public_metrics,note_tweet")
	}
}

// Some posts lose likes a day after they were published, and none ever loses
// what it has by then.
func TestCountsFall(t *testing.T) {
	w, err := x.Load(x.DefaultWorldOptions())
	if err != nil {
		t.Fatal(err)
	}
	fell, posts := 0, 0
	for _, a := range w.Accounts() {
		for _, p := range w.Posts(a.Handle, time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)) {
			before, ok := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(26*time.Hour-time.Second))
			after, _ := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(26*time.Hour))
			later, _ := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(30*24*time.Hour))
			if !ok || before.Reactions == nil {
				continue
			}
			if posts++; *after.Reactions < *before.Reactions {
				fell++
			}
			if *later.Reactions < *after.Reactions {
				t.Fatalf("post %s: %d likes after a day, %d after a month", p.PostID, *after.Reactions, *later.Reactions)
			}
		}
	}
	if fell == 0 || fell > posts/4 {
		t.Errorf("%d of %d posts lose likes, want some", fell, posts)
	}
}
