package instagram

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// userField writes one field of a profile, with a comma behind it; nothing
// where the platform would leave it out.
type userField struct {
	public bool // business discovery gives it
	write  func(b []byte, c *call, a *account) []byte
}

// userFields are the fields of a profile that the sandbox knows, besides media
// and business_discovery. Asking for any other is error 100.
var userFields = map[string]userField{
	"id":                  {true, profileText("id", func(a *account) string { return a.PlatformID })},
	"username":            {true, profileText("username", func(a *account) string { return a.Handle })},
	"name":                {true, profileText("name", func(a *account) string { return a.Name })},
	"biography":           {true, profileText("biography", func(a *account) string { return a.Bio })},
	"website":             {true, profileText("website", func(*account) string { return "" })},
	"profile_picture_url": {true, writePicture},
	"ig_id":               {true, profileCount("ig_id", func(_ *call, a *account) int64 { return a.profileID })},
	"media_count":         {true, profileCount("media_count", func(c *call, a *account) int64 { return c.mediaCount(a) })},
	"followers_count":     {true, profileCount("followers_count", func(c *call, a *account) int64 { return c.followers(a, c.at) })},
	"follows_count":       {true, profileCount("follows_count", func(_ *call, a *account) int64 { return a.follows })},
	"is_published":        {false, func(b []byte, _ *call, _ *account) []byte { return append(b, `"is_published":true,`...) }},
	"has_profile_pic":     {false, func(b []byte, _ *call, _ *account) []byte { return append(b, `"has_profile_pic":true,`...) }},
}

func profileText(name string, value func(*account) string) func([]byte, *call, *account) []byte {
	return func(b []byte, _ *call, a *account) []byte {
		v := value(a)
		if v == "" {
			return b
		}
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), v), ',')
	}
}

func profileCount(name string, value func(*call, *account) int64) func([]byte, *call, *account) []byte {
	return func(b []byte, c *call, a *account) []byte {
		v := value(c, a)
		if v == sandbox.Unknown {
			return b
		}
		return append(sandbox.AppendInt(sandbox.AppendKey(b, name), v), ',')
	}
}

func writePicture(b []byte, c *call, a *account) []byte {
	address := "https://scontent.sandbox.invalid/p/" + a.PlatformID + ".jpg?oe=" + strconv.FormatInt((c.at/sandbox.DaySeconds+4)*sandbox.DaySeconds, 16)
	return append(sandbox.AppendString(sandbox.AppendKey(b, "profile_picture_url"), address), ',')
}

// followers returns the account's followers in a second, or what a fault says
// instead.
func (c *call) followers(a *account, at int64) int64 {
	if n, ok := c.faults.followers[a.Handle]; ok {
		return n
	}
	return a.growth.Followers(at)
}

// mediaCount counts the account's posts, without those that a fault deleted.
func (c *call) mediaCount(a *account) int64 {
	n := a.publishedBy(c.at)
	count := int64(n)
	if len(c.faults.gone) > 0 {
		for _, p := range a.posts[:n] {
			if c.faults.gone[p.code] {
				count--
			}
		}
	}
	return count
}

// roleIn refuses an account whose owner took our role away.
func (c *call) roleIn(a *account) error {
	if !c.faults.disconnected[a.Handle] {
		return nil
	}
	return graph.DeadToken{Subcode: 492}.Error(c.at)
}

// userAnswer answers what begins with an account's id.
func (c *call) userAnswer(a *account, edge string) ([]byte, error) {
	query := c.r.URL.Query()
	fields, err := graph.ParseFields(query.Get("fields"))
	if err != nil {
		return nil, err
	}
	if edge == "" && asksDiscovery(fields) {
		err = c.chargeApp()
	} else {
		err = c.chargeAccount(a.PlatformID)
	}
	if err != nil {
		return nil, err
	}
	if err := c.roleIn(a); err != nil {
		return nil, err
	}
	switch edge {
	case "":
		return c.appendUser(nil, a, fields, ownerDoor)
	case "media":
		get := func(name string) (string, bool) { return query.Get(name), query.Has(name) }
		b, err := c.appendMediaEdge([]byte{'{'}, a, fields, ownerDoor, get, query)
		return append(b, '}'), err
	case "stories":
		return c.storiesAnswer(a, fields)
	case "insights":
		return c.accountInsights(a, query)
	default:
		return nil, graph.UnknownPath("/" + edge)
	}
}

func asksDiscovery(fields []graph.Field) bool {
	for _, f := range fields {
		if f.Name == "business_discovery" {
			return true
		}
	}
	return false
}

// appendUser appends a profile with the fields asked for, in their order, and
// its id.
func (c *call) appendUser(b []byte, a *account, fields []graph.Field, d door) ([]byte, error) {
	b = append(b, '{')
	done := make(map[string]bool, len(fields))
	for _, f := range fields {
		if done[f.Name] {
			continue
		}
		done[f.Name] = true
		var err error
		switch {
		case f.Name == "media":
			b = append(b, `"media":{`...)
			if b, err = c.appendMediaEdge(b, a, f.Fields, d, f.Arg, fieldQuery(f)); err != nil {
				return nil, err
			}
			b = append(b, "},"...)
		case f.Name == "business_discovery" && d == ownerDoor:
			b = append(b, `"business_discovery":`...)
			if b, err = c.appendDiscovery(b, f); err != nil {
				return nil, err
			}
			b = append(b, ',')
		default:
			u, ok := userFields[f.Name]
			if !ok || d == publicDoor && !u.public {
				return nil, graph.NoField(f.Name, "ShadowIGUser")
			}
			if f.Braces {
				return nil, graph.Invalid("Subfields are not supported by " + f.Name)
			}
			b = u.write(b, c, a)
		}
	}
	if !done["id"] {
		b = userFields["id"].write(b, c, a)
	}
	return sandbox.CloseList(b, '}'), nil
}

// appendDiscovery appends what anyone may see of the account that the field
// names. Personal and unknown accounts cannot be told apart.
func (c *call) appendDiscovery(b []byte, f graph.Field) ([]byte, error) {
	name, ok := f.Arg("username")
	if !ok || name == "" {
		return nil, graph.Invalid("The parameter username is required")
	}
	a := c.world.account(strings.ToLower(name))
	if a == nil || c.faults.closed[a.Handle] {
		return nil, noUser(name)
	}
	return c.appendUser(b, a, f.Fields, publicDoor)
}

// appendMediaEdge appends a page of the account's media, without braces.
func (c *call) appendMediaEdge(b []byte, a *account, fields []graph.Field, d door, get func(string) (string, bool), query url.Values) ([]byte, error) {
	writer, err := mediaWriter(fields, d)
	if err != nil {
		return nil, err
	}
	q, err := readPageQuery(get)
	if err != nil {
		return nil, err
	}
	pg, err := c.page(a, q)
	if err != nil {
		return nil, err
	}
	return c.appendPosts(b, a, pg, writer, d == publicDoor, query), nil
}

// fieldQuery turns a nested edge into the query that its next page needs.
func fieldQuery(f graph.Field) url.Values {
	q := make(url.Values)
	for _, a := range f.Args {
		q.Set(a.Name, a.Value)
	}
	if len(f.Fields) > 0 {
		q.Set("fields", graph.FieldsText(f.Fields))
	}
	return q
}
