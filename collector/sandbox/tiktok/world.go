package tiktok

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// WorldOptions say which world to generate.
type WorldOptions struct {
	// Seed picks one of the worlds: its videos, and all their counts. The
	// accounts are the same in each.
	Seed uint64
	// Modelled adds the accounts. Without it there are none, because nothing
	// here is real. DefaultWorldOptions sets it.
	Modelled bool
}

// DefaultWorldOptions returns the world that demos show: seed 1, modelled.
func DefaultWorldOptions() WorldOptions { return WorldOptions{Seed: 1, Modelled: true} }

// A World is the truth behind the sandbox. All its answers depend on nothing
// but the options, the video and the moment, so they can be asked for again
// later, by anyone. It does not change and may be shared.
type World struct {
	options  WorldOptions
	accounts []*account // by handle
	byOpenID map[string]*account
	byVideo  map[string]*video
}

// Load generates the world. It takes a few milliseconds.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o, byOpenID: make(map[string]*account), byVideo: make(map[string]*video)}
	if !o.Modelled {
		return w, nil
	}
	for _, p := range plans {
		department, ok := sandbox.StateGovernment(p.state)
		if !ok {
			return nil, fmt.Errorf("state %q is not known", p.state)
		}
		a := newAccount(p, department)
		w.generate(a)
		w.model(a)
		w.accounts = append(w.accounts, a)
		w.byOpenID[a.PlatformID] = a
		for _, v := range a.all {
			if w.byVideo[v.id] != nil {
				return nil, fmt.Errorf("two videos share id %s", v.id)
			}
			w.byVideo[v.id] = v
		}
	}
	slices.SortFunc(w.accounts, func(a, b *account) int { return strings.Compare(a.Handle, b.Handle) })
	return w, nil
}

// Platform returns schema.TikTok.
func (w *World) Platform() schema.Platform { return schema.TikTok }

// Accounts returns the three accounts, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.accounts))
	for i, a := range w.accounts {
		out[i] = a.Account
	}
	return out
}

// Posts returns the videos of the account that anyone could see at the moment,
// newest first; nil for a handle that is not in the world.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	a := w.account(handle)
	if a == nil {
		return nil
	}
	out := make([]sandbox.Post, 0, len(a.videos))
	for _, v := range slices.Backward(a.videos[:publishedBy(a.videos, at.Unix())]) {
		out = append(out, sandbox.Post{
			PostID:      v.id,
			NativeID:    v.id,
			Text:        v.text,
			Permalink:   v.link(),
			Format:      schema.FormatVideo,
			PublishedAt: time.Unix(v.published, 0).UTC(),
		})
	}
	return out
}

// Truth returns the counters of a video in the second of at: see sandbox.World.
// A private video has none.
func (w *World) Truth(handle, id string, at time.Time) (sandbox.Truth, bool) {
	v := w.byVideo[id]
	if v == nil || v.private || v.account.Handle != handle || v.published > at.Unix() {
		return sandbox.Truth{}, false
	}
	return v.at(at.Unix()).truth(), true
}

// Profile returns what the account shows in the second of at. The platform
// does not tell the views of all its videos together.
func (w *World) Profile(handle string, at time.Time) sandbox.ProfileTruth {
	a := w.account(handle)
	if a == nil {
		return sandbox.ProfileTruth{}
	}
	return sandbox.ProfileTruth{
		Followers: sandbox.Pointer(a.growth.Followers(at.Unix())),
		Following: sandbox.Pointer(a.following),
		Posts:     sandbox.Pointer(int64(publishedBy(a.videos, at.Unix()))),
	}
}

// Likes returns the likes that the account's profile shows in the second of at.
func (w *World) Likes(handle string, at time.Time) int64 {
	if a := w.account(handle); a != nil {
		return a.likes(at.Unix())
	}
	return 0
}

// likes returns those of all the account's videos in the second.
func (a *account) likes(at int64) int64 {
	n := a.older
	for _, v := range a.videos[:publishedBy(a.videos, at)] {
		n += v.at(at).likes
	}
	return n
}

// Told returns the counters that a call tells: "videos" of the Display API, or
// "business_videos" of the Accounts API.
func (w *World) Told(_ sandbox.Account, p sandbox.Post, call string) []string {
	switch {
	case w.byVideo[p.PostID] == nil:
		return nil
	case call == "videos":
		return []string{"views", "reactions", "comments", "shares"}
	case call == "business_videos":
		return []string{"views", "reach", "reactions", "comments", "shares", "saves", "clicks", "watch_seconds"}
	}
	return nil
}

func (w *World) account(handle string) *account {
	i, ok := slices.BinarySearchFunc(w.accounts, handle, func(a *account, h string) int { return strings.Compare(a.Handle, h) })
	if !ok {
		return nil
	}
	return w.accounts[i]
}
