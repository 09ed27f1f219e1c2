package instagram

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// storyLife is how long a story can be seen, in seconds.
const storyLife = sandbox.DaySeconds

// stories returns the account's stories that can be seen at the second, oldest
// first. They are modelled, up to three a day while the account posts.
func (w *World) stories(a *account, at int64) (live []*post) {
	if !w.options.Modelled || len(a.posts) == 0 {
		return nil
	}
	for day := (at - storyLife) / sandbox.DaySeconds; day <= at/sandbox.DaySeconds; day++ {
		begin := day * sandbox.DaySeconds
		if begin < a.posts[0].published || begin > a.posts[len(a.posts)-1].published {
			continue
		}
		h := sandbox.HashOf(w.options.Seed, "stories", a.Handle, strconv.FormatInt(day, 10))
		for i := range h.Draw(0) % 4 {
			p := w.story(a, begin, sandbox.HashOf(w.options.Seed, "story", a.Handle, strconv.FormatInt(day, 10), strconv.FormatUint(i, 10)))
			if p.published <= at && at < p.published+storyLife {
				live = append(live, p)
			}
		}
	}
	slices.SortFunc(live, func(p, q *post) int { return cmp.Or(cmp.Compare(p.published, q.published), cmp.Compare(p.id, q.id)) })
	return live
}

// story makes one story of a day. One in ten is seen by next to nobody.
func (w *World) story(a *account, day int64, h sandbox.Hash) *post {
	p := &post{
		account: a, index: -1, kind: "stories", code: storyCode(h), id: h.Digits(0, "18", 17),
		published: day + int64(h.Between(1, 0, sandbox.DaySeconds)), film: h.Unit(2) < 0.4,
	}
	f := &p.final
	f.likes, f.comments, f.saved, f.watchMs, f.skip, f.impressions = sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown
	f.hours = 5
	f.wholeShare = sandbox.Path(24, f.hours)
	f.reach = int64(h.Draw(3) % 5)
	if h.Unit(4) > 0.1 {
		f.reach = 40 + sandbox.Part(a.typical, h.Between(5, 1, 6))
	}
	f.views = sandbox.Part(f.reach, h.Between(6, 1.05, 1.4))
	if p.published < impressionsEnd {
		f.impressions = f.reach + (f.views-f.reach)*9/10
	}
	f.shares = sandbox.Part(f.reach, h.Between(7, 0.001, 0.01))
	f.reposts = sandbox.Part(f.reach, h.Between(8, 0, 0.002))
	f.visits = sandbox.Part(f.reach, h.Between(9, 0.002, 0.02))
	f.follows = sandbox.Part(f.visits, h.Between(10, 0.01, 0.1))
	f.activity = sandbox.Part(f.visits, h.Between(11, 0.01, 0.1))
	f.replies = sandbox.Part(f.reach, h.Between(12, 0.001, 0.008))
	f.taps = sandbox.Part(f.views, h.Between(13, 0.8, 1.3))
	f.linkClicks = sandbox.Part(f.reach, h.Between(14, 0, 0.03))
	return p
}

// storyCode spells a number as the platform's short codes do.
func storyCode(h sandbox.Hash) string {
	b := []byte("C")
	for n := h.Draw(15); len(b) < 11; n >>= 6 {
		b = append(b, codeAlphabet[n&63])
	}
	return string(b)
}

// storyOf returns the story of a media id that can be seen at the second, or nil.
func (w *World) storyOf(id string, at int64) *post {
	for _, a := range w.accounts {
		for _, p := range w.stories(a, at) {
			if p.id == id {
				return p
			}
		}
	}
	return nil
}

// storiesAnswer answers GET /{ig-user-id}/stories, the newest first.
func (c *call) storiesAnswer(a *account, asked []graph.Field) ([]byte, error) {
	fields, err := mediaWriter(asked, ownerDoor)
	if err != nil {
		return nil, err
	}
	b := []byte(`{"data":[`)
	for _, p := range slices.Backward(c.world.stories(a, c.at)) {
		if c.faults.gone[p.code] {
			continue
		}
		b = append(appendMedia(b, c.view(mediaRef{post: p}), fields), ',')
	}
	return append(sandbox.CloseList(b, ']'), '}'), nil
}

// view returns a media as the call sees it.
func (c *call) view(m mediaRef) *mediaView {
	return &mediaView{mediaRef: m, reading: m.post.at(c.at), at: c.at, faults: c.faults, r: c.r}
}
