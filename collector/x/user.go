package x

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

type userBody struct {
	problem
	Data *user `json:"data"` // nil: there was none
}

type user struct {
	ID          ident  `json:"id"`
	Name        string `json:"name"`
	Username    string `json:"username"`
	Description string `json:"description"`
	URL         string `json:"url"` // shortened
	Picture     string `json:"profile_image_url"`
	Verified    flag   `json:"verified"`
	Entities    struct {
		URL struct {
			URLs []link `json:"urls"`
		} `json:"url"`
	} `json:"entities"`
	Metrics struct {
		Followers api.Count `json:"followers_count"`
		Following api.Count `json:"following_count"`
		Tweets    api.Count `json:"tweet_count"` // with reposts
		Posts     api.Count `json:"post_count"`  // the same in the new vocabulary
		Listed    api.Count `json:"listed_count"`
		Likes     api.Count `json:"like_count"` // that the account gave; left out before 2023
		Media     api.Count `json:"media_count"`
	} `json:"public_metrics"`
}

// A flag is true, false, or not told.
type flag struct{ value *bool }

// UnmarshalJSON never fails: what is no flag was not told.
func (f *flag) UnmarshalJSON(b []byte) error {
	f.value = nil
	if s := string(b); s == "true" || s == "false" {
		f.value = new(s == "true")
	}
	return nil
}

// profile adds the profile to the page at hand and returns the user's id.
func (r *run) profile(ctx context.Context) (id string, err error) {
	asked := r.job.Account.PlatformID
	path := []string{"users", asked}
	switch {
	case asked == "" && isHandle(r.job.Account.Handle):
		path = []string{"users", "by", "username", r.job.Account.Handle}
	case asked == "":
		return "", fmt.Errorf("%w: %q is no user name of X", collector.ErrRequest, r.job.Account.Handle)
	case parseIdent(asked) == 0:
		return "", fmt.Errorf("%w: platform id %q is no user id of X", collector.ErrRequest, asked)
	}
	var body userBody
	a, err := r.get(ctx, callUsers, url.Values{"user.fields": {userFields}}, &body, path...)
	if body.Data != nil {
		r.bill(ctx, a, 1, r.Prices.User)
	}
	switch {
	case err != nil:
		return "", err
	case body.Data == nil && body.any():
		return "", newRefusal(a, &body.problem, r.owner())
	case body.Data == nil, body.Data.ID == 0:
		return "", a.Broken("no profile")
	case asked != "" && body.Data.ID != parseIdent(asked):
		return "", a.Broken("profile of another user")
	}
	r.addProfile(a, body.Data)
	return body.Data.ID.String(), nil
}

// addProfile adds a profile to the page at hand.
func (r *run) addProfile(a *api.Answer, u *user) {
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	m := &u.Metrics
	posts := either(m.Tweets, m.Posts)
	extra := r.extra(nil, "", []named{{"listed_count", m.Listed}, {"media_count", m.Media},
		{"like_count", m.Likes}}) // likes that the account gave: none of its own figures
	for _, n := range []named{{"followers_count", m.Followers}, {"following_count", m.Following}, {"tweet_count", posts}} {
		if n.Bad {
			r.skip("value left out: not a count", "name", n.name)
		}
	}
	link := u.URL
	if l := u.Entities.URL.URLs; len(l) > 0 && l[0].Expanded != "" {
		link = l[0].Expanded
	}
	r.handle = u.Username
	if had := r.job.Account.Handle; r.job.Account.PlatformID != "" && !strings.EqualFold(had, u.Username) {
		// The id stays: the account is read on, and its profile says the new name.
		r.log().Info("account has another user name now", "platform", schema.X, "account_id", r.job.Account.ID, "had", had, "has", posttext.Valid(u.Username))
	}
	r.page.Profiles = append(r.page.Profiles, schema.AccountObservation{
		AccountID:  r.job.Account.ID,
		Platform:   schema.X,
		ObservedAt: a.At,
		Followers:  m.Followers.Ptr(),
		Following:  m.Following.Ptr(),
		Posts:      posts.Ptr(),
		Name:       posttext.Valid(u.Name),
		Handle:     posttext.Valid(u.Username),
		Bio:        posttext.Valid(u.Description),
		Link:       posttext.Valid(link),
		AvatarURL:  posttext.Link(u.Picture),
		Verified:   u.Verified.value,
		Extra:      extra,
		RunID:      r.job.RunID,
	})
}

// A named is a count with the name that it is stored under.
type named struct {
	name string
	api.Count
}

// extra adds the counts that are known to m, which may be nil, their names
// behind the prefix. One that cannot be read is counted and logged.
func (r *run) extra(m map[string]int64, prefix string, counts []named, about ...any) map[string]int64 {
	for _, n := range counts {
		switch {
		case n.Bad:
			r.skip("value left out: not a count", append(about, "name", prefix+n.name)...)
		case n.Known:
			if m == nil {
				m = make(map[string]int64)
			}
			m[prefix+n.name] = n.N
		}
	}
	return m
}

// either returns the count that was sent under one of two names, the legacy
// one first.
func either(legacy, renamed api.Count) api.Count {
	if legacy.Known || renamed == (api.Count{}) {
		return legacy
	}
	return renamed
}
