package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/feed"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

var (
	newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	june    = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	end     = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC) // every count stands still
)

var _ sandbox.World = (*feed.World)(nil)

func TestWorld(t *testing.T) {
	w := sandboxtest.FeedWorld()
	departments := map[schema.DepartmentID]sandbox.Department{}
	for _, a := range sandboxtest.InstagramWorld().Accounts() {
		departments[a.Department.ID()] = a.Department
	}
	want := map[string]int{"khabar.sandbox.example": 240, "newsroom.sandbox.example": 160, "radio.sandbox.example": 52}
	if len(w.Accounts()) != len(want) || w.Platform() != schema.Feed {
		t.Fatalf("accounts %+v of %q", w.Accounts(), w.Platform())
	}
	ids := map[string]bool{}
	for _, a := range w.Accounts() {
		if departments[a.Department.ID()] != a.Department || !strings.HasPrefix(a.Bio, "Generated for the sandbox; describes nobody.") || a.Access != schema.AccessPublic ||
			!strings.HasPrefix(a.URL, "https://"+a.Handle+"/feeds/") {
			t.Errorf("account %+v", a)
		}
		posts := w.Posts(a.Handle, end)
		if len(posts) != want[a.Handle] || len(w.Posts(a.Handle, newYear)) != 0 {
			t.Errorf("Posts(%s): got %d, want %d", a.Handle, len(posts), want[a.Handle])
		}
		edited, counted, grown := 0, 0, 0
		for i, p := range posts {
			if ids[p.PostID] || p.PublishedAt.Year() != 2024 || i > 0 && !p.PublishedAt.Before(posts[i-1].PublishedAt) || !strings.Contains(strings.ToLower(p.Text), "sandbox") && !strings.Contains(p.Text, "سینڈ باکس") {
				t.Errorf("post %+v", p)
			}
			ids[p.PostID] = true
			if first := w.Posts(a.Handle, p.PublishedAt)[0]; first.Text != p.Text {
				edited++
			}
			then, ok := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(time.Hour))
			now, _ := w.Truth(a.Handle, p.PostID, end)
			if _, early := w.Truth(a.Handle, p.PostID, p.PublishedAt.Add(-time.Second)); !ok || early {
				t.Errorf("truth of %s is there %v after an hour, %v before", p.PostID, ok, early)
			}
			if now.Reactions != nil || now.Views != nil || now.Shares != nil {
				t.Errorf("a feed tells no such number: %+v", now)
			}
			if (now.Comments != nil) != (len(w.Told(a, p, "feed")) > 0) {
				t.Errorf("%s: comments %v, told %v", p.PostID, now.Comments, w.Told(a, p, "feed"))
			}
			if now.Comments == nil {
				continue
			}
			counted++
			if *now.Comments > *then.Comments {
				grown++
			} else if *now.Comments < *then.Comments {
				t.Errorf("comments of %s fall from %d to %d", p.PostID, *then.Comments, *now.Comments)
			}
		}
		radio := strings.HasPrefix(a.Handle, "radio")
		if (edited > 0) != strings.HasPrefix(a.Handle, "newsroom") || (counted == 0) != radio || !radio && (counted == len(posts) || grown < counted/2) {
			t.Errorf("%s: %d edited, %d counted, %d grown", a.Handle, edited, counted, grown)
		}
	}
	if w.Posts("nobody", end) != nil || w.Told(sandbox.Account{}, sandbox.Post{}, "feed") != nil || w.Profile("nobody", end) != (sandbox.ProfileTruth{}) {
		t.Error("a handle that is not in the world has something")
	}
}

// Truth depends on the seed, the item and the second alone.
func TestSeeds(t *testing.T) {
	load := func(seed uint64) *feed.World {
		w, err := feed.Load(feed.WorldOptions{Seed: seed, Modelled: true})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	one, again, two := load(1), load(1), load(2)
	differ := false
	for _, a := range one.Accounts() {
		if d := cmp.Diff(one.Posts(a.Handle, june), again.Posts(a.Handle, june)); d != "" {
			t.Errorf("%s: one seed, two worlds:\n%s", a.Handle, d)
		}
		differ = differ || cmp.Diff(one.Posts(a.Handle, june), two.Posts(a.Handle, june)) != ""
		for _, p := range one.Posts(a.Handle, june) {
			x, _ := one.Truth(a.Handle, p.PostID, june)
			y, _ := again.Truth(a.Handle, p.PostID, june)
			if d := cmp.Diff(x, y); d != "" {
				t.Errorf("%s: one seed, two truths:\n%s", p.PostID, d)
			}
		}
	}
	if !differ {
		t.Error("two seeds give one world")
	}
	bare, err := feed.Load(feed.WorldOptions{Seed: 1})
	if err != nil || len(bare.Accounts()) != 0 {
		t.Errorf("without the model: %d accounts, %v", len(bare.Accounts()), err)
	}
}
