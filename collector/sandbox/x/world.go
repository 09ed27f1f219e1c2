package x

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// WorldOptions say which world to load.
type WorldOptions struct {
	// Seed picks one of the worlds: the path of every count, all that is
	// modelled and all that is generated. What is real is the same in each.
	Seed uint64
	// Modelled adds what the data lack: quotes, bookmarks, impressions,
	// followers and the like, and the generated accounts. Without it they are
	// absent. DefaultWorldOptions sets it.
	Modelled bool
}

// DefaultWorldOptions returns the world that demos show: seed 1, modelled.
func DefaultWorldOptions() WorldOptions { return WorldOptions{Seed: 1, Modelled: true} }

// A World is the truth behind the sandbox of X: see sandbox.World.
type World struct {
	options  WorldOptions
	accounts []*account // by handle, in small letters
	byUser   map[string]*account
	byPost   map[uint64]*post
}

// kind says whether a post is the account's own.
type kind int

const (
	original kind = iota
	reply
	repost
	quote
)

// kinds are the platform's words for what a post is to another, and ours.
var kinds = map[kind]struct {
	reference string
	relation  schema.Relation
}{
	original: {"", schema.RelationOwn},
	reply:    {"replied_to", schema.RelationReply},
	repost:   {"retweeted", schema.RelationRepost},
	quote:    {"quoted", schema.RelationQuote},
}

// post is a post with what its counters end at.
type post struct {
	account   *account
	index     int // in account.posts
	id        uint64
	text      string
	lang      string
	published int64 // Unix seconds
	kind      kind
	of        *post // what it answers, reposts or quotes
	partner   bool  // a paid partnership, as its author says
	final     finals
}

func (p *post) idText() string { return strconv.FormatUint(p.id, 10) }

// Load reads the real posts out of the program itself and generates the
// others.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o, byUser: make(map[string]*account), byPost: make(map[uint64]*post)}
	agency, err := loadReal()
	if err != nil {
		return nil, fmt.Errorf("unpack the sandbox's data of X: %w", err)
	}
	w.accounts = append(w.accounts, agency)
	if o.Modelled {
		for _, g := range generatedAccounts {
			a := generatedAccount(g.handle, g.state)
			a.add(generate(o.Seed, a, g.cities, g.level, agency.posts))
			w.accounts = append(w.accounts, a)
		}
	}
	slices.SortFunc(w.accounts, func(a, b *account) int {
		return strings.Compare(strings.ToLower(a.Handle), strings.ToLower(b.Handle))
	})
	for _, a := range w.accounts {
		w.model(a)
		w.byUser[a.PlatformID] = a
		for _, p := range a.posts {
			if other := w.byPost[p.id]; other != nil {
				return nil, fmt.Errorf("posts of %s and %s share the id %d", other.account.Handle, a.Handle, p.id)
			}
			w.byPost[p.id] = p
		}
	}
	return w, nil
}

// loadReal unpacks the real account.
func loadReal() (*account, error) {
	var a *account
	var posts []*post
	want := 0
	err := sandbox.Unpack(packed, func(l line) error {
		if l.Account != "" {
			a, want = realAccount(l.Account), l.Posts
			return nil
		}
		posts = append(posts, &post{
			id: l.ID, text: l.Text, lang: "en", published: l.At + int64(Shift/time.Second),
			final: finals{likes: l.Likes, retweets: l.Retweets, replies: l.Replies},
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(posts) != want {
		return nil, fmt.Errorf("%d posts, want %d", len(posts), want)
	}
	a.add(posts)
	return a, nil
}

// Platform returns schema.X.
func (w *World) Platform() schema.Platform { return schema.X }

// Accounts returns the accounts, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.accounts))
	for i, a := range w.accounts {
		out[i] = a.Account
	}
	return out
}

// Posts returns what the account had published at the moment, newest first:
// its own posts, its replies and quotes, and what it reposted.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	a := w.account(handle)
	if a == nil {
		return nil
	}
	out := make([]sandbox.Post, 0, len(a.posts))
	for _, p := range slices.Backward(a.posts[:publishedBy(a.posts, at.Unix())]) {
		id := p.idText()
		related := ""
		if p.of != nil {
			related = p.of.idText()
		}
		out = append(out, sandbox.Post{
			PostID:      id,
			NativeID:    id,
			Text:        p.text,
			Permalink:   "https://x.com/" + a.Handle + "/status/" + id,
			Format:      schema.FormatText,
			PublishedAt: time.Unix(p.published, 0).UTC(),
			Relation:    kinds[p.kind].relation,
			RelatedID:   related,
		})
	}
	return out
}

// Truth returns the counters of a post in the second of at.
func (w *World) Truth(handle, postID string, at time.Time) (sandbox.Truth, bool) {
	a := w.account(handle)
	id, err := strconv.ParseUint(postID, 10, 64)
	if a == nil || err != nil {
		return sandbox.Truth{}, false
	}
	p := a.byID[id]
	if p == nil || p.published > at.Unix() {
		return sandbox.Truth{}, false
	}
	return p.at(at.Unix()).truth(), true
}

// Profile returns the profile of an account in the second of at. Without a
// model it tells nothing: the platform gives all numbers of a profile or none.
func (w *World) Profile(handle string, at time.Time) sandbox.ProfileTruth {
	a := w.account(handle)
	if a == nil || a.following == sandbox.Unknown {
		return sandbox.ProfileTruth{}
	}
	return sandbox.ProfileTruth{
		Followers: sandbox.Pointer(a.growth.Followers(at.Unix())),
		Following: sandbox.Pointer(a.following),
		Posts:     sandbox.Pointer(int64(publishedBy(a.posts, at.Unix()))),
	}
}

// Told returns the counters that a call tells: "tweets" the public ones, and
// "insights" what the owner alone may see. No post has a film, so none has
// views. The counters of a repost are the original's, and not told.
func (w *World) Told(a sandbox.Account, p sandbox.Post, call string) []string {
	switch {
	case !p.Relation.Counted():
		return nil
	case call == "tweets":
		return []string{"impressions", "reactions", "comments", "shares", "saves"}
	case call == "insights" && a.Access == schema.AccessOwner:
		return []string{"clicks"}
	default:
		return nil
	}
}

// account returns the account of a handle, however it is written.
func (w *World) account(handle string) *account {
	for _, a := range w.accounts {
		if strings.EqualFold(a.Handle, handle) {
			return a
		}
	}
	return nil
}

// publishedBy returns how many of the posts, oldest first, were out at the
// second.
func publishedBy(posts []*post, at int64) int {
	return sort.Search(len(posts), func(i int) bool { return posts[i].published > at })
}
