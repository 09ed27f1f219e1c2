package facebook_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var _ sandbox.World = (*facebook.World)(nil)

var end = time.Date(2024, 10, 1, 4, 0, 0, 0, time.UTC)

func TestAccounts(t *testing.T) {
	accounts := sandboxtest.FacebookWorld().Accounts()
	access := map[schema.Access]int{}
	seen := make(map[string]bool)
	for _, a := range accounts {
		access[a.Access]++
		if len(a.PlatformID) != 15 || strings.Trim(a.PlatformID, "0123456789") != "" {
			t.Errorf("id of %s: got %q", a.Handle, a.PlatformID)
		}
		if a.Name == "" || !strings.Contains(a.Bio, "Generated for the sandbox") || a.URL != "https://www.facebook.com/"+a.Handle {
			t.Errorf("account %s is not complete: %+v", a.Handle, a)
		}
		for _, key := range []string{a.PlatformID, a.Handle, string(a.Department.ID())} {
			if key == "" || seen[key] {
				t.Errorf("account %s: %q is empty or not its own", a.Handle, key)
			}
			seen[key] = true
		}
	}
	if access[schema.AccessOwner] < 2 || access[schema.AccessPublic] < 1 {
		t.Errorf("accounts: %v", access)
	}
	if !slices.IsSortedFunc(accounts, func(a, b sandbox.Account) int { return strings.Compare(a.Handle, b.Handle) }) {
		t.Error("accounts are not in the order of their handles")
	}
}

func TestPosts(t *testing.T) {
	w := sandboxtest.FacebookWorld()
	formats := map[schema.Format]int{}
	seen := map[string]bool{}
	silent, languages := 0, map[string]int{}
	for _, a := range w.Accounts() {
		posts := w.Posts(a.Handle, end)
		if len(posts) < 300 {
			t.Errorf("%s has %d posts", a.Handle, len(posts))
		}
		if first := posts[len(posts)-1].PublishedAt; first.Before(time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC)) || first.After(time.Date(2022, 10, 15, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("first post of %s: %v", a.Handle, first)
		}
		if last := posts[0].PublishedAt; last.Before(time.Date(2024, 9, 20, 0, 0, 0, 0, time.UTC)) || last.After(end) {
			t.Errorf("last post of %s: %v", a.Handle, last)
		}
		for i, p := range posts {
			if seen[p.PostID] || !strings.HasPrefix(p.PostID, a.PlatformID+"_") || p.NativeID != p.PostID {
				t.Errorf("post %+v", p)
			}
			seen[p.PostID] = true
			if i > 0 && p.PublishedAt.After(posts[i-1].PublishedAt) {
				t.Errorf("post %s is newer than the one before it", p.PostID)
			}
			formats[p.Format]++
			switch {
			case p.Text == "":
				silent++
			case !strings.Contains(p.Text, "Generated for the sandbox; describes nobody."):
				t.Errorf("post does not say what it is: %q", p.Text)
			case strings.Contains(p.Text, "Publicação"):
				languages["pt"]++
			case strings.Contains(p.Text, "پوسٹ"):
				languages["ur"]++
			default:
				languages["en"]++
			}
		}
	}
	for _, f := range []schema.Format{schema.FormatImage, schema.FormatAlbum, schema.FormatVideo, schema.FormatReel, schema.FormatText, ""} {
		if formats[f] < 20 {
			t.Errorf("%d posts of format %q", formats[f], f)
		}
	}
	if silent < 10 || len(languages) != 3 {
		t.Errorf("%d posts without text, languages %v", silent, languages)
	}
	if w.Posts("nobody", end) != nil {
		t.Error("posts of a Page that is not there")
	}
}

