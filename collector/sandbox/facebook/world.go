package facebook

import (
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
	// Seed picks one of the worlds: its posts, and all their counts. The Pages
	// are the same in each.
	Seed uint64
	// Modelled adds the Pages. Without it there are none, because nothing here
	// is real. DefaultWorldOptions sets it.
	Modelled bool
}

// DefaultWorldOptions returns the world that demos show: seed 1, modelled.
func DefaultWorldOptions() WorldOptions { return WorldOptions{Seed: 1, Modelled: true} }

// A World is the truth behind the sandbox. All its answers depend on nothing
// but the options, the post and the moment, so they can be asked for again
// later, by anyone. It does not change and may be shared.
type World struct {
	options WorldOptions
	pages   []*page // by handle
	byID    map[string]*page
	byPost  map[string]*post // by PAGE_POST
}

// Load generates the world. It takes a few milliseconds.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o, byID: make(map[string]*page), byPost: make(map[string]*post)}
	if !o.Modelled {
		return w, nil
	}
	for _, pl := range plans {
		department, ok := sandbox.StateGovernment(pl.state)
		if !ok {
			return nil, fmt.Errorf("state %q is not known", pl.state)
		}
		h := sandbox.HashOf(0, "page", pl.handle)
		pg := &page{plan: pl, other: h.Digits(1, "6155", 14), byID: make(map[string]*post), Account: sandbox.Account{
			Handle:     pl.handle,
			PlatformID: h.Digits(0, "1", 15),
			Name:       pl.name,
			URL:        "https://www.facebook.com/" + pl.handle,
			Bio:        generatedNote + " Not a Page of the government of " + pl.state + ", Brazil.",
			Department: department,
			Access:     pl.access,
		}}
		w.generate(pg)
		w.model(pg)
		w.pages = append(w.pages, pg)
		w.byID[pg.PlatformID] = pg
		for i, p := range pg.posts {
			p.index = i
			if w.byPost[p.key()] != nil {
				return nil, fmt.Errorf("two posts share id %s", p.key())
			}
			w.byPost[p.key()], pg.byID[p.id] = p, p
		}
	}
	slices.SortFunc(w.pages, func(a, b *page) int { return strings.Compare(a.Handle, b.Handle) })
	return w, nil
}

// Platform returns schema.Facebook.
func (w *World) Platform() schema.Platform { return schema.Facebook }

// Accounts returns the Pages, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.pages))
	for i, pg := range w.pages {
		out[i] = pg.Account
	}
	return out
}

// Posts returns what the Page had published at the moment, newest first. It
// returns nil for a handle that is not in the world. A post's PostID is
// PAGE_POST.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	pg := w.page(handle)
	if pg == nil {
		return nil
	}
	out := make([]sandbox.Post, 0, len(pg.posts))
	for _, p := range slices.Backward(pg.posts[:pg.publishedBy(at.Unix())]) {
		relation := schema.RelationOwn
		if p.parent != "" {
			relation = schema.RelationShare
		}
		out = append(out, sandbox.Post{
			Relation:    relation,
			RelatedID:   p.parent,
			PostID:      p.key(),
			NativeID:    p.key(),
			Text:        p.message,
			Permalink:   p.permalink(),
			Format:      kinds[p.kind].format,
			PublishedAt: time.Unix(p.published, 0).UTC(),
		})
	}
	return out
}

// Truth returns the counters of a post in the second of at: see
// sandbox.World.
func (w *World) Truth(handle, id string, at time.Time) (sandbox.Truth, bool) {
	p := w.byPost[id]
	if p == nil || p.page.Handle != handle || p.published > at.Unix() {
		return sandbox.Truth{}, false
	}
	return p.truth(at.Unix()), true
}

// Profile returns what the Page shows in the second of at. It does not say how
// many posts it has.
func (w *World) Profile(handle string, at time.Time) sandbox.ProfileTruth {
	pg := w.page(handle)
	if pg == nil {
		return sandbox.ProfileTruth{}
	}
	return sandbox.ProfileTruth{Followers: sandbox.Pointer(pg.growth.Followers(at.Unix()))}
}

// Told returns the counters that a call tells: "posts" is the list, and
// "insights" the owner's.
func (w *World) Told(a sandbox.Account, p sandbox.Post, call string) []string {
	switch {
	case call == "posts":
		return []string{"reactions", "comments", "shares"}
	case call == "insights" && a.Access == schema.AccessOwner:
		names := []string{"views", "reach", "clicks"}
		if p.Format == schema.FormatVideo || p.Format == schema.FormatReel {
			names = append(names, "watch_seconds")
		}
		return names
	default:
		return nil
	}
}

func (w *World) page(handle string) *page {
	i, ok := slices.BinarySearchFunc(w.pages, handle, func(pg *page, h string) int { return strings.Compare(pg.Handle, h) })
	if !ok {
		return nil
	}
	return w.pages[i]
}

// publishedBy returns how many of the Page's posts were out at the second.
func (pg *page) publishedBy(at int64) int {
	return sort.Search(len(pg.posts), func(i int) bool { return pg.posts[i].published > at })
}
