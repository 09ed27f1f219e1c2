package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// WorldOptions say which world to generate.
type WorldOptions struct {
	// Seed picks one of the worlds: its items, and all their counts. The
	// websites are the same in each.
	Seed uint64
	// Modelled adds the websites. Without it there are none, because nothing
	// here is real. DefaultWorldOptions sets it.
	Modelled bool
}

// DefaultWorldOptions returns the world that demos show: seed 1, modelled.
func DefaultWorldOptions() WorldOptions { return WorldOptions{Seed: 1, Modelled: true} }

// A World is the truth behind the sandbox. All its answers depend on nothing
// but the options, the item and the moment, so they can be asked for again
// later, by anyone. It does not change and may be shared.
type World struct {
	options WorldOptions
	sites   []*site // by handle
}

// Load generates the world. It takes a few milliseconds.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o}
	if !o.Modelled {
		return w, nil
	}
	for _, p := range plans {
		department, ok := sandbox.StateGovernment(p.state)
		if !ok {
			return nil, fmt.Errorf("state %q is not known", p.state)
		}
		s := &site{plan: p, Account: sandbox.Account{
			Handle:     p.host(),
			Name:       p.title,
			URL:        "https://" + p.host() + p.path(),
			Bio:        generatedNote + " " + p.about,
			Department: department,
			Access:     schema.AccessPublic,
		}}
		s.generate(o.Seed)
		w.sites = append(w.sites, s)
	}
	slices.SortFunc(w.sites, func(a, b *site) int { return strings.Compare(a.Handle, b.Handle) })
	return w, nil
}

// Platform returns schema.Feed.
func (w *World) Platform() schema.Platform { return schema.Feed }

// Accounts returns the three websites, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.sites))
	for i, s := range w.sites {
		out[i] = s.Account
	}
	return out
}

// Posts returns the items that the website had published at the moment, newest
// first, in the words of that moment. It returns nil for a handle that is not
// in the world.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	s := w.site(handle)
	if s == nil {
		return nil
	}
	out := make([]sandbox.Post, 0, len(s.items))
	for _, it := range slices.Backward(s.items[:s.publishedBy(at.Unix())]) {
		out = append(out, sandbox.Post{
			PostID:      it.postID(),
			NativeID:    it.guid(),
			Text:        it.title + "\n\n" + strings.Join(it.paragraphs(at.Unix()), "\n\n"),
			Permalink:   it.link(),
			Format:      s.plan.kind.format(),
			PublishedAt: time.Unix(it.published, 0).UTC(),
		})
	}
	return out
}

// Truth returns the counters of an item in the second of at: see sandbox.World.
func (w *World) Truth(handle, id string, at time.Time) (sandbox.Truth, bool) {
	it := w.item(handle, id)
	if it == nil || it.published > at.Unix() {
		return sandbox.Truth{}, false
	}
	t := sandbox.Truth{Platform: map[string]int64{}}
	if n := it.commentsAt(at.Unix()); n != sandbox.Unknown {
		t.Comments = sandbox.Pointer(n)
		t.Platform[it.site.plan.kind.counter()] = n
	}
	if it.site.plan.kind == podcast {
		t.Platform["itunes:duration"] = it.seconds
		t.Platform["itunes:episode"] = int64(it.number)
		t.Platform["enclosure:length"] = it.bytes()
	}
	return t, true
}

// Profile returns what the website tells of itself in numbers: nothing.
func (w *World) Profile(string, time.Time) sandbox.ProfileTruth { return sandbox.ProfileTruth{} }

// Told returns the counters that the call "feed" tells about an item: its
// comments, where the website counts them.
func (w *World) Told(a sandbox.Account, p sandbox.Post, call string) []string {
	it := w.item(a.Handle, p.PostID)
	switch {
	case it == nil || call != "feed":
		return nil
	case it.comments == sandbox.Unknown:
		return []string{}
	}
	return []string{"comments"}
}

func (w *World) site(handle string) *site {
	for _, s := range w.sites {
		if s.Handle == handle {
			return s
		}
	}
	return nil
}

func (w *World) item(handle, id string) *item {
	s := w.site(handle)
	if s == nil {
		return nil
	}
	return s.byID[id]
}

// publishedBy returns how many of the website's items were out at the second.
func (s *site) publishedBy(at int64) int {
	return sort.Search(len(s.items), func(i int) bool { return s.items[i].published > at })
}

// postID returns the id under which collectors store the item: the guid where
// that is short and plain, else the first half of its SHA-256.
func (it *item) postID() string {
	guid := it.guid()
	if it.site.plan.kind == podcast {
		return guid
	}
	sum := sha256.Sum256([]byte("guid\x00" + guid))
	return "sha256-" + hex.EncodeToString(sum[:16])
}
