package facebook

import (
	"bytes"
	"strings"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// profileFields are what we ask of a Page. A name that the API does not know
// refuses the whole call.
const profileFields = "id,name,username,link,website,followers_count,fan_count,verification_status,about,category,picture,is_published"

type profileBody struct {
	api.GraphBody
	ID        ident     `json:"id"`
	Name      string    `json:"name"`
	Username  string    `json:"username"`
	Website   string    `json:"website"`
	About     string    `json:"about"`
	Followers api.Count `json:"followers_count"`
	Fans      api.Count `json:"fan_count"`
	Verified  string    `json:"verification_status"`
	Picture   struct {
		Data struct {
			URL string `json:"url"`
		} `json:"data"`
	} `json:"picture"`
}

// An ident is an id, or two with an underscore between them. It may come as a
// number too.
type ident string

func (id *ident) UnmarshalJSON(b []byte) error {
	*id = ""
	if b = bytes.Trim(b, `"`); isIdent(string(b)) {
		*id = ident(b)
	}
	return nil
}

// isIdent says whether s is an id of digits, or PAGE_POST. Ids have up to 20
// digits, and so no number can hold them.
func isIdent(s string) bool {
	page, post, both := strings.Cut(s, "_")
	return isNumber(page) && (!both || isNumber(post))
}

// verified says whether the Page's identity was checked; nil for a word that
// did not exist when this was written.
func verified(status string) *bool {
	switch status {
	case "blue_verified", "gray_verified":
		return new(true)
	case "not_verified":
		return new(false)
	}
	return nil
}

// addProfile adds a profile to the page at hand. The platform counts those who
// follow a Page and those who like it apart: the second number never stands in
// for the first.
func (r *run) addProfile(a *api.Answer, p *profileBody) {
	r.Page.Raw = append(r.Page.Raw, a.Raw(r.Job.Account, r.Job.RunID))
	o := schema.AccountObservation{
		AccountID:  r.Job.Account.ID,
		Platform:   schema.Facebook,
		ObservedAt: a.At,
		Followers:  p.Followers.Ptr(),
		Name:       posttext.Valid(p.Name),
		Handle:     posttext.Valid(p.Username),
		Bio:        posttext.Valid(p.About),
		Link:       posttext.Valid(p.Website),
		AvatarURL:  posttext.Link(p.Picture.Data.URL),
		Verified:   verified(p.Verified),
		RunID:      r.Job.RunID,
	}
	if p.Fans.Known {
		o.Extra = map[string]int64{"fan_count": p.Fans.N}
	}
	if p.Followers.Bad {
		r.Skip("value left out: not a count", "name", "followers_count")
	}
	if p.Fans.Bad {
		r.Skip("value left out: not a count", "name", "fan_count")
	}
	r.Page.Profiles = append(r.Page.Profiles, o)
}
