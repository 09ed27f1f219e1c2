package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// WorldOptions say which world to load.
type WorldOptions struct {
	// Seed picks one of the worlds: the path of every count, and all that is
	// modelled. What is real is the same in each.
	Seed uint64
	// Modelled adds what the data lack: views, reach, followers and the like.
	// Without it they are absent. DefaultWorldOptions sets it.
	Modelled bool
}

// DefaultWorldOptions returns the world that demos show: seed 1, modelled.
func DefaultWorldOptions() WorldOptions { return WorldOptions{Seed: 1, Modelled: true} }

// A World is the truth behind the sandbox. All its answers depend on nothing
// but the options, the post and the moment, so they can be asked for again
// later, by anyone. It does not change and may be shared.
type World struct {
	options  WorldOptions
	accounts []*account // by handle
	byUser   map[string]*account
	byMedia  map[string]mediaRef
}

// account is an account with its posts, oldest first.
type account struct {
	Account
	posts  []*post
	byCode map[string]*post
	growth growth
}

// post is a post with what its counters end at.
type post struct {
	account   *account
	index     int // in account.posts
	code      string
	id        string
	kind      string // p, reel, tv: the link's middle
	caption   string
	profile   string
	published int64 // Unix seconds
	final     finals
}

// mediaRef is what a media id stands for: a post, or a picture of its album.
type mediaRef struct {
	post  *post
	child int // from 1; 0 is the post
}

