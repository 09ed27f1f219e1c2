package instagram

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
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
	sandbox.Account
	profileID int64 // the platform's older number of the account; real
	listed    int   // posts that the data announce
	posts     []*post
	byCode    map[string]*post
	growth    sandbox.Growth
	typical   int64 // likes
	follows   int64
}

// post is a post with what its counters end at.
type post struct {
	account   *account
	index     int // in account.posts
	code      string
	id        string
	kind      string // p, reel, tv: the link's middle; stories
	caption   string
	published int64 // Unix seconds
	film      bool  // of a story: it is no picture
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
	addAccount := func(l line) error {
		access, ok := accessTo[l.Account]
		if !ok {
			return fmt.Errorf("account %q is not known", l.Account)
		}
		department, ok := sandbox.StateGovernment(l.State)
		if !ok {
			return fmt.Errorf("state %q is not known", l.State)
		}
		a = &account{Account: sandbox.Account{
			PlatformID: sandbox.HashOf(0, "user", l.Account).Digits(0, "178414", 17),
			Handle:     l.Account,
			Name:       l.Name,
			URL:        "https://www.instagram.com/" + l.Account + "/",
			Bio:        "Copy of the public posts of 2024 of the government of " + l.State + ", Brazil. Not the account itself.",
			Department: department,
			Access:     access,
		}, profileID: l.ProfileID, listed: l.Posts, posts: make([]*post, 0, l.Posts), byCode: make(map[string]*post, l.Posts)}
		w.accounts = append(w.accounts, a)
		w.byUser[a.PlatformID] = a
		return nil
	}
	addPost := func(l line) error {
		p := &post{
			account:   a,
			index:     len(a.posts),
			code:      l.Code,
			id:        sandbox.HashOf(0, "media", a.Handle, l.Code).Digits(0, "17", 17),
			kind:      l.Kind,
			caption:   l.Caption,
			published: l.At,
			final:     finals{likes: sandbox.Number(l.Likes), comments: sandbox.Number(l.Comments)},
		}
		a.posts = append(a.posts, p)
		a.byCode[p.code] = p
		return nil
	}
	err := sandbox.Unpack(packed, func(l line) error {
		if l.Account != "" {
			return addAccount(l)
		}
		return addPost(l)
	})
	if err != nil {
		return nil, fmt.Errorf("unpack the sandbox's data: %w", err)
	}
	slices.SortFunc(w.accounts, func(a, b *account) int { return strings.Compare(a.Handle, b.Handle) })
	for _, a := range w.accounts {
		if len(a.posts) != a.listed {
			return nil, fmt.Errorf("unpack the sandbox's data: %s: %d posts, want %d", a.Handle, len(a.posts), a.listed)
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
	return sandbox.HashOf(0, "media", r.post.account.Handle, r.post.code).Digits(uint64(r.child), "17", 17)
}

// Platform returns schema.Instagram.
func (w *World) Platform() schema.Platform { return schema.Instagram }

// Accounts returns the twenty accounts, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.accounts))
	for i, a := range w.accounts {
		out[i] = a.Account
	}
	return out
}

// Posts returns what the account had published at the moment, newest first;
// of stories those that can be seen.
// It returns nil for a handle that is not in the world. A post's PostID is its
// short code.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	a := w.account(handle)
	if a == nil {
		return nil
	}
	shown := slices.Concat(a.posts[:a.publishedBy(at.Unix())], w.stories(a, at.Unix()))
	slices.SortStableFunc(shown, func(p, q *post) int { return cmp.Compare(p.published, q.published) })
	out := make([]sandbox.Post, 0, len(shown))
	for _, p := range slices.Backward(shown) {
		out = append(out, sandbox.Post{
			PostID:      p.code,
			NativeID:    p.id,
			Text:        p.caption,
			Permalink:   p.permalink(),
			Format:      p.format(),
			PublishedAt: time.Unix(p.published, 0).UTC(),
		})
	}
	return out
}

func (p *post) format() schema.Format {
	if p.story() {
		return schema.FormatStory
	}
	return formats[p.mediaType()]
}

// formats are our words for the platform's. All its films are reels.
var formats = map[string]schema.Format{
	"VIDEO":          schema.FormatReel,
	"CAROUSEL_ALBUM": schema.FormatAlbum,
	"IMAGE":          schema.FormatImage,
}

// Truth returns the counters of a post, by its short code, in the second of
// at: see sandbox.World.
func (w *World) Truth(handle, shortcode string, at time.Time) (sandbox.Truth, bool) {
	a := w.account(handle)
	if a == nil {
		return sandbox.Truth{}, false
	}
	p := a.byCode[shortcode]
	for _, s := range w.stories(a, at.Unix()) {
		if s.code == shortcode {
			p = s
		}
	}
	if p == nil || p.published > at.Unix() {
		return sandbox.Truth{}, false
	}
	return p.at(at.Unix()).truth(), true
}

// Profile returns the profile of an account in the second of at.
func (w *World) Profile(handle string, at time.Time) sandbox.ProfileTruth {
	a := w.account(handle)
	if a == nil {
		return sandbox.ProfileTruth{}
	}
	return sandbox.ProfileTruth{
		Followers: sandbox.Pointer(a.growth.Followers(at.Unix())),
		Following: sandbox.Pointer(a.follows),
		Posts:     sandbox.Pointer(int64(a.publishedBy(at.Unix()))),
	}
}

// Told returns the counters that a call tells: "media" is the list of posts,
// where business discovery shows the views of reels, and "insights" the
// owner's.
func (w *World) Told(a sandbox.Account, p sandbox.Post, call string) []string {
	switch {
	case call == "media" && a.Access == schema.AccessPublic && p.Format == schema.FormatReel:
		return []string{"reactions", "comments", "views"}
	case call == "media":
		return []string{"reactions", "comments"}
	case call == "insights" && a.Access == schema.AccessOwner:
		return []string{"views", "impressions", "reach", "shares", "saves", "watch_seconds"}
	default:
		return nil
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

func (p *post) permalink() string {
	if p.story() {
		return "https://www.instagram.com/stories/" + p.account.Handle + "/" + igID(p.code) + "/"
	}
	return "https://www.instagram.com/" + p.kind + "/" + p.code + "/"
}

// reel says whether the link is that of a film. Since 2022 all films are
// reels; the older /tv/ links lead there too.
func (p *post) reel() bool { return p.kind != "p" && !p.story() }

func (p *post) story() bool { return p.kind == "stories" }

func (p *post) productType() string {
	switch {
	case p.story():
		return "STORY"
	case p.reel():
		return "REELS"
	default:
		return "FEED"
	}
}

// mediaType returns the platform's word. A link tells a film from pictures;
// one picture or several is modelled.
func (p *post) mediaType() string {
	switch {
	case p.reel(), p.film:
		return "VIDEO"
	case p.final.views == sandbox.Unknown:
		return ""
	case p.final.children > 0:
		return "CAROUSEL_ALBUM"
	default:
		return "IMAGE"
	}
}
