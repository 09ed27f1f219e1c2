package facebook

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// A comment is one comment under a post, or the Page's answer to one.
type comment struct {
	id, text     string
	parent       string // the comment that it answers
	author, name string // id and name; of people the platform tells neither
	published    int64
	likes        int64
	answers      int64
}

// comments returns the comments that are there at the second, oldest first: a
// few of those that are counted. Some have an answer of the Page itself.
func (p *post) comments(at int64) (out []comment) {
	for i := range uint64(min(p.final.comments, int64(p.hash.Draw(drawCommented)%7))) {
		h := sandbox.HashOf(uint64(p.hash), "comment", strconv.FormatUint(i, 10))
		c := comment{
			id: p.id + "_" + h.Digits(0, "4", 15), text: "Comment no. " + strconv.FormatUint(i+1, 10) + ". " + generatedNote,
			published: p.published + int64(h.Between(1, 120, 3*sandbox.DaySeconds)), likes: int64(h.Draw(2) % 9),
		}
		if h.Unit(3) < 0.2 { // by another Page
			other := sandbox.HashOf(0, "other page", strconv.FormatUint(h.Draw(4)%50, 10))
			c.author, c.name = other.Digits(0, "2", 15), "Page "+other.Digits(1, "", 4)+" (sandbox)"
		}
		if c.published > at {
			continue
		}
		answered := c.published + int64(h.Between(5, 300, sandbox.DaySeconds))
		if h.Unit(6) < 0.4 && answered <= at {
			c.answers = 1
			out = append(out, comment{
				id: p.id + "_" + h.Digits(7, "5", 15), text: "Thank you. " + generatedNote, parent: c.id,
				author: p.page.PlatformID, name: p.page.Name, published: answered, likes: int64(h.Draw(8) % 3),
			})
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b comment) int { return cmp.Or(cmp.Compare(a.published, b.published), cmp.Compare(a.id, b.id)) })
	return out
}

// Comments returns the comments under a post: see sandbox.Commented.
func (w *World) Comments(_ sandbox.Account, id string, at time.Time) (out []sandbox.Comment) {
	p := w.byPost[id]
	if p == nil {
		return nil
	}
	for _, c := range p.comments(at.Unix()) {
		out = append(out, sandbox.Comment{
			CommentID: c.id, ParentID: c.parent, Text: c.text, Official: c.author == p.page.PlatformID, PublishedAt: time.Unix(c.published, 0).UTC(),
		})
	}
	return out
}

// commentFields write the fields of a comment that the sandbox knows, each with
// a comma behind it. Asking for any other is error 100.
var commentFields = map[string]func(b []byte, c *comment) []byte{
	"id":            commentText("id", func(c *comment) string { return c.id }),
	"message":       commentText("message", func(c *comment) string { return c.text }),
	"like_count":    commentNumber("like_count", func(c *comment) int64 { return c.likes }),
	"comment_count": commentNumber("comment_count", func(c *comment) int64 { return c.answers }),
	"is_hidden":     func(b []byte, _ *comment) []byte { return append(b, `"is_hidden":false,`...) },
	"created_time": func(b []byte, c *comment) []byte {
		return append(graph.AppendTime(append(b, `"created_time":`...), c.published), ',')
	},
	"from": func(b []byte, c *comment) []byte {
		if c.author == "" {
			return b
		}
		b = sandbox.AppendString(append(b, `"from":{"name":`...), c.name)
		return append(sandbox.AppendString(append(b, `,"id":`...), c.author), "},"...)
	},
	"parent": func(b []byte, c *comment) []byte {
		if c.parent == "" {
			return b
		}
		return append(sandbox.AppendString(append(b, `"parent":{"id":`...), c.parent), "},"...)
	},
}

func commentText(name string, value func(*comment) string) func([]byte, *comment) []byte {
	return func(b []byte, c *comment) []byte {
		return append(sandbox.AppendString(sandbox.AppendKey(b, name), value(c)), ',')
	}
}

func commentNumber(name string, value func(*comment) int64) func([]byte, *comment) []byte {
	return func(b []byte, c *comment) []byte {
		return append(sandbox.AppendInt(sandbox.AppendKey(b, name), value(c)), ',')
	}
}

// commentsWriter returns what writes the comments themselves within a post,
// with the modifiers that counter has checked.
func commentsWriter(f graph.Field) (func(b []byte, list []comment) []byte, error) {
	asked := f.Fields
	if len(asked) == 0 {
		asked = []graph.Field{{Name: "created_time"}, {Name: "message"}, {Name: "id"}}
	}
	writers := make([]func([]byte, *comment) []byte, 0, len(asked))
	for _, a := range asked {
		write := commentFields[a.Name]
		if write == nil {
			return nil, graph.NoField(a.Name, "Comment")
		}
		writers = append(writers, write)
	}
	size, _ := f.Arg("limit")
	limit, err := graph.Limit(size, defaultLimit, maxLimit)
	if err != nil {
		return nil, err
	}
	filter, _ := f.Arg("filter")
	order, _ := f.Arg("order")
	return func(b []byte, list []comment) []byte {
		if filter != "stream" { // the answers stand below the comments
			list = slices.DeleteFunc(list, func(c comment) bool { return c.parent != "" })
		}
		if order == "reverse_chronological" {
			slices.Reverse(list)
		}
		list = list[:min(limit, len(list))]
		for i := range list {
			b = append(b, '{')
			for _, write := range writers {
				b = write(b, &list[i])
			}
			b = append(sandbox.CloseList(b, '}'), ',')
		}
		return b
	}, nil
}
