package x

import (
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

func (c *call) usersByID() ([]byte, error) {
	ids, err := c.list("ids", idPattern, isID)
	if err != nil {
		return nil, err
	}
	return c.users("ids", ids, func(id string) *account { return c.world.byUser[id] }), nil
}

func (c *call) usersByName() ([]byte, error) {
	names, err := c.list("usernames", namePattern, isName)
	if err != nil {
		return nil, err
	}
	return c.users("usernames", names, c.world.account), nil
}

func (c *call) userByID() ([]byte, error) {
	if err := c.pathName("id", idPattern, isID); err != nil {
		return nil, err
	}
	return c.user("id", c.world.byUser[c.name]), nil
}

func (c *call) userByName() ([]byte, error) {
	if err := c.pathName("username", namePattern, isName); err != nil {
		return nil, err
	}
	return c.user("username", c.world.account(c.name)), nil
}

func (c *call) userMe() ([]byte, error) {
	c.name = c.owner.PlatformID
	return c.user("id", c.owner), nil
}

// missing says why an account is not shown, or nil if it is.
func (c *call) missing(a *account, parameter, value string) *partial {
	switch {
	case a == nil || c.faults.closed[a.Handle]:
		e := notFound("user", parameter, value)
		return &e
	case c.faults.suspended[a.Handle]:
		e := suspended(parameter, value)
		return &e
	}
	return nil
}

// users answers a lookup of several accounts.
func (c *call) users(parameter string, values []string, find func(string) *account) []byte {
	var errs []partial
	b := []byte(`{"data":[`)
	empty := len(b)
	for _, value := range values {
		a := find(value)
		if e := c.missing(a, parameter, value); e != nil {
			errs = append(errs, *e)
			continue
		}
		b = append(c.appendUser(b, a), ',')
	}
	if len(b) == empty {
		b = append(b[:0], '{')
	} else {
		b = append(sandbox.CloseList(b, ']'), ',')
	}
	return sandbox.CloseList(appendErrors(b, errs, c.v), '}')
}

// user answers a lookup of one account.
func (c *call) user(parameter string, a *account) []byte {
	b := []byte{'{'}
	if e := c.missing(a, parameter, c.name); e != nil {
		return sandbox.CloseList(appendErrors(b, []partial{*e}, c.v), '}')
	}
	b = c.appendUser(append(b, `"data":`...), a)
	return append(b, '}')
}

// appendUser appends a profile with the fields asked for, besides those that
// are always there.
func (c *call) appendUser(b []byte, a *account) []byte {
	b = append(sandbox.AppendString(append(b, `{"id":`...), a.PlatformID), ',')
	b = append(sandbox.AppendString(append(b, `"name":`...), a.Name), ',')
	b = append(sandbox.AppendString(append(b, `"username":`...), a.Handle), ',')
	for _, name := range split(c.query.Get("user.fields")) {
		switch name {
		case "created_at":
			b = append(appendTime(append(b, `"created_at":`...), created), ',')
		case "description":
			b = append(sandbox.AppendString(append(b, `"description":`...), a.Bio), ',')
		case "location":
			b = append(sandbox.AppendString(append(b, `"location":`...), a.location), ',')
		case "url":
			b = append(b, `"url":"",`...)
		case "protected":
			b = appendBool(append(b, `"protected":`...), c.faults.protected[a.Handle])
		case "verified":
			b = append(b, `"verified":false,`...)
		case "verified_type":
			b = append(b, `"verified_type":"none",`...)
		case "profile_image_url":
			address := "https://pbs.sandbox.invalid/profile_images/" + a.PlatformID + "/" + strings.ToLower(a.Handle) + "_normal.png"
			b = append(sandbox.AppendString(append(b, `"profile_image_url":`...), address), ',')
		case "public_metrics":
			b = c.appendProfileCounts(b, a)
		}
	}
	return sandbox.CloseList(b, '}')
}

// appendProfileCounts appends the numbers of a profile: all of them, or none
// in a world without a model.
func (c *call) appendProfileCounts(b []byte, a *account) []byte {
	if a.following == sandbox.Unknown {
		return b
	}
	followers := a.growth.Followers(c.at)
	b = sandbox.AppendInt(append(b, `"public_metrics":{"followers_count":`...), followers)
	b = sandbox.AppendInt(append(b, `,"following_count":`...), a.following)
	b = sandbox.AppendInt(sandbox.AppendKey(append(b, ','), c.v.postCount), c.postCount(a))
	b = sandbox.AppendInt(append(b, `,"listed_count":`...), followers/240)
	return append(b, `,"like_count":0,"media_count":0},`...)
}

// postCount counts the account's posts, without those that a fault deleted.
func (c *call) postCount(a *account) int64 {
	n := publishedBy(a.posts, c.at)
	count := int64(n)
	if len(c.faults.gone) > 0 {
		for _, p := range a.posts[:n] {
			if c.faults.gone[p.idText()] {
				count--
			}
		}
	}
	return count
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true,"...)
	}
	return append(b, "false,"...)
}