// Load reads the world out of the program itself. It takes part of a second
// and some 40 MB.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o, byUser: make(map[string]*account), byMedia: make(map[string]mediaRef)}
	var a *account
	err := unpack(packed, func(l line) error {
		k, ok := known[l.Account]
		if !ok {
			return fmt.Errorf("account %q is not known", l.Account)
		}
		a = &account{Account: Account{
			UserID:    hashOf(0, "user", l.Account).id17("178414", 0),
			ProfileID: l.ProfileID,
			Handle:    l.Account,
			Name:      l.Name,
			State:     l.State,
			StateUr:   k.stateUr,
			Access:    k.access,
			URL:       "https://www.instagram.com/" + l.Account + "/",
			Bio:       "Copy of the public posts of 2024 of the government of " + l.State + ", Brazil. Not the account itself.",
			Posts:     l.Posts,
		}, posts: make([]*post, 0, l.Posts), byCode: make(map[string]*post, l.Posts)}
		w.accounts = append(w.accounts, a)
		w.byUser[a.UserID] = a
		return nil
	}, func(l line) error {
		p := &post{
			account:   a,
			index:     len(a.posts),
			code:      l.Code,
			id:        hashOf(0, "media", a.Handle, l.Code).id17("17", 0),
			kind:      l.Kind,
			caption:   l.Caption,
			profile:   cmp.Or(l.Profile, a.Name),
			published: l.At,
			final:     finals{likes: number(l.Likes), comments: number(l.Comments)},
		}
		a.posts = append(a.posts, p)
		a.byCode[p.code] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("unpack the sandbox's data: %w", err)
	}
	slices.SortFunc(w.accounts, func(a, b *account) int { return strings.Compare(a.Handle, b.Handle) })
	for _, a := range w.accounts {
		if len(a.posts) != a.Posts {
			return nil, fmt.Errorf("unpack the sandbox's data: %s: %d posts, want %d", a.Handle, len(a.posts), a.Posts)
		}
		w.model(a)
		if err := w.index(a); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// index makes an account's media findable by id.
func (w *World) index(a *account) error {
	for _, p := range a.posts {
		for n := range p.final.children + 1 {
			ref := mediaRef{p, n}
			if other, ok := w.byMedia[ref.id()]; ok {
				return fmt.Errorf("posts %s and %s share media id %s", other.post.code, p.code, ref.id())
			}
			w.byMedia[ref.id()] = ref
		}
	}
	return nil
}

// id returns the media id.
func (r mediaRef) id() string {
	if r.child == 0 {
		return r.post.id
	}
	return hashOf(0, "media", r.post.account.Handle, r.post.code).id17("17", uint64(r.child))
}

// Accounts returns the twenty accounts, by handle.
func (w *World) Accounts() []Account {
	out := make([]Account, len(w.accounts))
	for i, a := range w.accounts {
		out[i] = a.Account
	}
	return out
}

// A Post is one post as it was published.
type Post struct {
	ShortCode   string
	MediaID     string // the id that the API gives it, 17 digits; made up
	Caption     string // may be empty
	Permalink   string
	ProfileName string // what the account called itself on this post
	PublishedAt time.Time
	ProductType string // FEED or REELS, from the link
	MediaType   string // IMAGE, CAROUSEL_ALBUM or VIDEO; empty where it is not known
}

// Posts returns what the account had published at the moment, newest first.
// It returns nil for a handle that is not in the world.
func (w *World) Posts(handle string, at time.Time) []Post {
	a := w.account(handle)
	if a == nil {
		return nil
	}
	out := make([]Post, 0, len(a.posts))
	for _, p := range slices.Backward(a.posts[:a.publishedBy(at.Unix())]) {
		out = append(out, Post{
			ShortCode:   p.code,
			MediaID:     p.id,
			Caption:     p.caption,
			Permalink:   p.permalink(),
			ProfileName: p.profile,
			PublishedAt: time.Unix(p.published, 0).UTC(),
			ProductType: p.productType(),
			MediaType:   p.mediaType(),
		})
	}
	return out
}

// Truth is what a post's counters stand at in one second. What is unknown is
// nil in Counters and missing in Platform.
type Truth struct {
	schema.Counters                  // by our common names
	Platform        map[string]int64 // by the platform's names of fields and metrics
}

// Truth returns the counters of a post in the second of at, all of them,
// whether or not the API would show them to us. It returns false for a post
// that is not in the world, or not published yet.
func (w *World) Truth(handle, shortcode string, at time.Time) (Truth, bool) {
	a := w.account(handle)
	if a == nil {
		return Truth{}, false
	}
	p := a.byCode[shortcode]
	if p == nil || p.published > at.Unix() {
		return Truth{}, false
	}
	return p.at(at.Unix()).truth(), true
}

// ProfileTruth is what an account's profile shows in one second. What is
// unknown is nil.
type ProfileTruth struct {
	Followers  *int64
	Follows    *int64
	MediaCount int64
}

// Profile returns the profile of an account in the second of at; the zero
// ProfileTruth for a handle that is not in the world.
func (w *World) Profile(handle string, at time.Time) ProfileTruth {
	a := w.account(handle)
	if a == nil {
		return ProfileTruth{}
	}
	return ProfileTruth{
		Followers:  pointer(a.growth.followers(at.Unix())),
		Follows:    pointer(a.growth.follows),
		MediaCount: int64(a.publishedBy(at.Unix())),
	}
}

func (w *World) account(handle string) *account {
	i, ok := slices.BinarySearchFunc(w.accounts, handle, func(a *account, h string) int { return strings.Compare(a.Handle, h) })
	if !ok {
		return nil
	}
	return w.accounts[i]
}

// publishedBy returns how many of the account's posts were out at the second.
func (a *account) publishedBy(at int64) int {
	return sort.Search(len(a.posts), func(i int) bool { return a.posts[i].published > at })
}

func (p *post) permalink() string { return "https://www.instagram.com/" + p.kind + "/" + p.code + "/" }

// reel says whether the link is that of a film. Since 2022 all films are
// reels; the older /tv/ links lead there too.
func (p *post) reel() bool { return p.kind != "p" }

func (p *post) productType() string {
	if p.reel() {
		return "REELS"
	}
	return "FEED"
}

// mediaType returns the platform's word. A link tells a film from pictures;
// one picture or several is modelled.
func (p *post) mediaType() string {
	switch {
	case p.reel():
		return "VIDEO"
	case p.final.views == unknown:
		return ""
	case p.final.children > 0:
		return "CAROUSEL_ALBUM"
	default:
		return "IMAGE"
	}
}

// unknown is a count that nobody told. It never leaves the package.
const unknown = -1

func number(p *int64) int64 {
	if p == nil {
		return unknown
	}
	return *p
}

func pointer(n int64) *int64 {
	if n == unknown {
		return nil
	}
	return &n
}
