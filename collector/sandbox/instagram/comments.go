package instagram

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// A comment is one comment under a post, or the account's answer to one. All
// are modelled: nobody wrote them.
type comment struct {
	id, text     string
	author, name string // id and user name
	published    int64
	likes        int64
	hidden       bool
	answer       *comment
}

// comments returns the comments that are there at the second, newest first: a
// few of those that are counted. Some have an answer of the account itself.
func (p *post) comments(at int64) (out []comment) {
	if p.final.views == sandbox.Unknown || p.story() {
		return nil
	}
	h := sandbox.HashOf(0, "comments", p.account.Handle, p.code)
	for i := range uint64(max(0, min(p.final.comments, int64(h.Draw(0)%7)))) {
		h := sandbox.HashOf(0, "comment", p.account.Handle, p.code, strconv.FormatUint(i, 10))
		person := sandbox.HashOf(0, "person", strconv.FormatUint(h.Draw(0)%5000, 10))
		c := comment{
			id: h.Digits(1, "178", 17), text: "Comment no. " + strconv.FormatUint(i+1, 10) + " of the sandbox. Nobody wrote it.",
			author: person.Digits(0, "6", 16), name: "person" + person.Digits(1, "", 6),
			published: p.published + int64(h.Between(2, 120, 3*sandbox.DaySeconds)), likes: int64(h.Draw(3) % 9), hidden: h.Unit(4) < 0.05,
		}
		if c.published > at {
			continue
		}
		answered := c.published + int64(h.Between(5, 300, sandbox.DaySeconds))
		if h.Unit(6) < 0.4 && answered <= at {
			c.answer = &comment{
				id: h.Digits(7, "179", 17), text: "@" + c.name + " thank you. An answer of the sandbox.",
				author: p.account.PlatformID, name: p.account.Handle, published: answered, likes: int64(h.Draw(8) % 3),
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b comment) int { return cmp.Or(cmp.Compare(b.published, a.published), cmp.Compare(a.id, b.id)) })
	return out
}

// Comments returns the comments that the owner of the account may read: see
// sandbox.Commented.
func (w *World) Comments(a sandbox.Account, shortcode string, at time.Time) (out []sandbox.Comment) {
	acc := w.account(a.Handle)
	if acc == nil || acc.byCode[shortcode] == nil || acc.Access != schema.AccessOwner {
		return nil
	}
	for _, c := range acc.byCode[shortcode].comments(at.Unix()) {
		out = append(out, sandbox.Comment{CommentID: c.id, Text: c.text, PublishedAt: time.Unix(c.published, 0).UTC()})
		if r := c.answer; r != nil {
			out = append(out, sandbox.Comment{CommentID: r.id, ParentID: c.id, Text: r.text, Official: true, PublishedAt: time.Unix(r.published, 0).UTC()})
		}
	}
	return out
}

// A commentField writes one field of a comment, with a comma behind it.
type commentField func(b []byte, c *comment) []byte

func commentText(name string, value func(*comment) string) commentField {
	return func(b []byte, c *comment) []byte {
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), value(c)), ',')
	}
}

// commentFields are the fields of a comment that the sandbox knows, besides
// replies. Asking for any other is error 100.
var commentFields = map[string]commentField{
	"id":       commentText("id", func(c *comment) string { return c.id }),
	"text":     commentText("text", func(c *comment) string { return c.text }),
	"username": commentText("username", func(c *comment) string { return c.name }),
	"timestamp": func(b []byte, c *comment) []byte {
		return append(graph.AppendTime(append(b, `"timestamp":`...), c.published), ',')
	},
	"like_count": func(b []byte, c *comment) []byte {
		return append(sandbox.AppendInt(append(b, `"like_count":`...), c.likes), ',')
	},
	"hidden": func(b []byte, c *comment) []byte {
		return append(strconv.AppendBool(append(b, `"hidden":`...), c.hidden), ',')
	},
	"from": func(b []byte, c *comment) []byte {
		b = sandbox.AppendString(append(b, `"from":{"id":`...), c.author)
		return append(sandbox.AppendString(append(b, `,"username":`...), c.name), "},"...)
	},
}

// commentWriter returns what writes a comment with the fields asked for.
func commentWriter(asked []graph.Field) (func(b []byte, c *comment) []byte, error) {
	if len(asked) == 0 {
		asked = []graph.Field{{Name: "timestamp"}, {Name: "text"}, {Name: "id"}}
	}
	var writers []commentField
	hasID := false
	for _, f := range asked {
		hasID = hasID || f.Name == "id"
		if f.Name == "replies" {
			write, err := commentWriter(f.Fields)
			if err != nil {
				return nil, err
			}
			writers = append(writers, func(b []byte, c *comment) []byte {
				if c.answer == nil {
					return b // as the platform leaves out edges with nothing in them
				}
				return append(write(append(b, `"replies":{"data":[`...), c.answer), "]},"...)
			})
			continue
		}
		write := commentFields[f.Name]
		if write == nil {
			return nil, graph.NoField(f.Name, "IGComment")
		}
		writers = append(writers, write)
	}
	if !hasID {
		writers = append(writers, commentFields["id"])
	}
	return func(b []byte, c *comment) []byte {
		b = append(b, '{')
		for _, write := range writers {
			b = write(b, c)
		}
		return sandbox.CloseList(b, '}')
	}, nil
}

// commentsWriter writes the comments of a media within the media; nothing where
// there are none.
func commentsWriter(f graph.Field) (func(b []byte, m *mediaView) []byte, error) {
	write, err := commentWriter(f.Fields)
	if err != nil {
		return nil, err
	}
	size, _ := f.Arg("limit")
	limit, err := graph.Limit(size, 50, maxLimit)
	if err != nil {
		return nil, err
	}
	return func(b []byte, m *mediaView) []byte {
		list := m.post.comments(m.at)
		if m.child > 0 || len(list) == 0 {
			return b
		}
		return append(appendComments(append(b, `"comments":`...), list, limit, write), ',')
	}, nil
}

// appendComments appends one page of comments. Like the platform it gives a
// cursor to the next page only.
func appendComments(b []byte, list []comment, limit int, write func([]byte, *comment) []byte) []byte {
	b = append(b, `{"data":[`...)
	shown := list[:min(limit, len(list))]
	for i := range shown {
		b = append(write(b, &shown[i]), ',')
	}
	b = sandbox.CloseList(b, ']')
	if len(shown) > 0 {
		b = sandbox.AppendString(append(b, `,"paging":{"cursors":{"after":`...), shown[len(shown)-1].id)
		b = append(b, '}')
		if len(shown) < len(list) {
			b = sandbox.AppendString(append(b, `,"next":`...), "https://graph.facebook.com/?after="+shown[len(shown)-1].id)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// commentsAnswer answers GET /{media-id}/comments.
func (c *call) commentsAnswer(m mediaRef) ([]byte, error) {
	query := c.r.URL.Query()
	asked, err := graph.ParseFields(query.Get("fields"))
	if err != nil {
		return nil, err
	}
	write, err := commentWriter(asked)
	if err != nil {
		return nil, err
	}
	limit, err := graph.Limit(query.Get("limit"), 50, maxLimit)
	if err != nil {
		return nil, err
	}
	list := m.post.comments(c.at)
	if after := query.Get("after"); after != "" {
		i := slices.IndexFunc(list, func(c comment) bool { return c.id == after })
		if i < 0 {
			return nil, graph.Invalid("The cursor is not valid: " + strconv.Quote(strings.ToValidUTF8(after[:min(len(after), 60)], "")))
		}
		list = list[i+1:]
	}
	return appendComments(nil, list, limit, write), nil
}
