package youtube

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

// WorldOptions say which world to generate.
type WorldOptions struct {
	// Seed picks one of the worlds: its videos, and all their counts. The
	// channels are the same in each.
	Seed uint64
	// Modelled adds the channels. Without it there are none, because nothing
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
	channels []*channel // by handle
	byID     map[string]*channel
	byList   map[string]*channel // by the list of uploads
	byVideo  map[string]*video
}

// Load generates the world. It takes a few milliseconds.
func Load(o WorldOptions) (*World, error) {
	w := &World{options: o, byID: make(map[string]*channel), byList: make(map[string]*channel), byVideo: make(map[string]*video)}
	if !o.Modelled {
		return w, nil
	}
	for _, p := range plans {
		department, ok := sandbox.StateGovernment(p.state)
		if !ok {
			return nil, fmt.Errorf("state %q is not known", p.state)
		}
		ch := &channel{plan: p, Account: sandbox.Account{
			Handle:     p.handle,
			PlatformID: newID(sandbox.HashOf(0, "channel", p.handle), "UC", 22),
			Name:       p.name,
			URL:        "https://www.youtube.com/@" + p.handle,
			Bio:        generatedNote + " Not a channel of the government of " + p.state + ", Brazil.",
			Department: department,
			Access:     p.access,
		}}
		w.generate(ch)
		w.model(ch)
		w.channels = append(w.channels, ch)
		w.byID[ch.PlatformID], w.byList[ch.listID()] = ch, ch
		for _, v := range ch.uploads {
			if w.byVideo[v.id] != nil {
				return nil, fmt.Errorf("two videos share id %s", v.id)
			}
			w.byVideo[v.id] = v
		}
	}
	slices.SortFunc(w.channels, func(a, b *channel) int { return strings.Compare(a.Handle, b.Handle) })
	return w, nil
}

// Platform returns schema.YouTube.
func (w *World) Platform() schema.Platform { return schema.YouTube }

// Accounts returns the five channels, by handle.
func (w *World) Accounts() []sandbox.Account {
	out := make([]sandbox.Account, len(w.channels))
	for i, ch := range w.channels {
		out[i] = ch.Account
	}
	return out
}

// Posts returns the videos of the channel that were out at the moment, newest
// first. It returns nil for a handle that is not in the world. A stream is out
// from its beginning. Private and deleted videos never are.
func (w *World) Posts(handle string, at time.Time) []sandbox.Post {
	ch := w.channel(handle)
	if ch == nil {
		return nil
	}
	out := make([]sandbox.Post, 0, len(ch.videos))
	for _, v := range slices.Backward(ch.videos[:ch.publishedBy(at.Unix())]) {
		format := schema.FormatVideo // the platform does not say what is a Short
		if v.stream() {
			format = schema.FormatLive
		}
		out = append(out, sandbox.Post{
			PostID:      v.id,
			NativeID:    v.id,
			Text:        v.title + "\n\n" + v.description,
			Permalink:   "https://www.youtube.com/watch?v=" + v.id,
			Format:      format,
			PublishedAt: time.Unix(v.published, 0).UTC(),
		})
	}
	return out
}

// Truth returns the counters of a video in the second of at: see
// sandbox.World. Likes are there also where they are hidden. Comments that are
// switched off do not exist.
func (w *World) Truth(handle, id string, at time.Time) (sandbox.Truth, bool) {
	v := w.byVideo[id]
	if v == nil || v.channel.Handle != handle || !v.out(at.Unix()) {
		return sandbox.Truth{}, false
	}
	return v.at(at.Unix()).truth(), true
}

// Profile returns what the channel shows in the second of at: subscribers only
// where they are not hidden, and rounded.
func (w *World) Profile(handle string, at time.Time) sandbox.ProfileTruth {
	ch := w.channel(handle)
	if ch == nil {
		return sandbox.ProfileTruth{}
	}
	return sandbox.ProfileTruth{
		Followers: sandbox.Pointer(ch.subscribers(at.Unix())),
		Posts:     sandbox.Pointer(int64(ch.publishedBy(at.Unix()))),
		Views:     sandbox.Pointer(ch.views(at.Unix())),
	}
}

// Told returns the counters that the call "videos" tells about a video: all
// that its owner neither hides nor has switched off.
func (w *World) Told(_ sandbox.Account, p sandbox.Post, call string) []string {
	v := w.byVideo[p.PostID]
	if v == nil || call != "videos" {
		return nil
	}
	names := []string{}
	if !v.hides.views {
		names = append(names, "views")
	}
	if !v.hides.likes {
		names = append(names, "reactions")
	}
	if !v.hides.comments {
		names = append(names, "comments")
	}
	return names
}

func (w *World) channel(handle string) *channel {
	i, ok := slices.BinarySearchFunc(w.channels, handle, func(ch *channel, h string) int { return strings.Compare(ch.Handle, h) })
	if !ok {
		return nil
	}
	return w.channels[i]
}

// publishedBy returns how many of the channel's videos were out at the second.
func (ch *channel) publishedBy(at int64) int {
	return sort.Search(len(ch.videos), func(i int) bool { return ch.videos[i].published > at })
}

// addedBy returns how many of the channel's uploads were listed at the second.
func (ch *channel) addedBy(at int64) int {
	return sort.Search(len(ch.uploads), func(i int) bool { return ch.uploads[i].added > at })
}

// order sets the two orders of the channel's videos.
func (ch *channel) order() {
	slices.SortFunc(ch.uploads, func(a, b *video) int { return cmp.Or(cmp.Compare(a.added, b.added), cmp.Compare(a.id, b.id)) })
	for _, v := range ch.uploads {
		if v.fate == comesOut {
			ch.videos = append(ch.videos, v)
		}
	}
	slices.SortFunc(ch.videos, func(a, b *video) int {
		return cmp.Or(cmp.Compare(a.published, b.published), cmp.Compare(a.id, b.id))
	})
}