// The truth depends on seed, post and second, and on nothing else; counts only
// grow, and hang together.
func TestTruth(t *testing.T) {
	w := sandboxtest.FacebookWorld()
	again, err := facebook.Load(facebook.DefaultWorldOptions())
	if err != nil {
		t.Fatal(err)
	}
	other, err := facebook.Load(facebook.WorldOptions{Seed: 2, Modelled: true})
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for _, a := range w.Accounts() {
		if d := cmp.Diff(w.Posts(a.Handle, end), again.Posts(a.Handle, end)); d != "" {
			t.Fatalf("the same seed shows other posts:\n%s", d)
		}
		if cmp.Equal(w.Posts(a.Handle, end), other.Posts(a.Handle, end)) {
			t.Error("another seed shows the same posts")
		}
		if a.PlatformID != other.Accounts()[slices.IndexFunc(other.Accounts(), func(b sandbox.Account) bool { return b.Handle == a.Handle })].PlatformID {
			t.Error("another seed has other Pages")
		}
		for _, p := range w.Posts(a.Handle, end) {
			if _, ok := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(-time.Second)); ok {
				t.Fatalf("post %s is there before it was published", p.PostID)
			}
			var last sandbox.Truth
			for _, age := range []time.Duration{0, time.Minute, time.Hour, 26 * time.Hour, 40 * 24 * time.Hour, 1000 * 24 * time.Hour} {
				at := p.PublishedAt.Add(age)
				tr, ok := w.Truth(a.Handle, p.PostID, at)
				same, _ := again.Truth(a.Handle, p.PostID, at)
				if d := cmp.Diff(tr, same); !ok || d != "" {
					t.Fatalf("post %s at %s: %v\n%s", p.PostID, age, ok, d)
				}
				if *tr.Views < *tr.Reach || *tr.Reactions+*tr.Comments+*tr.Shares > *tr.Reach || *tr.Clicks > *tr.Reach || tr.Saves != nil || tr.Impressions != nil {
					t.Fatalf("post %s at %s: %+v", p.PostID, age, tr)
				}
				var kinds int64
				for _, k := range []string{"LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE"} {
					kinds += tr.Platform[k]
				}
				if kinds != *tr.Reactions || tr.Platform["post_reactions_like_total"] != tr.Platform["LIKE"]+tr.Platform["CARE"] {
					t.Fatalf("reactions of %s at %s: %+v", p.PostID, age, tr)
				}
				film := p.Format == schema.FormatVideo || p.Format == schema.FormatReel
				if _, told := tr.Platform["post_video_views"]; told != film || (tr.WatchSeconds != nil) != film {
					t.Fatalf("post %s of format %q: %+v", p.PostID, p.Format, tr)
				}
				if film && (tr.Platform["post_video_views_organic"]+tr.Platform["post_video_views_paid"] != tr.Platform["post_video_views"] || tr.Platform["post_video_view_time"]/1000 != *tr.WatchSeconds) {
					t.Fatalf("film %s at %s: %+v", p.PostID, age, tr)
				}
				var clicks int64
				for name, n := range tr.Platform {
					if n < last.Platform[name] && !strings.HasPrefix(name, "post_clicks_by_type") {
						t.Fatalf("%s of %s fell", name, p.PostID)
					}
					if strings.HasPrefix(name, "post_clicks_by_type.") {
						clicks += n
					}
				}
				if clicks != *tr.Clicks {
					t.Fatalf("clicks of %s at %s: %d by type, %d in all", p.PostID, age, clicks, *tr.Clicks)
				}
				if age == 0 && *tr.Views != 0 {
					t.Fatalf("post %s has %d views when it comes out", p.PostID, *tr.Views)
				}
				last = tr
			}
			if *last.Views > 0 {
				differ++
			}
		}
		if p := w.Profile(a.Handle, end); *p.Followers <= *w.Profile(a.Handle, end.AddDate(0, -6, 0)).Followers || p.Posts != nil {
			t.Errorf("Profile(%s): %+v", a.Handle, p)
		}
		if got := w.Told(a, w.Posts(a.Handle, end)[0], "insights"); (got != nil) != (a.Access == schema.AccessOwner) {
			t.Errorf("insights of %s tell %v", a.Handle, got)
		}
		if got := w.Told(a, w.Posts(a.Handle, end)[0], "likes"); got != nil {
			t.Errorf("a call that is not there tells %v", got)
		}
	}
	if differ < 900 {
		t.Errorf("%d posts have views", differ)
	}
	if _, ok := w.Truth("nobody", "1_2", end); ok {
		t.Error("truth of a post that is not there")
	}
	if p := w.Profile("nobody", end); p != (sandbox.ProfileTruth{}) {
		t.Errorf("profile of nobody: %+v", p)
	}
}

// Without a model there is nothing, because nothing is real.
func TestNotModelled(t *testing.T) {
	w, err := facebook.Load(facebook.WorldOptions{Seed: 1})
	if err != nil || len(w.Accounts()) != 0 {
		t.Errorf("Load: %d accounts, error %v", len(w.Accounts()), err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := facebook.Load(facebook.DefaultWorldOptions()); err != nil {
			b.Fatal(err)
		}
	}
}
