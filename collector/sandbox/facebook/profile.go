package facebook

import (
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// profileFields write the fields of a Page that the sandbox knows, each with a
// comma behind it; nothing where the platform would leave it out. Asking for
// any other is error 100 for the whole call.
var profileFields = map[string]func(b []byte, c *call, pg *page) []byte{
	"id":       text("id", func(pg *page) string { return pg.PlatformID }),
	"name":     text("name", func(pg *page) string { return pg.Name }),
	"username": text("username", func(pg *page) string { return pg.Handle }),
	"link":     text("link", func(pg *page) string { return pg.URL }),
	"website":  text("website", func(pg *page) string { return "https://example.org/" + pg.Handle }),
	"about":    text("about", func(pg *page) string { return pg.Bio }),
	"category": text("category", func(*page) string { return "Government organization" }),
	"category_list": func(b []byte, _ *call, _ *page) []byte {
		return append(b, `"category_list":[{"id":"147714868971098","name":"Government organization"}],`...)
	},
	"verification_status":        text("verification_status", func(pg *page) string { return pg.plan.status }),
	"followers_count":            number("followers_count", func(n int64) int64 { return n }),
	"fan_count":                  number("fan_count", fans),
	"is_published":               func(b []byte, _ *call, _ *page) []byte { return append(b, `"is_published":true,`...) },
	"picture":                    writePicture,
	"access_token":               writeToken,
	"tasks":                      writeTasks,
	"instagram_business_account": writeInstagram,
}

func text(name string, value func(*page) string) func([]byte, *call, *page) []byte {
	return func(b []byte, _ *call, pg *page) []byte {
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), value(pg)), ',')
	}
}

func number(name string, value func(followers int64) int64) func([]byte, *call, *page) []byte {
	return func(b []byte, c *call, pg *page) []byte {
		return append(sandbox.AppendInt(sandbox.AppendKey(b, name), value(c.followers(pg, c.at))), ',')
	}
}

// fans are those who like a Page: fewer than follow it.
func fans(followers int64) int64 { return followers * 23 / 25 }

// followers returns the Page's followers in a second, or what a fault says
// instead.
func (c *call) followers(pg *page, at int64) int64 {
	if n, ok := c.faults.followers[pg.Handle]; ok {
		return n
	}
	return pg.growth.Followers(at)
}

func writePicture(b []byte, c *call, pg *page) []byte {
	address := "https://scontent.sandbox.invalid/p/" + pg.PlatformID + ".jpg?oe=" + strconv.FormatInt((c.at/sandbox.DaySeconds+4)*sandbox.DaySeconds, 16)
	b = sandbox.AppendString(append(b, `"picture":{"data":{"height":50,"is_silhouette":false,"url":`...), address)
	return append(b, `,"width":50}},`...)
}

// writeToken is there for a user with a role on the Page only.
func writeToken(b []byte, c *call, pg *page) []byte {
	if !c.manages(pg) {
		return b
	}
	return append(sandbox.AppendString(append(b, `"access_token":`...), c.PageToken(pg.Handle)), ',')
}

func writeTasks(b []byte, c *call, pg *page) []byte {
	if !c.manages(pg) {
		return b
	}
	return append(b, `"tasks":["ANALYZE","ADVERTISE","MESSAGING","MODERATE","CREATE_CONTENT","MANAGE"],`...)
}

func writeInstagram(b []byte, c *call, pg *page) []byte {
	id := c.o.Instagram[pg.Handle]
	if id == "" || !c.manages(pg) && !c.owns(pg) {
		return b
	}
	return append(sandbox.AppendString(append(b, `"instagram_business_account":{"id":`...), id), "},"...)
}

// profile answers GET /{page}.
func (c *call) profile(pg *page) ([]byte, error) {
	return c.appendProfile(nil, pg, c.r.URL.Query().Get("fields"), "name,id")
}

// appendProfile appends a Page with the fields asked for, in their order, and
// its id.
func (c *call) appendProfile(b []byte, pg *page, fields, fallback string) ([]byte, error) {
	if fields == "" {
		fields = fallback
	}
	asked, err := graph.ParseFields(fields)
	if err != nil {
		return nil, err
	}
	b = append(b, '{')
	done := make(map[string]bool, len(asked))
	for _, f := range asked {
		if done[f.Name] {
			continue
		}
		done[f.Name] = true
		write := profileFields[f.Name]
		if write == nil {
			return nil, graph.NoField(f.Name, "Page")
		}
		b = write(b, c, pg)
	}
	if !done["id"] {
		b = profileFields["id"](b, c, pg)
	}
	return sandbox.CloseList(b, '}'), nil
}

// accounts answers GET /me/accounts: the Pages on which the user has a role.
func (c *call) accounts() ([]byte, error) {
	if err := c.chargeApp(); err != nil {
		return nil, err
	}
	if c.caller.kind != userCaller {
		return nil, graph.Invalid("Tried accessing nonexisting field (accounts) on node type (" + map[callerKind]string{appCaller: "Application", pageCaller: "Page"}[c.caller.kind] + ")")
	}
	query := c.r.URL.Query()
	limit, err := graph.Limit(query.Get("limit"), defaultLimit, maxLimit)
	if err != nil {
		return nil, err
	}
	var mine []*page
	for _, pg := range c.world.pages {
		// A Page that is linked to a business is left out of the list, and works.
		if pg.Access == schema.AccessOwner && !c.faults.disconnected[pg.Handle] && !c.faults.closed[pg.Handle] && !c.faults.unlisted {
			mine = append(mine, pg)
		}
	}
	from, to := 0, len(mine)
	if after := query.Get("after"); after != "" {
		i := slices.IndexFunc(mine, func(pg *page) bool { return pg.PlatformID == after })
		if i < 0 {
			return nil, badCursor(after)
		}
		from = i + 1
	} else if before := query.Get("before"); before != "" {
		if to = slices.IndexFunc(mine, func(pg *page) bool { return pg.PlatformID == before }); to < 0 {
			return nil, badCursor(before)
		}
		from = max(0, to-limit)
	}
	to = min(from+limit, to)
	b := []byte(`{"data":[`)
	for _, pg := range mine[from:to] {
		if b, err = c.appendProfile(b, pg, query.Get("fields"), "access_token,category,category_list,name,id,tasks"); err != nil {
			return nil, err
		}
		b = append(b, ',')
	}
	b = sandbox.CloseList(b, ']')
	if to > from {
		first, last := mine[from].PlatformID, mine[to-1].PlatformID
		b = sandbox.AppendString(append(b, `,"paging":{"cursors":{"before":`...), first)
		b = append(sandbox.AppendString(append(b, `,"after":`...), last), '}')
		if from > 0 {
			b = sandbox.AppendString(append(b, `,"previous":`...), c.link("me", "accounts", query, "before", first))
		}
		if to < len(mine) {
			b = sandbox.AppendString(append(b, `,"next":`...), c.link("me", "accounts", query, "after", last))
		}
		b = append(b, '}')
	}
	if query.Get("summary") != "" {
		b = append(sandbox.AppendInt(append(b, `,"summary":{"total_count":`...), int64(len(mine))), '}')
	}
	return append(b, '}'), nil
}
