package tiktok

import (
	"fmt"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// A profile is a profile as either API tells it.
type profile struct {
	answer                              *api.Answer
	name, handle, bio, avatar           text
	verified                            flag
	followers, following, likes, videos named
	told                                []named // what else goes to Extra
}

// addProfile adds the profile to the page at hand.
func (r *run) addProfile(p *profile) {
	r.handle = string(p.handle)
	for _, n := range []named{p.followers, p.following, p.likes, p.videos} {
		if n.Bad {
			r.skip("value left out: not a count", "name", n.name)
		}
	}
	r.page.Profiles = append(r.page.Profiles, schema.AccountObservation{
		AccountID:  r.job.Account.ID,
		Platform:   schema.TikTok,
		ObservedAt: p.answer.At,
		Followers:  p.followers.Ptr(),
		Following:  p.following.Ptr(),
		Posts:      p.videos.Ptr(),
		Likes:      p.likes.Ptr(),
		Name:       posttext.Valid(string(p.name)),
		Handle:     posttext.Valid(string(p.handle)),
		Bio:        posttext.Valid(string(p.bio)),
		AvatarURL:  posttext.Link(string(p.avatar)),
		Verified:   p.verified.ptr(),
		Extra:      r.extra(p.told),
		RunID:      r.job.RunID,
	})
}

// checkOwner says whether one of the ids that came with a token is that of the
// account. A token reads whoever logged in, so a mix-up would store another
// account's numbers under this one's name.
func (r *run) checkOwner(ids ...text) error {
	want := r.job.Account.PlatformID
	if want == "" {
		return nil
	}
	for _, id := range ids {
		if string(id) == want {
			return nil
		}
	}
	return fmt.Errorf("%w: the token is that of another account", collector.ErrUnauthorized)
}
